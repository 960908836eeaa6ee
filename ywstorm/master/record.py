"""
What the master remembers of one worker: its newest accounts, how it fared, and how it ended.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

from ywstorm.metrics.facts import WorkerFacts
from ywstorm.units import NS_PER_S
from ywstorm.wire import Counts, Window

__all__ = ["WorkerRecord"]

_BUSY_SPAN_NS = 5 * NS_PER_S
_SLACK_NS = NS_PER_S // 10  # windows are cut by a busy loop: five of them span 5 s give or take this much
_NO_COUNTS = Counts(scenarios={})


@dataclass(slots=True)
class WorkerRecord:
    """
    One worker, as its frames tell.

    Args:
        vus: Active VUs at the end of each second since the start instant.
        cpu: (instant in ns, CPU seconds until then), ascending; the first is the start instant if the worker told it.
        end_ns: When its last iteration ended; None while it runs.
        state: Empty while all is well; how it was lost otherwise.
    """

    index: int
    pid: int
    counts: Counts = _NO_COUNTS
    n_windows: int = 0
    vus: list[int] = field(default_factory=list)
    cpu: list[tuple[int, float]] = field(default_factory=list)
    cpu_s: float = 0.0
    max_lag_ms: float = 0.0
    rss_bytes: int = 0
    sleep_ns: int = 0
    sleep_late_ns: int = 0
    last_told_ns: int = 0
    end_ns: int | None = None
    has_totals: bool = False
    state: str = ""

    def take(self, window: Window, second: int | None) -> None:
        """
        Remember what a window tells, series excepted.

        Args:
            second: Number of the second since the start instant; None before the start.
        """
        health = window.health
        self.counts = window.counts
        self.n_windows += 1
        self.last_told_ns = window.to_ns
        self.cpu_s = health.cpu_s
        self.rss_bytes = max(self.rss_bytes, health.rss_bytes)
        self.sleep_ns = health.sleep_ns
        self.sleep_late_ns = health.sleep_late_ns
        if second is None:
            self.cpu = [(window.to_ns, health.cpu_s)]
        elif self.end_ns is None:
            # A second that the worker skipped (its loop was blocked) counts as the one before it.
            before = self.vus_at_end_of(second)
            self.vus += [before] * (second + 1 - len(self.vus))
            self.vus[second] = sum(scenario.vus for scenario in window.counts.scenarios.values())
            self.cpu.append((window.to_ns, health.cpu_s))
            self.max_lag_ms = max(self.max_lag_ms, health.max_lag_ms)

    def vus_at_end_of(self, second: int) -> int:
        """Active VUs at the end of a second, or at the end of the last one that was told."""
        return self.vus[min(second, len(self.vus) - 1)] if self.vus else 0

    @property
    def is_over(self) -> bool:
        """Whether no load comes from it any more."""
        return self.end_ns is not None or bool(self.state)

    def cpu_share(self) -> float:
        """CPU time ÷ wall time while scenarios ran; 0.0 if there was too little of it to tell."""
        return _share(self.cpu[0], self.cpu[-1]) if len(self.cpu) > 1 else 0.0

    def max_cpu_share_5s(self) -> float:
        """The same over the busiest 5 s in a row; 0.0 for a shorter run."""
        shares = [0.0]
        for point in self.cpu:
            later = bisect_left(self.cpu, point[0] + _BUSY_SPAN_NS - _SLACK_NS, key=lambda other: other[0])
            if later < len(self.cpu):
                shares.append(_share(point, self.cpu[later]))
        return max(shares)

    def facts(self) -> WorkerFacts:
        """The worker as the summary knows it."""
        return WorkerFacts(
            index=self.index,
            pid=self.pid,
            cpu_s=self.cpu_s,
            cpu_share=self.cpu_share(),
            max_cpu_share_5s=self.max_cpu_share_5s(),
            max_lag_ms=self.max_lag_ms,
            rss_bytes=self.rss_bytes,
            requests=self.counts.requests_sent,
            sleep_overrun=self.sleep_late_ns / self.sleep_ns if self.sleep_ns else 0.0,
            state=self.state or "ended",
        )


def _share(start: tuple[int, float], end: tuple[int, float]) -> float:
    return (end[1] - start[1]) / ((end[0] - start[0]) / NS_PER_S)
