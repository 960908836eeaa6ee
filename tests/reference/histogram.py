"""The obvious histogram: a sorted list of every observation. Slow and exact."""

from bisect import bisect_right
from fractions import Fraction
from math import ceil

__all__ = ["SortedList"]


class SortedList:
    """What the compiled `Histogram` must agree with: within 0.05 % for quantiles, exactly elsewhere."""

    def __init__(self, values: list[int] | None = None, infinite: int = 0) -> None:
        self.values = sorted(values or [])
        self.infinite = infinite

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def sum(self) -> int:
        return sum(self.values)

    @property
    def min(self) -> int:
        return self.values[0] if self.values else 0

    @property
    def max(self) -> int:
        return self.values[-1] if self.values else 0

    def quantile(self, q: float) -> int | None:
        """Nearest rank, with *q* taken as the decimal number that it is written as."""
        n = len(self.values) + self.infinite
        if n == 0:
            return 0
        rank = max(1, ceil(Fraction(repr(q)) * n))
        return self.values[rank - 1] if rank <= len(self.values) else None

    def count_at_or_below(self, value: int) -> int:
        return bisect_right(self.values, value)
