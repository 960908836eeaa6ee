"""
The tables of a summary: requests by endpoint, checks by name, errors by code.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ywstorm.metrics.facts import ErrorFacts, ExceptionFacts
from ywstorm.metrics.selectors import Tags
from ywstorm.metrics.values import TrendValues, merged
from ywstorm_core.errors import error_info
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.series import RateSeries, RequestSeries

__all__ = ["Check", "Endpoint", "Error", "checks", "endpoints", "errors", "is_unanswered"]

SYSTEM_TAGS = frozenset(
    {"scenario", "phase", "method", "name", "status", "expected_response", "stage", "group", "error_code"}
)
"""Tags that ywstorm sets itself; the others are the script's and keep endpoints apart."""

_EXCEPTION_CODE = 1800
_NO_ANSWER = "0"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """All main-phase requests of one scenario, method, name and set of the script's own tags."""

    scenario: str
    method: str
    name: str
    tags: Tags
    count: int
    failed: int
    rate: float
    bytes_sent: int
    bytes_received: int
    duration: TrendValues
    service: TrendValues
    latency: TrendValues


@dataclass(frozen=True, slots=True)
class Check:
    """How often a check of one scenario held."""

    name: str
    scenario: str
    passes: int
    fails: int


@dataclass(frozen=True, slots=True)
class Error:
    """
    One kind of error, explained.

    Args:
        owner: Whose fault it is: target, network, generator, script or policy.
        sample: The text of one of them.
        hint: What to do about it, with the URL it is about.
    """

    code: int
    name: str
    owner: str
    count: int
    sample: str
    hint: str


def endpoints(aggregate: Aggregate, duration_s: float) -> tuple[Endpoint, ...]:
    """Return requests by endpoint, in the order in which the endpoints were first seen."""
    groups: defaultdict[tuple[str, str, str, Tags], list[RequestSeries]] = defaultdict(list)
    for series in aggregate.series:
        if isinstance(series, RequestSeries) and series.is_main_phase and series.count:
            own = tuple(pair for pair in series.tags if pair[0] not in SYSTEM_TAGS)
            key = (series.tag("scenario") or "", series.tag("method") or "", series.tag("name") or "", own)
            groups[key].append(series)
    return tuple(_endpoint(*key, group, duration_s) for key, group in groups.items())


def _endpoint(
    scenario: str, method: str, name: str, tags: Tags, group: list[RequestSeries], duration_s: float
) -> Endpoint:
    count = sum(s.count for s in group)
    return Endpoint(
        scenario=scenario,
        method=method,
        name=name,
        tags=tags,
        count=count,
        failed=sum(s.failed for s in group),
        rate=count / duration_s if duration_s > 0 else 0.0,
        bytes_sent=sum(s.bytes_sent for s in group),
        bytes_received=sum(s.bytes_received for s in group),
        duration=TrendValues(merged(s.duration for s in group)),
        service=TrendValues(merged(s.service for s in group)),
        latency=TrendValues(merged(s.latency for s in group)),
    )


def checks(aggregate: Aggregate) -> tuple[Check, ...]:
    """Return the main-phase checks by name and scenario, in the order in which they were first seen."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for series in aggregate.series:
        if isinstance(series, RateSeries) and series.metric == "checks" and series.is_main_phase and series.total:
            key = (series.tag("check") or "", series.tag("scenario") or "")
            passes, fails = counts.get(key, (0, 0))
            counts[key] = (passes + series.passes, fails + series.total - series.passes)
    return tuple(Check(name, scenario, passes, fails) for (name, scenario), (passes, fails) in counts.items())


def errors(found: Iterable[ErrorFacts], exceptions: Iterable[ExceptionFacts]) -> tuple[Error, ...]:
    """Explain errors and exceptions, the most frequent first."""
    told = [_explained(fact) for fact in found]
    told += [
        Error(
            _EXCEPTION_CODE, "script.exception", "script", fact.count, fact.kind, "mend the script, or catch it there"
        )
        for fact in exceptions
    ]
    return tuple(sorted(told, key=lambda error: (-error.count, error.code)))


def _explained(fact: ErrorFacts) -> Error:
    """Look an error up. A hint that asks about a server names it: its address, for the path is not to blame."""
    info = error_info(fact.code)
    url = urlsplit(fact.url)
    hint = info.hint.replace("at URL", f"at {url.scheme}://{url.netloc}") if url.netloc else info.hint
    return Error(fact.code, info.name, info.owner, fact.count, fact.sample, hint)


def is_unanswered(aggregate: Aggregate, requests_sent: int) -> bool:
    """
    Whether requests were made and none of them was answered.

    Phase main decides when it made requests: a server that died after setup kept no promise either.
    """
    requests = [s for s in aggregate.series if isinstance(s, RequestSeries) and s.count]
    decisive = [s for s in requests if s.is_main_phase] or requests
    return bool(requests_sent or decisive) and all(s.tag("status") == _NO_ANSWER for s in decisive)
