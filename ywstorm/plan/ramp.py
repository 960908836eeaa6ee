"""
The line that a ramp follows, in exact integers.

From ``start_vus`` the line goes straight to each stage's target. A stage without length is a jump. VUs are whole, so on
the way up VU n starts when the line reaches n (active = ⌊line⌋), and on the way down it stops when the line reaches n−1
(active = ⌈line⌉). Between integers a (at ``from_ns``) and b (``length_ns`` later) the line is at integer height m at

    from_ns + length_ns · |m − a| / |b − a|

rounded up to a whole nanosecond, which is the first instant of our clock at which the line is there.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

__all__ = ["Ramp"]

_Event = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ramp:
    """
    A piecewise straight line of VUs over time.

    Args:
        start_vus: Height at 0, ≥ 0.
        stages: (length in ns ≥ 0, target ≥ 0) of each stage.
    """

    start_vus: int
    stages: tuple[tuple[int, int], ...]

    @property
    def duration_ns(self) -> int:
        """End of the last stage."""
        return sum(length_ns for length_ns, _ in self.stages)

    @property
    def peak(self) -> int:
        """The highest point of the line."""
        return max(self.start_vus, *(target for _, target in self.stages), 0)

    def vus_at(self, t_ns: int) -> int:
        """Number of active VUs at *t_ns*, events of that very instant included; 0 outside [0, duration_ns)."""
        if t_ns < 0:
            return 0
        height, from_ns = self.start_vus, 0
        for length_ns, target in self.stages:
            if t_ns < from_ns + length_ns:
                # ⌊line⌋ = height + ⌊climb·t/length⌋ going up, ⌈line⌉ = height − ⌊fall·t/length⌋ going down
                moved = abs(target - height) * (t_ns - from_ns) // length_ns
                return height + moved if target > height else height - moved
            height, from_ns = target, from_ns + length_ns
        return 0

    def events(self, numbers: range) -> tuple[_Event, ...]:
        """
        Starts and stops of some of the VUs.

        Args:
            numbers: The VUs that are asked for, ascending, from 1 on.

        Returns:
            (at_ns, +number) for a start, (at_ns, −number) for a stop; in order of time, stops before starts, then
            number. A VU that would start and stop at one instant, or stop and start again, has no event there. All
            that are active at the end are stopped then.
        """
        net_events: list[_Event] = []
        for at_ns, together in groupby(self._raw_events(numbers), key=itemgetter(0)):
            net: dict[int, int] = {}
            for _, event in together:
                net[abs(event)] = net.get(abs(event), 0) + (1 if event > 0 else -1)
            net_events.extend((at_ns, -number) for number in sorted(net) if net[number] < 0)
            net_events.extend((at_ns, number) for number in sorted(net) if net[number] > 0)
        return tuple(net_events)

    def _raw_events(self, numbers: range) -> Iterator[_Event]:
        """Events stage by stage, in order of time; those of one instant may cancel each other."""
        height, from_ns = 0, 0
        for length_ns, target in ((0, self.start_vus), *self.stages, (0, 0)):
            low, high = sorted((height, target))
            moving = numbers[bisect_right(numbers, low) : bisect_right(numbers, high)]
            if target > height:
                yield from ((from_ns + _ceil(length_ns * (n - low), high - low), n) for n in moving)
            else:
                yield from ((from_ns + _ceil(length_ns * (high - n + 1), high - low), -n) for n in reversed(moving))
            height, from_ns = target, from_ns + length_ns

    def with_peak(self, peak: int) -> "Ramp":
        """
        Scale the line to another peak; every other height is rounded to the nearest, and one above 0 stays above 0.

        Args:
            peak: The new peak. The old one must be above 0.
        """

        def scaled(height: int) -> int:
            nearest = (2 * height * peak + self.peak) // (2 * self.peak)
            return max(nearest, min(height, peak, 1))

        return Ramp(scaled(self.start_vus), tuple((length_ns, scaled(target)) for length_ns, target in self.stages))


def _ceil(numerator: int, divisor: int) -> int:
    return -(-numerator // divisor)
