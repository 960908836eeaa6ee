"""
Thresholds that end a run: which one, when, and what is said of it.

A promise with ``abort_on_fail`` that is broken ends the run, and stays broken: what requests that were under way did to
the figure after that cannot mend it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ywstorm.metrics.registry import Registry
from ywstorm.metrics.thresholds import Threshold, ThresholdResult, evaluate_all
from ywstorm.units import NS_PER_S, format_duration
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["Abort", "find_abort", "marked"]

_TENTH_NS = NS_PER_S // 10


@dataclass(frozen=True, slots=True)
class Abort:
    """
    A broken promise that ended the run.

    Args:
        result: The threshold and its figure at that time; None for an infinite one.
        at_ns: When, after the start instant.
    """

    result: ThresholdResult
    at_ns: int

    @property
    def text(self) -> str:
        """``"http_req_failed: rate<0.05 after 12.1s, at 0.083"``."""
        threshold = self.result.threshold
        return f"{threshold.selector}: {threshold.expression} {self.when}"

    @property
    def when(self) -> str:
        """``"after 12.1s, at 0.083"``."""
        figure = "infinity" if self.result.observed is None else f"{self.result.observed:.4g}"
        return f"after {format_duration(round(self.at_ns / _TENTH_NS) * _TENTH_NS)}, at {figure}"


def find_abort(
    thresholds: Iterable[Threshold],
    aggregate: Aggregate,
    registry: Registry,
    elapsed_ns: int,
    starts_ns: Mapping[str, int],
) -> Abort | None:
    """
    Give the first threshold that is to end the run by what was measured until now; None if all may go on.

    Args:
        elapsed_ns: Time since the start instant.
        starts_ns: Scenario → its start after the start instant; the delay of its thresholds counts from there.
    """
    acting = [
        threshold
        for threshold in thresholds
        if threshold.abort_on_fail
        and elapsed_ns >= threshold.delay_ns + (starts_ns[threshold.scenario] if threshold.scenario else 0)
    ]
    results = evaluate_all(acting, aggregate, registry, elapsed_ns / NS_PER_S)
    failing = (result for result in results if not result.passed and result.has_data)
    first = next(failing, None)
    return None if first is None else Abort(first, elapsed_ns)


def marked(results: Iterable[ThresholdResult], abort: Abort | None) -> list[ThresholdResult]:
    """Say at the final result of the threshold that ended the run that it did; it has failed, whatever came after."""
    return [
        replace(result, passed=False, reason=f"ended the run {abort.when}")
        if abort is not None and result.threshold is abort.result.threshold
        else result
        for result in results
    ]
