from typing import final

__all__ = ["Histogram"]

@final
class Histogram:
    """
    Counts of values 0 ≤ v < 2^63 (nanoseconds, mostly) in log-linear buckets: 1024 to the octave.

    Count, sum, min and max are exact; a quantile is off by at most 0.05 %. Merging adds counts, so its order never
    matters. An octave costs 8 KiB from its first value on.
    """

    @property
    def count(self) -> int:
        """Finite observations stored."""
    @property
    def infinite(self) -> int:
        """Observations at +∞: in ranks they stand above all others; `count`, `sum`, `max` and `mean` leave them out."""
    @property
    def lost(self) -> int:
        """Observations that could not be stored: negative, or no memory. In no other figure; should be 0."""
    @property
    def sum(self) -> int:
        """Exact sum of the finite observations; exceeds 64 bits when it must."""
    @property
    def min(self) -> int:
        """Smallest finite observation, exact; 0 if there is none."""
    @property
    def max(self) -> int:
        """Largest finite observation, exact; 0 if there is none."""
    @property
    def mean(self) -> float:
        """Mean of the finite observations; 0.0 if there is none."""
    def add(self, value: int, n: int = 1) -> None:
        """
        Record *value* *n* times. A negative value counts as `lost`, as it does on the compiled path.

        Raises:
            OverflowError: *value* ≥ 2^63, or the count would be.
            ValueError: *n* is negative.
            MemoryError: There is no memory for the octave of *value*.
        """
    def add_infinite(self, n: int = 1) -> None:
        """
        Record *n* observations at +∞.

        Raises:
            ValueError: *n* is negative.
            OverflowError: The count would reach 2^63.
        """
    def record_all(self, values: object) -> None:
        """
        Record every value of a buffer of int64, such as `array("q")`, in a compiled loop.

        Raises:
            TypeError: *values* is no contiguous buffer.
            ValueError: Its items are not int64.
        """
    def merge(self, other: Histogram) -> None:
        """
        Add all observations of *other*.

        Raises:
            OverflowError: The count would reach 2^63.
        """
    def quantile(self, q: float) -> int | None:
        """
        Value at quantile *q*: nearest rank, midpoint of its bucket, clamped to [min, max].

        The rank is ⌈q · (count + infinite)⌉, at least 1; a product within four units in the last place of an integer
        is that integer, so that 0.07 of 100 is the 7th.

        Args:
            q: In [0, 1]; 0 gives the first bucket, 1 gives `max`.

        Returns:
            The value, off by at most 0.05 %; 0 if nothing was recorded; None if the rank falls among the infinite.

        Raises:
            ValueError: *q* is outside [0, 1] or NaN.
        """
    def count_at_or_below(self, value: int) -> int:
        """
        Finite observations up to and including the bucket of *value*.

        Returns:
            Exact when *value* ends its bucket, or is below `min` or from `max` on; otherwise its whole bucket is in it.
        """
    def clear(self) -> None:
        """Forget all observations. Touches only what was used, and keeps the memory for the next ones."""
    def copy(self) -> Histogram:
        """An independent histogram with the same observations."""
    def encode(self) -> bytes:
        """The observations as sparse varints; equal observations give equal bytes, whatever their order."""
    def merge_encoded(self, data: bytes) -> None:
        """
        Add the observations that `encode` wrote.

        Raises:
            ValueError: *data* is not the encoding of a histogram; nothing was added.
            OverflowError: The count would reach 2^63; nothing was added.
        """
