"""
The options of a run: what they are called, their defaults, and which values make sense.

Values are kept as they were written, so that a message can quote them; ``*_ns`` gives durations as the rest of
ywstorm wants them. Nothing here raises for a bad value: `Options.problems` lists all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from ywstorm.errors import Problem, suggestion
from ywstorm.units import Duration, parse_duration
from ywstorm_core.net.hosts import parse_host
from ywstorm_core.net.statuses import DEFAULT_EXPECTED, Statuses, status_table
from ywstorm_core.net.tls_rules import context_for

__all__ = [
    "DEFAULT_GRACEFUL_STOP",
    "VERSION",
    "Options",
    "Thresholds",
    "Timeouts",
    "duration_problems",
    "text_map_problems",
]

VERSION = "0.1.0"
DEFAULT_GRACEFUL_STOP = "30s"
DEFAULT_MAX_REDIRECTS = 10

Thresholds: TypeAlias = Mapping[str, object]
"""Selector → expression, or list of expressions and of objects ``{"threshold": …, "abort_on_fail": …}``."""

Connections: TypeAlias = Literal["per_vu", "shared", "per_iteration", "per_request"]

HttpDebug: TypeAlias = Literal["headers", "full"]

_HTTP_DEBUG = ("headers", "full")
_CONNECTIONS = ("per_vu", "shared", "per_iteration", "per_request")
_MAX_REDIRECTS = 100
_FILES = ("ca_file", "client_cert", "client_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """
    What each phase of a request may take; None sets no limit but the total one. Constructing never raises.

    Args:
        total: From the call to the last byte, redirects included; must be > 0.
        connect: Of the TCP handshake.
        tls: Of the TLS handshake.
        first_byte: From the request being written to the first byte of its answer.
        body_idle: Between two reads of the answer.
    """

    total: Duration = "60s"
    connect: Duration | None = "30s"
    tls: Duration | None = "10s"
    first_byte: Duration | None = None
    body_idle: Duration | None = None

    def to_dict(self) -> dict[str, Duration | None]:
        """Give all fields as they were written."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def in_ns(self) -> dict[str, int | None]:
        """Give all fields in ns; raises ValueError if `problems` has something to say."""
        return {name: None if value is None else parse_duration(value) for name, value in self.to_dict().items()}

    def problems(self, where: str) -> list[Problem]:
        """List what is wrong with these limits."""
        found = []
        for name, value in self.to_dict().items():
            if value is not None or name == "total":
                found += duration_problems(value, f"{where} {name}", is_zero_allowed=False)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    What ``options()`` declares, and flags override. Constructing never raises; ask `problems`.

    Args:
        base_url: What a relative URL is appended to; empty means that a script must use absolute ones.
        thresholds: Thresholds that hold for the whole run.
        tags: Tags of every sample of the run.
        timeout: Total time of one request, connecting included, must be > 0; or `Timeouts` by phase.
        connections: "per_vu": each VU has connections of its own. "shared": VUs of a worker share them.
            "per_iteration": a VU's are closed after each iteration. "per_request": every request opens its own.
        discard_bodies: Frame response bodies, but do not keep them.
        user_agent: The User-Agent header; empty sends none.
        max_redirects: Redirects that one request follows, 0–100; 0 hands the first one to the script.
        insecure: Accept any certificate.
        reset_cookies: Begin each iteration without cookies.
        hosts: Addresses of names, past DNS: ``{"api.example.com": "127.0.0.1:8443", "*.example.com": "10.0.0.1"}``.
        dns_ttl: How long an address is used before its name is looked up again; None for ever.
        ca_file: Certificates that are trusted, in PEM, instead of the system's.
        client_cert, client_key: What this client shows, in PEM; the key may stand in the same file.
        expected_statuses: Answers that are no failure: 200, "200-399", range(200, 400), or a list of these.
        seed: Of every VU's `vu.random`.
        http_debug: "headers" prints each request and the head of its answer, "full" bodies too; None neither.
        setup_timeout: What ``setup()`` may take; must be > 0.
        teardown_timeout: What ``teardown()`` may take; must be > 0.
    """

    base_url: str = ""
    thresholds: Thresholds = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    timeout: Duration | Timeouts | Mapping[str, Duration | None] = "60s"
    connections: Connections = "per_vu"
    discard_bodies: bool = False
    user_agent: str = f"ywstorm/{VERSION}"
    max_redirects: int = DEFAULT_MAX_REDIRECTS
    insecure: bool = False
    reset_cookies: bool = False
    hosts: Mapping[str, str] = field(default_factory=dict)
    dns_ttl: Duration | None = "5m"
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    expected_statuses: Statuses | None = None
    seed: int = 0
    http_debug: HttpDebug | None = None
    setup_timeout: Duration = "60s"
    teardown_timeout: Duration = "60s"

    @property
    def timeouts(self) -> Timeouts:
        """The limits of a request by phase; raises TypeError if `problems` has something to say about it."""
        if isinstance(self.timeout, Timeouts):
            return self.timeout
        return Timeouts(**self.timeout) if isinstance(self.timeout, Mapping) else Timeouts(total=self.timeout)  # type: ignore[arg-type]  # problems() has looked

    @property
    def timeout_ns(self) -> int:
        """Total time of one request; raises ValueError if `problems` has something to say about it."""
        return parse_duration(self.timeouts.total)

    @property
    def expected_table(self) -> bytes:
        """One byte per status, 1 where it is expected; raises ValueError if `problems` has something to say."""
        return DEFAULT_EXPECTED if self.expected_statuses is None else status_table(self.expected_statuses)

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
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    def problems(self, where: str) -> list[Problem]:
        """
        List what is wrong with these options, thresholds excepted: those need to know the metrics.

        Args:
            where: The place to name in each problem.
        """
        found = [
            *_base_url_problems(self.base_url, where),
            *text_map_problems(self.tags, f"{where} tags"),
            *_host_problems(self.hosts, f"{where} hosts"),
            *self._timeout_problems(f"{where} timeout"),
            *([] if self.dns_ttl is None else duration_problems(self.dns_ttl, f"{where} dns_ttl")),
            *self._tls_problems(where),
            *duration_problems(self.setup_timeout, f"{where} setup_timeout", is_zero_allowed=False),
            *duration_problems(self.teardown_timeout, f"{where} teardown_timeout", is_zero_allowed=False),
        ]
        if self.connections not in _CONNECTIONS:
            found.append(
                Problem(
                    f"{where} connections",
                    f"{self.connections!r} is none of {', '.join(_CONNECTIONS)}",
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
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            found.append(Problem(f"{where} seed", f"{self.seed!r} is not a whole number"))
        if self.http_debug is not None and self.http_debug not in _HTTP_DEBUG:
            found.append(Problem(f"{where} http_debug", f"{self.http_debug!r} is neither 'headers' nor 'full'"))
        try:
            _ = self.expected_table
        except (TypeError, ValueError) as error:
            found.append(Problem(f"{where} expected_statuses", str(error)))
        if not isinstance(self.thresholds, Mapping):
            found.append(Problem(f"{where} thresholds", f"{self.thresholds!r} is not a dict of selector: expressions"))
        return found

    def _timeout_problems(self, where: str) -> list[Problem]:
        if isinstance(self.timeout, (str, int, float)):
            return duration_problems(self.timeout, where, is_zero_allowed=False)
        known = [f.name for f in fields(Timeouts)]
        if isinstance(self.timeout, Mapping) and (unknown := [name for name in self.timeout if name not in known]):
            return [Problem(where, f"there is no phase {name!r}", f"there are {', '.join(known)}") for name in unknown]
        if not isinstance(self.timeout, (Timeouts, Mapping)):
            return [Problem(where, f"{self.timeout!r} is no duration", 'write "10s", 10 or Timeouts(first_byte="2s")')]
        return self.timeouts.problems(where)

    def _tls_problems(self, where: str) -> list[Problem]:
        found = []
        for name in _FILES:
            path = getattr(self, name)
            if path is not None and (not isinstance(path, str) or not Path(path).is_file()):
                found.append(Problem(f"{where} {name}", f"there is no file {path!r}"))
        if self.client_key is not None and self.client_cert is None:
            found.append(Problem(f"{where} client_key", "a key without client_cert is of no use", "give client_cert"))
        if not found and (self.ca_file or self.client_cert):
            try:
                context_for(self.insecure, self.ca_file, self.client_cert, self.client_key)
            except (OSError, ValueError) as error:
                files = ", ".join(str(getattr(self, name)) for name in _FILES if getattr(self, name))
                found.append(Problem(f"{where} TLS", f"{files}: {error}", "certificates and keys are PEM files"))
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


def _host_problems(hosts: object, where: str) -> list[Problem]:
    found = text_map_problems(hosts, where)
    if found or not isinstance(hosts, Mapping):
        return found
    for name, address in hosts.items():
        try:
            parse_host(name, address)
        except ValueError as error:
            found.append(Problem(where, str(error).removeprefix("hosts: ")))
    return found


def _plain(value: object) -> object:
    """What msgpack and JSON can hold."""
    if isinstance(value, Timeouts):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, range):
        return f"{value.start}-{value.stop - 1}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return value


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
