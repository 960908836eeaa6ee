"""
The values of a metric: all series that a selector matches, merged, and what can be asked of the result.

Percentiles are computed here and from merged histograms only. Times are stored in ns and told in ms; other trends are
stored in millionths and told as they were added: both are a division by a million.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ywstorm.metrics.registry import Kind, Metric, Origin, Registry
from ywstorm.metrics.selectors import Selector
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram
from ywstorm_core.stats.series import (
    CounterSeries,
    GaugeSeries,
    RateSeries,
    RequestSeries,
    Series,
    TimingSeries,
    TrendSeries,
)

__all__ = [
    "DEFAULT_TREND_STATS",
    "SCHEMA_TREND_STATS",
    "CounterValues",
    "GaugeValues",
    "MetricValues",
    "RateValues",
    "TrendValues",
    "Values",
    "is_trend_stat",
    "merged",
    "selected",
    "values",
]

DEFAULT_TREND_STATS = ("avg", "min", "med", "max", "p(90)", "p(95)", "p(99)")
"""What the text summary shows of a trend unless ``--summary-trend-stats`` says otherwise."""

SCHEMA_TREND_STATS = ("avg", "min", "med", "max", "p(90)", "p(95)", "p(99)", "p(99.9)")
"""What the JSON summary always holds of a trend, besides count and sum."""

Values: TypeAlias = dict[str, float | int | None]

_SCALE = 1_000_000
_QUANTILE = re.compile(r"p\(\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*\)")


class MetricValues(Protocol):
    """What all kinds of values have in common."""

    @property
    def kind(self) -> Kind:
        """The metric's kind."""

    @property
    def n(self) -> int:
        """How many observations were made; 0 means that there is nothing to judge."""

    def get(self, aggregate: str) -> float | None:
        """
        Return one figure, by the name that a threshold uses (``"p(95)"``); None if there is no such number.

        Raises:
            KeyError: This kind has no such aggregate.
        """

    def to_dict(self, trend_stats: Sequence[str] = ()) -> Values:
        """Return the figures of the summary; *trend_stats* are wanted besides those of the schema."""


@dataclass(frozen=True, slots=True)
class CounterValues:
    """A sum, and that sum per second of the run."""

    count: float
    duration_s: float
    n: int
    kind: Kind = "counter"

    @property
    def rate(self) -> float:
        """Per second; 0 if the run took no time."""
        return self.count / self.duration_s if self.duration_s > 0 else 0.0

    def get(self, aggregate: str) -> float | None:
        return {"count": self.count, "rate": self.rate}[aggregate]

    def to_dict(self, trend_stats: Sequence[str] = ()) -> Values:  # noqa: ARG002 (the protocol's)
        return {"count": _plain(self.count), "rate": self.rate}


@dataclass(frozen=True, slots=True)
class GaugeValues:
    """A level: where it was last, at the lowest and at the highest. All None if it was never set."""

    last: float | None
    min: float | None
    max: float | None
    n: int
    kind: Kind = "gauge"

    def get(self, aggregate: str) -> float | None:
        return {"value": self.last}[aggregate]

    def to_dict(self, trend_stats: Sequence[str] = ()) -> Values:  # noqa: ARG002 (the protocol's)
        return {"last": _plain(self.last), "min": _plain(self.min), "max": _plain(self.max)}


@dataclass(frozen=True, slots=True)
class RateValues:
    """How many of *n* samples were true."""

    passes: int
    n: int
    kind: Kind = "rate"

    @property
    def rate(self) -> float | None:
        """Share of the samples that were true; None without samples."""
        return self.passes / self.n if self.n else None

    def get(self, aggregate: str) -> float | None:
        return {"rate": self.rate}[aggregate]

    def to_dict(self, trend_stats: Sequence[str] = ()) -> Values:  # noqa: ARG002 (the protocol's)
        return {"rate": self.rate, "passes": self.passes, "fails": self.n - self.passes}


