"""
A ramp the slow and obvious way: the line as a fraction, looked at in every single nanosecond.

Only for stages of a few nanoseconds.
"""

from fractions import Fraction
from math import ceil, floor

__all__ = ["active_vus", "events"]


def active_vus(start_vus: int, stages: list[tuple[int, int]], t_ns: int) -> int:
    """Number of VUs at *t_ns*: ⌊line⌋ on the way up, ⌈line⌉ on the way down, 0 before the start and from the end on."""
    before, begin_ns = start_vus, 0
    for length_ns, target in stages:
        if begin_ns <= t_ns < begin_ns + length_ns:
            line = before + Fraction(target - before) * Fraction(t_ns - begin_ns, length_ns)
            return floor(line) if target > before else ceil(line)
        before, begin_ns = target, begin_ns + length_ns
    return 0


def events(start_vus: int, stages: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(at_ns, ±number) of all VUs: whatever differs between one nanosecond and the next."""
    found: list[tuple[int, int]] = []
    active = 0
    for t_ns in range(sum(length_ns for length_ns, _ in stages) + 1):
        now_active = active_vus(start_vus, stages, t_ns)
        found += [(t_ns, -number) for number in range(now_active + 1, active + 1)]
        found += [(t_ns, number) for number in range(active + 1, now_active + 1)]
        active = now_active
    return found
