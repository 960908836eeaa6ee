"""
The line that arrivals follow, in exact integers.

The rate, in iterations per time unit, goes straight from one stage's target to the next, and a stage without length is
a jump. Iteration n starts where the area under the line reaches n. Within a stage from rate a to rate b, ``length_ns``
long, twice the area after t ns is, in iterations × time units in ns,

    2·a·t + (b − a)·t² / length_ns

so what a stage leaves over of an iteration is an integer too, and is carried into the next stage. A start is rounded up
to a whole nanosecond, which is the first instant of our clock at which the area is there. Source of the rule: k6's
arrival-rate executors, which compute the same in binary floating point and round down.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isqrt

__all__ = ["RateLine"]


@dataclass(frozen=True, slots=True)
class RateLine:
    """
    A piecewise straight line of iterations per time unit over time.

    Args:
        start_rate: Rate at 0, ≥ 0.
        time_unit_ns: What the rates are per, > 0.
        stages: (length in ns ≥ 0, rate at its end ≥ 0) of each stage.
    """

    start_rate: int
    time_unit_ns: int
    stages: tuple[tuple[int, int], ...]

    @property
    def duration_ns(self) -> int:
        """End of the last stage."""
        return sum(length_ns for length_ns, _ in self.stages)

    @property
    def twice_area(self) -> int:
        """Twice the area under the whole line, in iterations × `time_unit_ns`."""
        return sum((from_rate + to_rate) * length_ns for _, length_ns, from_rate, to_rate in self._pieces())

    def due_times(self, counts: Iterable[int]) -> Iterator[int]:
        """
        When the area under the line reaches each of *counts* iterations.

        Args:
            counts: Whole numbers, ascending, from 0 on. What the line never reaches ends the answer.

        Yields:
            Nanoseconds from the start, ascending, at most `duration_ns`.
        """
        twice = 2 * self.time_unit_ns
        wanted = (twice * count for count in counts)
        area = next(wanted, None)
        before = 0
        for from_ns, length_ns, from_rate, to_rate in self._pieces():
            until = before + (from_rate + to_rate) * length_ns
            climb, base = to_rate - from_rate, from_rate * length_ns
            while area is not None and area <= until:
                yield from_ns + _reaches(area - before, length_ns, climb, base, from_rate)
                area = next(wanted, None)
            before = until

    def _pieces(self) -> Iterator[tuple[int, int, int, int]]:
        """(start in ns, length in ns, rate at its start, rate at its end) of every stage that has a length."""
        from_ns, from_rate = 0, self.start_rate
        for length_ns, to_rate in self.stages:
            if length_ns:
                yield from_ns, length_ns, from_rate, to_rate
            from_ns, from_rate = from_ns + length_ns, to_rate


def _reaches(area: int, length_ns: int, climb: int, base: int, from_rate: int) -> int:
    """
    The first whole ns of a stage at which twice its area is at least *area*, which it reaches.

    It is the root of ``climb·t² + 2·base·t − length_ns·area``, where ``base`` is ``from_rate·length_ns``. What must not
    be rounded is compared squared, and both roots below are of whole numbers, so nothing is lost.
    """
    if climb == 0:
        return -(-area // (2 * from_rate)) if area else 0
    square = base * base + climb * length_ns * area
    if climb > 0:
        root = isqrt(square - 1) + 1 if square else 0  # rounded up
        return -((base - root) // climb)
    return -((base - isqrt(square)) // climb)
