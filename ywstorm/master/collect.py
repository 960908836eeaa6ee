"""
What workers tell, added up: frames in, one aggregate and one list of seconds out.

Windows of different workers that cover the same second after the start instant become one. Nothing here knows sockets
or clocks; an instant that matters is an argument or a field of a frame.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ywstorm.master.record import WorkerRecord
from ywstorm.metrics.facts import ErrorFacts, ExceptionFacts, WindowFacts
from ywstorm.units import NS_PER_S
from ywstorm.wire import ErrorNews, ExceptionNews, Totals, Window
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram
from ywstorm_core.stats.series import RequestSeries

__all__ = ["MAX_EXCEPTION_KINDS", "Collector", "Second"]

MAX_EXCEPTION_KINDS = 200
_MAIN_PHASE = (("phase", "main"),)


@dataclass(slots=True)
class Second:
    """Phase-main requests, and iterations by scenario, that ended in one second, all workers together."""

    iterations: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    failed: int = 0
    latency: Histogram = field(default_factory=Histogram)


class Collector:
    """
    Everything that the workers of one run have told so far.

    Args:
        max_vus: VUs that the plan of closed scenarios has.
        open_scenarios: Names of the open ones, whose VUs are made as they are needed.
    """

    def __init__(self, max_vus: int, open_scenarios: Collection[str] = ()) -> None:
        self.aggregate = Aggregate()
        self.records: dict[int, WorkerRecord] = {}
        self.seconds: list[Second] = []
        self.mismatches: list[str] = []
        self.start_ns: int | None = None
        self.requests = 0
        self.failed = 0
        self._max_vus = max_vus
        self._open_scenarios = frozenset(open_scenarios)
        self._errors: dict[int, ErrorFacts] = {}
        self._exceptions: dict[str, ExceptionFacts] = {}
        self._n_gauged = 0

    def add_worker(self, index: int, pid: int) -> None:
        """Open the accounts of a worker; nothing of it may come earlier."""
        self.records[index] = WorkerRecord(index, pid)

    def on_window(self, index: int, window: Window) -> None:
        """
        Add a worker's window.

        Raises:
            ValueError: Its payload is damaged.
        """
        record = self.records[index]
        if window.seq != record.n_windows:
            self.mismatches.append(f"worker {index}: window {window.seq} came where {record.n_windows} was due")
        number = self._second_of(window)
        second = Second() if number is None or record.is_over else self._second(number)
        requests, failed = self.aggregate.merge(index, window.payload, second.latency)
        second.requests += requests
        second.failed += failed
        self.requests += requests
        self.failed += failed
        for name, counts in window.counts.scenarios.items():
            before = record.counts.scenarios.get(name)
            second.iterations[name] += counts.iterations - (before.iterations if before else 0)
        record.take(window, number)
        self._add_errors(window.errors)
        self.add_exceptions(window.exceptions)
        self._gauge_vus()

    def add_exceptions(self, news: Iterable[ExceptionNews]) -> None:
        """Count exceptions by kind; past MAX_EXCEPTION_KINDS, further ones are one kind."""
        for new in news:
            is_room = new.kind in self._exceptions or len(self._exceptions) < MAX_EXCEPTION_KINDS
            kind, traceback = (new.kind, new.traceback) if is_room else ("(other)", "")
            known = self._exceptions.get(kind)
            count = new.count + (known.count if known else 0)
            self._exceptions[kind] = ExceptionFacts(kind, known.traceback if known else traceback, count)

    def on_totals(self, index: int, totals: Totals) -> None:
        """
        Hold a worker's last word against the sum of its windows.

        Raises:
            ValueError: Its payload is damaged.
        """
        record = self.records[index]
        if record.counts != totals.counts and record.n_windows:
            self.mismatches.append(f"worker {index}: its last window and its totals count differently")
        record.counts = totals.counts
        record.has_totals = True
        self.mismatches += [f"worker {index}: {text}" for text in self.aggregate.check_totals(index, totals.payload)]

    def n_complete(self) -> int:
        """How many seconds since the start instant every worker that still runs has told about."""
        told = [len(record.vus) for record in self.records.values() if not record.is_over]
        return min(told, default=len(self.seconds))

    def end_ns(self) -> int | None:
        """When the last iteration ended (of a lost worker: what it told last); None while a worker still runs."""
        records = self.records.values()
        if not all(record.is_over for record in records):
            return None
        ends_ns = (record.last_told_ns if record.end_ns is None else record.end_ns for record in records)
        return max(ends_ns, default=None)

    def vus_at_end_of(self, second: int) -> int:
        """Active VUs at the end of a second."""
        return sum(record.vus_at_end_of(second) for record in self.records.values())

    def vus_max(self) -> int:
        """The most VUs there are: those that are planned, and of open scenarios those that were needed so far."""
        counts = (record.counts.scenarios.items() for record in self.records.values())
        made = sum(each.vus_max for pairs in counts for name, each in pairs if name in self._open_scenarios)
        return self._max_vus + made

    def finish(self) -> None:
        """The load is over: close the gauges of VUs."""
        if self.start_ns is None:
            return
        self._gauge_vus()
        if not self._n_gauged:  # the run was over before its first second was
            peak = sum(
                counts.vus_max for record in self.records.values() for counts in record.counts.scenarios.values()
            )
            self._set_gauge("vus", peak, self.start_ns)
        self._set_gauge("vus_max", self.vus_max(), self.start_ns)

    def windows(self) -> tuple[WindowFacts, ...]:
        """One value per second, without gaps."""
        return tuple(
            WindowFacts(number, second.requests, second.failed, self.vus_at_end_of(number), second.latency)
            for number, second in enumerate(self.seconds)
        )

    def errors(self) -> tuple[ErrorFacts, ...]:
        """All errors, the most frequent first."""
        return tuple(sorted(self._errors.values(), key=lambda error: (-error.count, error.code)))

    def exceptions(self) -> tuple[ExceptionFacts, ...]:
        """All kinds of exceptions, the most frequent first."""
        return tuple(sorted(self._exceptions.values(), key=lambda exception: -exception.count))

    def requests_in_series(self) -> int:
        """Requests that the merged series hold, of all phases."""
        return sum(series.count for series in self.aggregate.series if isinstance(series, RequestSeries))

    def requests_answered(self) -> int:
        """Requests that a whole answer came to, of all phases."""
        requests = (series for series in self.aggregate.series if isinstance(series, RequestSeries))
        return sum(series.count for series in requests if series.tag("status") != "0")

    def _second_of(self, window: Window) -> int | None:
        """Number of the second that a window covers: its bounds are late by what the loop was, its middle is safe."""
        if self.start_ns is None:
            return None
        number = ((window.from_ns + window.to_ns) // 2 - self.start_ns) // NS_PER_S
        return number if number >= 0 else None

    def _second(self, number: int) -> Second:
        while len(self.seconds) <= number:
            self.seconds.append(Second())
        return self.seconds[number]

    def _add_errors(self, news: Iterable[ErrorNews]) -> None:
        for new in news:
            known = self._errors.get(new.code)
            count = new.count + (known.count if known else 0)
            first = known or new
            self._errors[new.code] = ErrorFacts(new.code, count, first.sample, first.url)

    def _gauge_vus(self) -> None:
        """Gauge the seconds that are complete, but for zeros at the end: that a run comes to 0 tells nothing."""
        n_seconds = self.n_complete()
        while n_seconds > self._n_gauged and not self.vus_at_end_of(n_seconds - 1):
            n_seconds -= 1
        for number in range(self._n_gauged, n_seconds):
            at_ns = (self.start_ns or 0) + (number + 1) * NS_PER_S
            self._set_gauge("vus", self.vus_at_end_of(number), at_ns)
        self._n_gauged = max(self._n_gauged, n_seconds)

    def _set_gauge(self, metric: str, value: int, at_ns: int) -> None:
        self.aggregate.sink(metric, "gauge", _MAIN_PHASE).add(value, at_ns)
