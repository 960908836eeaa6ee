"""
Which part of a plan belongs to worker *k* of *n*.

VUs are dealt like cards: the VU with run-wide id 1 to worker 0, id 2 to worker 1, and so on round. So every worker
knows its part from two integers, nobody hands out work while the run is on, a ramp stays smooth on each worker, and the
id, the start times and the iterations of a VU are the same for any number of workers.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Segment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """
    Part *index* of *count* equal parts of a run.

    Args:
        index: Number of the worker, 0 ≤ index < count.
        count: Number of workers, ≥ 1.

    Raises:
        ValueError: *index* or *count* is out of range.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise ValueError(f"there is no segment {self.index} of {self.count}")

    def numbers(self, vus: int, vu_base: int) -> range:
        """
        VU numbers of a scenario that belong to this segment, ascending.

        Args:
            vus: Number of VUs of the scenario; they are numbered 1 … vus.
            vu_base: Sum of the VUs of all scenarios before it: VU number i has the run-wide id vu_base + i.
        """
        first = (self.index - vu_base) % self.count + 1
        return range(first, vus + 1, self.count)

    def iterations(self, iterations: int, vus: int, vu_base: int) -> int:
        """
        This segment's share of iterations that all VUs of a scenario do together.

        Iteration g (0-based) belongs to the segment that owns VU number g mod *vus* + 1: the shares of all segments
        add up to *iterations*, and a segment without a VU has no share.
        """
        numbers = self.numbers(vus, vu_base)
        rounds, rest = divmod(iterations, vus)
        return rounds * len(numbers) + bisect_right(numbers, rest)

    def dealt(self, iterations: int, vus: int, vu_base: int) -> Iterator[int]:
        """
        Which of a scenario's iterations belong to this segment, by the same rule as `iterations`.

        Yields:
            Numbers of iterations from 0 on, ascending, all below *iterations*.
        """
        numbers = self.numbers(vus, vu_base)
        if not numbers:
            return
        for first in range(0, iterations, vus):
            for number in numbers:
                if first + number > iterations:
                    return
                yield first + number - 1
