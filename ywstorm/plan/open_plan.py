"""
What the driver of arrivals gets from an executor: one segment's arrivals, a block of due times at a time.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ywstorm.plan.rate_line import RateLine
from ywstorm.plan.segment import Segment

__all__ = ["BLOCK_SIZE", "OpenPlan"]

BLOCK_SIZE = 256
"""Arrivals in a block. It is computed between two arrivals, in the loop's own time: about 0.3 ms for so many."""


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """
    One segment's part of an open scenario: when its arrivals are due, and which VUs may take them.

    Arrival g (0-based) of the whole scenario belongs to the segment that owns VU number g mod *max_vus* + 1. So a
    segment has arrivals in proportion to its VUs, none without a VU, and no arrival's time depends on the segments.

    Args:
        segment: The worker's part.
        vu_base: Run-wide id of VU number i is vu_base + i.
        max_vus: VUs of the whole scenario.
        line: Iterations per time unit.
        first: What the area under the line is when arrival 0 is due: 0 or 1.
        arrivals: Number of arrivals of the whole scenario; the line reaches all of them.
    """

    segment: Segment
    vu_base: int
    max_vus: int
    line: RateLine
    first: int
    arrivals: int

    @property
    def vus(self) -> range:
        """Numbers of the segment's VUs in the scenario, ascending, from 1; any of them may never be needed."""
        return self.segment.numbers(self.max_vus, self.vu_base)

    @property
    def duration_ns(self) -> int:
        """Regular end: after this instant no arrival is due, but one may be due at it."""
        return self.line.duration_ns

    def blocks(self) -> Iterator["array[int]"]:
        """
        Due times of the segment's arrivals, computed as they are asked for.

        Yields:
            Blocks of 1 to `BLOCK_SIZE` int64: nanoseconds after the scenario's start, ascending, 0 … `duration_ns`.
        """
        own = self.segment.dealt(self.arrivals, self.max_vus, self.vu_base)
        due_times = self.line.due_times(self.first + arrival for arrival in own)
        while block := array("q", islice(due_times, BLOCK_SIZE)):
            yield block
