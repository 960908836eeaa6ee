"""
The options of a run: what they are called, their defaults, and which values make sense.

Values are kept as they were written, so that a message can quote them; ``*_ns`` gives durations as the rest of
ywstorm wants them. Nothing here raises for a bad value: `Options.problems` lists all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from ywstorm.errors import Problem, suggestion
from ywstorm.units import Duration, parse_duration

__all__ = [
    "DEFAULT_GRACEFUL_STOP",
    "VERSION",
    "Options",
    "Thresholds",
    "duration_problems",
    "not_yet",
    "text_map_problems",
]

VERSION = "0.1.0"
DEFAULT_GRACEFUL_STOP = "30s"
DEFAULT_MAX_REDIRECTS = 10

Thresholds: TypeAlias = Mapping[str, object]
"""Selector → expression, or list of expressions and of objects ``{"threshold": …, "abort_on_fail": …}``."""

_CONNECTIONS = ("per_vu", "shared")
_MAX_REDIRECTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    What ``options()`` declares, and flags override. Constructing never raises; ask `problems`.

    Args:
        base_url: What a relative URL is appended to; empty means that a script must use absolute ones.
        thresholds: Thresholds that hold for the whole run.
        tags: Tags of every sample of the run.
        timeout: Total time of one request, connecting included; must be > 0.
        connections: "per_vu": each VU has connections of its own. "shared": VUs of a worker share them.
        discard_bodies: Frame response bodies, but do not keep them.
        user_agent: The User-Agent header; empty sends none.
        max_redirects: Redirects that one request follows, 0–100; 0 hands the first one to the script.
        insecure: Accept any certificate.
        reset_cookies: Begin each iteration without cookies.
        setup_timeout: What ``setup()`` may take; must be > 0.
        teardown_timeout: What ``teardown()`` may take; must be > 0.
    """

    base_url: str = ""
    thresholds: Thresholds = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    timeout: Duration = "60s"
    connections: Literal["per_vu", "shared"] = "per_vu"
    discard_bodies: bool = False
    user_agent: str = f"ywstorm/{VERSION}"
    max_redirects: int = DEFAULT_MAX_REDIRECTS
    insecure: bool = False
    reset_cookies: bool = False
    setup_timeout: Duration = "60s"
    teardown_timeout: Duration = "60s"

    @property
    def timeout_ns(self) -> int:
        """Total time of one request; raises ValueError if `problems` has something to say about it."""
        return parse_duration(self.timeout)

    @property
    def setup_timeout_ns(self) -> int:
        """What ``setup()`` may take; raises ValueError if `problems` has something to say about it."""
        return parse_duration(self.setup_timeout)

    @property
    def teardown_timeout_ns(self) -> int:
        """What ``teardown()`` may take; raises ValueError if `problems` has something to say about it."""
        return parse_duration(self.teardown_timeout)

    def to_dict(self) -> dict[str, object]:
        """Give all fields by name, as they were written; ``Options(**d)`` is the way back."""
        return {
            name: dict(value) if isinstance(value := getattr(self, name), Mapping) else value
            for name in (f.name for f in fields(self))
        }

    def problems(self, where: str) -> list[Problem]:
        """
        List what is wrong with these options, thresholds excepted: those need to know the metrics.

        Args:
            where: The place to name in each problem.
        """
        found = [
            *_base_url_problems(self.base_url, where),
            *text_map_problems(self.tags, f"{where} tags"),
            *duration_problems(self.timeout, f"{where} timeout", is_zero_allowed=False),
            *duration_problems(self.setup_timeout, f"{where} setup_timeout", is_zero_allowed=False),
            *duration_problems(self.teardown_timeout, f"{where} teardown_timeout", is_zero_allowed=False),
        ]
        if self.connections not in _CONNECTIONS:
            found.append(
                Problem(
                    f"{where} connections",
                    f"{self.connections!r} is neither 'per_vu' nor 'shared'",
                    suggestion(str(self.connections), _CONNECTIONS),
                )
            )
        found += [
            Problem(f"{where} {name}", f"{value!r} is neither True nor False")
            for name in ("discard_bodies", "insecure", "reset_cookies")
            if not isinstance(value := getattr(self, name), bool)
        ]
        if not isinstance(self.user_agent, str) or not self.user_agent.isprintable() or not self.user_agent.isascii():
            found.append(Problem(f"{where} user_agent", f"{self.user_agent!r} is not printable ASCII text"))
        redirects = self.max_redirects
        if isinstance(redirects, bool) or not isinstance(redirects, int) or not 0 <= redirects <= _MAX_REDIRECTS:
            found.append(
                Problem(f"{where} max_redirects", f"{redirects!r} is not a whole number from 0 to {_MAX_REDIRECTS}")
            )
        if not isinstance(self.thresholds, Mapping):
            found.append(Problem(f"{where} thresholds", f"{self.thresholds!r} is not a dict of selector: expressions"))
        return found


def not_yet(options: Options, where: str) -> list[Problem]:
    """List what these options ask for that this version cannot do: better refused than silently left out."""
    found = []
    if options.connections == "shared":
        found.append(
            Problem(f"{where} connections", "'shared' is not supported yet", "leave it out: each VU has its own")
        )
    if options.base_url.startswith("https:"):
        found.append(Problem(f"{where} base_url", f"{options.base_url!r}: https is not supported yet"))
    if options.max_redirects not in {0, DEFAULT_MAX_REDIRECTS}:
        found.append(
            Problem(
                f"{where} max_redirects", "redirects are not followed yet", "the script gets the answer with its 3xx"
            )
        )
    return found


def duration_problems(value: object, where: str, *, is_zero_allowed: bool = True) -> list[Problem]:
    """List what is wrong with a duration as written, at most one thing."""
    try:
        duration_ns = parse_duration(value)  # type: ignore[arg-type]  # the user may have written anything
    except ValueError as error:
        return [Problem(where, str(error))]
    if duration_ns == 0 and not is_zero_allowed:
        return [Problem(where, f"{value!r} is no time at all: it must be more than 0")]
    return []


def text_map_problems(value: object, where: str) -> list[Problem]:
    """List what is wrong with tags or variables: a dict of text to text, without empty names."""
    if not isinstance(value, Mapping):
        return [Problem(where, f"{value!r} is not a dict of names and text")]
    found = []
    for key, text in value.items():
        if not isinstance(key, str) or not key:
            found.append(Problem(where, f"the name {key!r} is not text"))
        elif not isinstance(text, str):
            found.append(Problem(where, f"{key!r} has the value {text!r}, which is not text", f"write {str(text)!r}"))
    return found


def _base_url_problems(url: object, where: str) -> list[Problem]:
    """Check only what makes a base URL unusable for every request; the client parses the whole of it strictly."""
    place = f"{where} base_url"
    if not isinstance(url, str):
        return [Problem(place, f"{url!r} is not text")]
    if not url:
        return []
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        return [Problem(place, f"{url!r} is not a URL: {error}")]
    if parts.scheme not in {"http", "https"} or not has_host:
        return [Problem(place, f"{url!r} is not an http or https URL", "write it whole, as in 'http://localhost:3000'")]
    if parts.query or parts.fragment:
        return [Problem(place, f"{url!r} has a query or a fragment, to which no path can be appended")]
    return []