@dataclass(frozen=True, slots=True)
class TrendValues:
    """
    A distribution. Observations at +∞ (arrivals that were dropped) count in every rank.

    A figure that such an observation makes infinite is None: max, avg and sum as soon as there is one, a quantile when
    its rank lies among them.
    """

    histogram: Histogram
    kind: Kind = "trend"

    @property
    def n(self) -> int:
        return self.histogram.count + self.histogram.infinite

    @property
    def censored_above(self) -> float | None:
        """The largest finite observation, when there are infinite ones: what is known of a figure that is None."""
        return self.histogram.max / _SCALE if self.histogram.infinite else None

    def get(self, aggregate: str) -> float | None:
        histogram = self.histogram
        quantile = _quantile(aggregate)
        if self.n == 0:
            return None
        if quantile is not None:
            nanos = histogram.quantile(quantile)
            return None if nanos is None else nanos / _SCALE
        if aggregate == "min":
            return histogram.min / _SCALE if histogram.count else None
        if histogram.infinite:
            return None
        return {"max": histogram.max, "avg": histogram.mean, "sum": histogram.sum}[aggregate] / _SCALE

    def to_dict(self, trend_stats: Sequence[str] = ()) -> Values:
        stats = dict.fromkeys(("sum", *SCHEMA_TREND_STATS, *trend_stats))
        told: Values = {"count": self.n}
        told.update({stat: self.get(stat) for stat in stats if stat != "count"})
        if self.histogram.infinite:
            told["censored_above"] = self.censored_above
        return told


def is_trend_stat(text: str) -> bool:
    """Whether *text* names a figure of a trend for the summary: count, avg, min, med, max or p(N) with 0 ≤ N ≤ 100."""
    return text in {"count", "avg", "min", "max"} or _quantile(text) is not None


def _quantile(aggregate: str) -> float | None:
    """``"p(95)"`` → 0.95, ``"med"`` → 0.5; None for what is not a quantile."""
    if aggregate == "med":
        return 0.5
    match = _QUANTILE.fullmatch(aggregate)
    if match is None or float(match[1]) > 100:
        return None
    return float(match[1]) / 100


def selected(aggregate: Aggregate, metric: Metric, selector: Selector) -> list[Series]:
    """Return the series that hold values of *metric* and match *selector*."""
    wanted: type[Series] | None = {Origin.REQUEST: RequestSeries, Origin.TIMING: TimingSeries}.get(metric.origin)
    if wanted is not None:
        return [s for s in aggregate.series if isinstance(s, wanted) and selector.matches(s.tags)]
    return [s for s in aggregate.series if s.metric == metric.name and selector.matches(s.tags)]


def values(aggregate: Aggregate, registry: Registry, selector: Selector, duration_s: float) -> MetricValues:
    """
    Merge what *selector* matches.

    Args:
        duration_s: Time that the rates of counters are told by; so far, while the run goes on.

    Raises:
        KeyError: *registry* has no such metric.
    """
    metric = registry[selector.metric]
    series = selected(aggregate, metric, selector)
    match metric.kind:
        case "counter":
            return _counter(metric, series, duration_s)
        case "gauge":
            return _gauge(s for s in series if isinstance(s, GaugeSeries) and s.count)
        case "rate":
            return _rate(metric, series)
        case "trend":
            return TrendValues(merged(_histogram(metric, s) for s in series))


def _counter(metric: Metric, series: list[Series], duration_s: float) -> CounterValues:
    if metric.origin is Origin.REQUEST:
        requests = [s for s in series if isinstance(s, RequestSeries)]
        total = sum(getattr(s, metric.field) for s in requests)
        return CounterValues(total, duration_s, sum(s.count for s in requests))
    counters = [s for s in series if isinstance(s, CounterSeries)]
    return CounterValues(sum(s.value for s in counters), duration_s, sum(s.count for s in counters))


def _gauge(series: Iterable[GaugeSeries]) -> GaugeValues:
    gauges = list(series)
    if not gauges:
        return GaugeValues(None, None, None, 0)
    last = max(gauges, key=lambda s: s.at_ns).last
    return GaugeValues(last, min(s.min for s in gauges), max(s.max for s in gauges), sum(s.count for s in gauges))


def _rate(metric: Metric, series: list[Series]) -> RateValues:
    if metric.origin is Origin.REQUEST:
        requests = [s for s in series if isinstance(s, RequestSeries)]
        return RateValues(sum(getattr(s, metric.field) for s in requests), sum(s.count for s in requests))
    rates = [s for s in series if isinstance(s, RateSeries)]
    return RateValues(sum(s.passes for s in rates), sum(s.total for s in rates))


def _histogram(metric: Metric, series: Series) -> Histogram:
    if isinstance(series, TrendSeries):
        return series.histogram
    histogram: Histogram = getattr(series, metric.field)
    return histogram


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """Return one histogram with the observations of all."""
    total = Histogram()
    for histogram in histograms:
        total.merge(histogram)
    return total


def _plain(number: float | None) -> float | int | None:
    """A whole number as an int, so that the summary says 12 and not 12.0."""
    return int(number) if number is not None and number == int(number) else number
