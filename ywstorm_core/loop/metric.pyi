from collections.abc import Mapping

from ywstorm_core.loop.vu import VirtualUser

__all__ = ["Counter", "Gauge", "Metric", "Rate", "Trend"]

class Metric:
    """
    A metric of the script's own: use `Counter`, `Gauge`, `Rate` or `Trend`.

    Args:
        name: The name that thresholds and the summary use.
        unit: For display only.
    """

    def __init__(self, name: str, unit: str = "") -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str:
        """ "counter", "gauge", "rate" or "trend"."""
    @property
    def unit(self) -> str: ...
    def add(self, vu: VirtualUser, value: float = 1, tags: Mapping[str, str | float] | None = None) -> None:
        """
        Record a value under the tags of the virtual user, its group and its stage.

        Args:
            value: Counter: what to add. Gauge: the new value. Rate: whether it was so; anything but 0 is. Trend: the
                observation, 0 ≤ value < 9.2e12.
            tags: More tags for this value; they win over those of `vu.tags`.

        Raises:
            ValueError: The value is NaN or infinite, or out of a trend's range.
        """

class Counter(Metric):
    """
    A sum that only grows.

    Example:
        sent = Counter("bytes_uploaded", unit="bytes")
        sent.add(vu, len(photo))
    """

class Gauge(Metric):
    """
    The last, lowest and highest value.

    Example:
        queue = Gauge("queue_length")
        queue.add(vu, r.json()["waiting"])
    """

class Rate(Metric):
    """
    The share of values that were true.

    Example:
        hits = Rate("cache_hits")
        hits.add(vu, r.headers.get("x-cache") == "HIT")
    """

class Trend(Metric):
    """
    A distribution: average, extremes and percentiles, of values stored to six decimals.

    Example:
        upload = Trend("upload_duration", unit="ms")
        upload.add(vu, r.timings.duration_ms)
    """
