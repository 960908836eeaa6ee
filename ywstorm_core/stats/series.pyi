from typing import final

from ywstorm_core.stats.histogram import Histogram

__all__ = ["CounterSeries", "GaugeSeries", "RateSeries", "RequestSeries", "Series", "TimingSeries", "TrendSeries"]

class Series:
    """
    What was measured under one metric and one set of tags.

    On a worker the figures are those of the open window; on the master they are those of the whole run.

    Args:
        id: Its place in `Aggregate.series`.
        metric: The metric's name.
        tags: Canonical: sorted by key.
    """

    def __init__(self, id: int, metric: str, tags: tuple[tuple[str, str], ...]) -> None: ...  # noqa: A002
    @property
    def id(self) -> int:
        """Place in `Aggregate.series`: 0…, in order of creation."""
    @property
    def metric(self) -> str:
        """Name of the metric; "http_req" and "http_req_timing" for the records of requests."""
    @property
    def kind(self) -> str:
        """One of "request", "timing", "counter", "gauge", "rate", "trend"."""
    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """Pairs sorted by key."""
    @property
    def is_main_phase(self) -> bool:
        """Whether the tag `phase` is "main"."""
    def tag(self, key: str) -> str | None:
        """Value of the tag *key*; None if the series does not carry it."""
    def add(self, value: float, at_ns: int) -> int:
        """
        Record one value of a custom or built-in metric.

        Args:
            value: Counter: what to add. Gauge: the new value. Rate: whether it passed (anything but 0). Trend: the
                observation, 0 ≤ value < 9.2e12.
            at_ns: Monotonic nanoseconds; only gauges look at it.

        Raises:
            ValueError: The value is not finite, or a trend's is out of range.
            TypeError: The series takes requests, not values.
        """

@final
class RequestSeries(Series):
    """Requests with the same tags: attempts, failures, bytes, and their four durations in nanoseconds."""

    @property
    def count(self) -> int:
        """Requests that ended, those that never got a connection included."""
    @property
    def failed(self) -> int:
        """Those among them with an unexpected status or no answer."""
    @property
    def bytes_sent(self) -> int: ...
    @property
    def bytes_received(self) -> int: ...
    @property
    def duration(self) -> Histogram:
        """sending + waiting + receiving."""
    @property
    def service(self) -> Histogram:
        """done − begin."""
    @property
    def latency(self) -> Histogram:
        """done − due."""
    @property
    def lateness(self) -> Histogram:
        """begin − due."""
    def fold_values(
        self,
        *,
        due_ns: int,
        begin_ns: int,
        done_ns: int,
        sending_ns: int = 0,
        waiting_ns: int = 0,
        receiving_ns: int = 0,
        bytes_sent: int = 0,
        bytes_received: int = 0,
        has_failed: bool = False,
        has_connection: bool = True,
    ) -> None:
        """Fold one request given by its values; compiled code folds a `Sample`. All times in ns."""

@final
class TimingSeries(Series):
    """The seven parts of service time, in nanoseconds, of all requests of one scenario and name."""

    @property
    def blocked(self) -> Histogram:
        """Wait for a connection of the pool."""
    @property
    def looking_up(self) -> Histogram: ...
    @property
    def connecting(self) -> Histogram: ...
    @property
    def tls(self) -> Histogram: ...
    @property
    def sending(self) -> Histogram: ...
    @property
    def waiting(self) -> Histogram: ...
    @property
    def receiving(self) -> Histogram: ...
    def fold_values(
        self,
        *,
        blocked_ns: int = 0,
        looking_up_ns: int = 0,
        connecting_ns: int = 0,
        tls_ns: int = 0,
        sending_ns: int = 0,
        waiting_ns: int = 0,
        receiving_ns: int = 0,
        has_connection: bool = True,
    ) -> None:
        """Fold one request given by its values; compiled code folds a `Sample`. All times in ns."""

@final
class CounterSeries(Series):
    """Sum of what was added."""

    @property
    def value(self) -> float: ...
    @property
    def count(self) -> int:
        """How many times something was added."""

@final
class GaugeSeries(Series):
    """Newest, smallest and largest value; all 0.0 when `count` is 0."""

    @property
    def last(self) -> float: ...
    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def at_ns(self) -> int:
        """Instant of `last`; of several workers' values the newest wins."""
    @property
    def count(self) -> int: ...

@final
class RateSeries(Series):
    """How many of all samples were true."""

    @property
    def passes(self) -> int: ...
    @property
    def total(self) -> int: ...

@final
class TrendSeries(Series):
    """Distribution of a metric's values."""

    @property
    def histogram(self) -> Histogram:
        """Holds round(value · 10⁶), so a trend in milliseconds holds nanoseconds."""
