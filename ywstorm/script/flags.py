"""What the command line said, checked as far as that is possible without knowing the script."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ywstorm.config import duration_problems
from ywstorm.errors import Problem
from ywstorm.metrics.values import DEFAULT_TREND_STATS, is_trend_stat
from ywstorm.units import parse_stage

__all__ = ["Flags"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """
    The flags of ``ywstorm run``, or the variables ``YWSTORM_…`` that stand for them, as they were written.

    Args:
        scenarios: Names to select; empty for all.
        vus: Number of VUs for the one selected scenario.
        duration: Duration for the one selected scenario.
        iterations: Makes the one selected scenario share this many iterations.
        stages: ``DURATION:TARGET``, makes the one selected scenario a ramp.
        env: ``NAME=VALUE``.
        tags: ``key=value`` or ``key:value``.
        thresholds: ``metric: expression``.
        base_url: What relative URLs are appended to.
        workers: "auto", or a number.
        graceful_stop: For all selected scenarios.
        timeout: Total time of one request.
        connections: One of the words of ``options(connections=…)``.
        no_connection_reuse: Every request opens a connection of its own.
        no_vu_connection_reuse: The connections of a VU are closed after each iteration.
        max_redirects: Redirects that one request follows.
        user_agent: The User-Agent header; empty sends none.
        discard_bodies: Do not keep response bodies.
        reset_cookies: Begin each iteration without cookies.
        hosts: ``NAME=ADDRESS``, past DNS.
        dns_ttl: How long an address is used before its name is looked up again.
        expected_statuses: Statuses and ranges that are no failure, separated by commas: ``200-299,404``.
        insecure: Accept any certificate.
        ca_file: Certificates that are trusted, in PEM.
        client_cert: Certificate that this client shows, in PEM.
        client_key: Its key, in PEM.
        seed: Of every VU's ``vu.random``.
        http_debug: "headers" or "full": what is printed of every request.
        run_setup: Whether to run ``setup()``.
        run_teardown: Whether to run ``teardown()``.
        has_thresholds: Whether thresholds are evaluated at all.
        trend_stats: Statistics of trends in the text summary, separated by commas.
        summary_export: File for the JSON summary.
        verbosity: −1 quiet, 0 usual, 1 debug.
    """

    scenarios: tuple[str, ...] = ()
    vus: int | None = None
    duration: str | None = None
    iterations: int | None = None
    stages: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
    base_url: str | None = None
    workers: str = "auto"
    graceful_stop: str | None = None
    timeout: str | None = None
    connections: str | None = None
    no_connection_reuse: bool = False
    no_vu_connection_reuse: bool = False
    max_redirects: int | None = None
    user_agent: str | None = None
    discard_bodies: bool = False
    reset_cookies: bool = False
    hosts: tuple[str, ...] = ()
    dns_ttl: str | None = None
    expected_statuses: str | None = None
    insecure: bool = False
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    seed: int | None = None
    http_debug: str | None = None
    run_setup: bool = True
    run_teardown: bool = True
    has_thresholds: bool = True
    trend_stats: str | None = None
    summary_export: str | None = None
    verbosity: int = 0

    def problems(self) -> list[Problem]:
        """List what is wrong with the flags themselves."""
        return [
            *_pair_problems("--env", self.env, "=", "-e NAME=VALUE"),
            *_pair_problems("--tag", self.tags, "=:", "--tag key=value"),
            *_pair_problems("--host", self.hosts, "=", "--host api.example.com=127.0.0.1:8443"),
            *_threshold_problems(self.thresholds),
            *_stage_problems(self.stages),
            *self._number_problems(),
            *_optional_duration("--duration", self.duration, is_zero_allowed=False),
            *_optional_duration("--graceful-stop", self.graceful_stop),
            *self._conflicts(),
            *self._output_problems(),
        ]

    def variables(self) -> dict[str, str]:
        """
        Give the variables of ``-e``, and ``BASE_URL`` if ``--base-url`` was given.

        A script that asks for ``BASE_URL`` itself, to make URLs of its own from it, shall see the same one.
        """
        variables = _pairs(self.env, "=")
        return variables if self.base_url is None else {**variables, "BASE_URL": self.base_url}

    def run_tags(self) -> dict[str, str]:
        """Give the tags of ``--tag``."""
        return _pairs(self.tags, "=:")

    def host_addresses(self) -> dict[str, str]:
        """Give the addresses of ``--host`` by name."""
        return _pairs(self.hosts, "=")

    def declared_thresholds(self) -> Mapping[str, list[str]]:
        """Give the thresholds of ``--threshold`` in the form in which scripts declare them."""
        declared: dict[str, list[str]] = {}
        for text in self.thresholds:
            selector, _, expression = text.rpartition(": ")
            declared.setdefault(selector.strip(), []).append(expression.strip())
        return declared

    def text_trend_stats(self) -> tuple[str, ...]:
        """Give the statistics that the text summary shows of a trend."""
        if self.trend_stats is None:
            return DEFAULT_TREND_STATS
        return tuple(stat.strip() for stat in self.trend_stats.split(","))

    def _number_problems(self) -> list[Problem]:
        found = [
            Problem(flag, f"{value} is not a number of at least 1")
            for flag, value in (("--vus", self.vus), ("--iterations", self.iterations))
            if value is not None and value < 1
        ]
        if self.workers != "auto" and not (self.workers.isascii() and self.workers.isdigit() and int(self.workers) > 0):
            found.append(Problem("--workers", f"{self.workers!r} is neither 'auto' nor a number of at least 1"))
        return found

    def _conflicts(self) -> list[Problem]:
        """Flags that each decide the executor, or how connections are used."""
        found = []
        if self.iterations is not None and self.stages:
            found.append(Problem("--iterations", "together with --stage: a ramp has no number of iterations"))
        if self.duration is not None and self.stages:
            found.append(Problem("--duration", "together with --stage: the stages say how long it takes"))
        connections = {
            f"--connections {self.connections}": self.connections is not None,
            "--no-vu-connection-reuse": self.no_vu_connection_reuse,
            "--no-connection-reuse": self.no_connection_reuse,
        }
        first, *others = [flag for flag, is_given in connections.items() if is_given] or [""]
        found += [Problem(flag, f"together with {first}: one of them says how connections are used") for flag in others]
        return found

    def _output_problems(self) -> list[Problem]:
        found = [
            Problem("--summary-trend-stats", f"{stat!r} is no statistic of a trend", "avg, min, med, max, count, p(99)")
            for stat in self.text_trend_stats()
            if not is_trend_stat(stat)
        ]
        if self.summary_export is not None:
            path = Path(self.summary_export)
            if path.is_dir() or not path.parent.is_dir():
                reason = "is a folder" if path.is_dir() else f"cannot be written: there is no folder {path.parent}"
                found.append(Problem("--summary-export", f"{self.summary_export!r} {reason}"))
        return found


def _pairs(texts: Iterable[str], separators: str) -> dict[str, str]:
    """Split each text at its first separator; those without one are left out."""
    pairs = {}
    for text in texts:
        at = _separator_at(text, separators)
        if at > 0:
            pairs[text[:at]] = text[at + 1 :]
    return pairs


def _separator_at(text: str, separators: str) -> int:
    """Index of the first of *separators* in *text*, −1 if there is none."""
    return min((at for at in map(text.find, separators) if at >= 0), default=-1)


def _pair_problems(flag: str, texts: Iterable[str], separators: str, form: str) -> list[Problem]:
    return [
        Problem(flag, f"{text!r} has no name or no value", f"write {form}")
        for text in texts
        if _separator_at(text, separators) <= 0
    ]


def _threshold_problems(texts: Iterable[str]) -> list[Problem]:
    return [
        Problem("--threshold", f"{text!r} is not a threshold", "write --threshold 'http_req_duration: p(95)<500'")
        for text in texts
        if not text.rpartition(": ")[0].strip()
    ]


def _stage_problems(texts: Iterable[str]) -> list[Problem]:
    found = []
    for text in texts:
        try:
            parse_stage(text)
        except ValueError as error:
            found.append(Problem("--stage", str(error)))
    return found


def _optional_duration(flag: str, value: str | None, *, is_zero_allowed: bool = True) -> list[Problem]:
    return [] if value is None else duration_problems(value, flag, is_zero_allowed=is_zero_allowed)
