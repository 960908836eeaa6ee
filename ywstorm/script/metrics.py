"""
Custom metrics, as a script declares them at module level.

They are the core's metrics, which do the adding; here they are also noted with their place, so that the run knows them
before it begins.
"""

from ywstorm.metrics.registry import Kind, MetricDef
from ywstorm.script.collector import open_collector, place_of_caller
from ywstorm_core.loop import metric

__all__ = ["Counter", "Gauge", "Rate", "Trend"]


class Counter(metric.Counter):
    """
    A sum: ``count`` and ``rate`` per second.

    Args:
        name: ``^[a-zA-Z_][a-zA-Z0-9_]{1,128}$``, not a built-in metric's.
        unit: For display, such as "bytes".
    """

    def __init__(self, name: str, unit: str = "") -> None:
        super().__init__(name, unit)
        _note("counter", name, unit)


class Gauge(metric.Gauge):
    """
    The last value, with the least and the greatest.

    Args:
        name: ``^[a-zA-Z_][a-zA-Z0-9_]{1,128}$``, not a built-in metric's.
        unit: For display, such as "bytes".
    """

    def __init__(self, name: str, unit: str = "") -> None:
        super().__init__(name, unit)
        _note("gauge", name, unit)


class Rate(metric.Rate):
    """
    The share of values that were true.

    Args:
        name: ``^[a-zA-Z_][a-zA-Z0-9_]{1,128}$``, not a built-in metric's.
        unit: For display, the word for what is counted.
    """

    def __init__(self, name: str, unit: str = "") -> None:
        super().__init__(name, unit)
        _note("rate", name, unit)


class Trend(metric.Trend):
    """
    A distribution: avg, min, med, max and percentiles of values 0 ≤ x < 9.2e12.

    Args:
        name: ``^[a-zA-Z_][a-zA-Z0-9_]{1,128}$``, not a built-in metric's.
        unit: For display, such as "ms".
    """

    def __init__(self, name: str, unit: str = "") -> None:
        super().__init__(name, unit)
        _note("trend", name, unit)


def _note(kind: Kind, name: str, unit: str) -> None:
    """Tell the script that is being imported about a metric of its own."""
    collector = open_collector(f"{kind.capitalize()}({name!r})")
    if collector is not None:
        collector.metrics.append(MetricDef(name, kind, unit, place_of_caller()))
