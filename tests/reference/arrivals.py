"""
Arrivals the slow and obvious way: the area under a line of rates as a fraction, and a search for where it reaches n.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

__all__ = ["area", "constant", "ramping"]

Stages = Sequence[tuple[int, int]]  # (length in ns, rate at its end)


def area(start_rate: int, unit_ns: int, stages: Stages, t_ns: int) -> Fraction:
    """Iterations that are due within *t_ns* nanoseconds: trapezium by trapezium."""
    total, rate, begin_ns = Fraction(0), Fraction(start_rate), 0
    for length_ns, target in stages:
        if length_ns:
            passed_ns = min(max(t_ns - begin_ns, 0), length_ns)
            rate_then = rate + (target - rate) * Fraction(passed_ns, length_ns)
            total += (rate + rate_then) / 2 * Fraction(passed_ns, unit_ns)
        rate, begin_ns = Fraction(target), begin_ns + length_ns
    return total


def ramping(start_rate: int, unit_ns: int, stages: Stages) -> list[int]:
    """Due times in ns: for n = 1, 2, … the first whole nanosecond at which the area is n."""
    end_ns = sum(length_ns for length_ns, _ in stages)
    found: list[int] = []
    while area(start_rate, unit_ns, stages, end_ns) >= len(found) + 1:
        low, high = found[-1] if found else 0, end_ns
        while low < high:
            middle = (low + high) // 2
            if area(start_rate, unit_ns, stages, middle) >= len(found) + 1:
                high = middle
            else:
                low = middle + 1
        found.append(low)
    return found


def constant(rate: int, unit_ns: int, duration_ns: int) -> list[int]:
    """Due times in ns: g periods after the start for g = 0, 1, … while that is before the end, rounded up."""
    found: list[int] = []
    while (at_ns := Fraction(len(found) * unit_ns, rate)) < duration_ns:
        found.append(ceil(at_ns))
    return found
