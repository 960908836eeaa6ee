"""
Durations, sizes and counts: from what people write to integers, and back.

Inside ywstorm a duration is an int of nanoseconds. At the edge it is ``"1m30s"`` or a number of seconds, everywhere:
in scripts, flags and environment variables. Parsing is exact: a decimal never passes through binary floating point.
"""

import re
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

__all__ = [
    "MAX_DURATION_NS",
    "NS_PER_MS",
    "NS_PER_S",
    "Duration",
    "format_bytes",
    "format_count",
    "format_duration",
    "parse_duration",
    "parse_stage",
    "plural",
]

Duration: TypeAlias = str | int | float
"""A duration as people write it: ``"1m30s"``, or a number of seconds."""

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

MAX_DURATION_NS = 100 * 365 * 86_400 * NS_PER_S
"""A hundred years: with a monotonic clock added it is still far inside 63 bits."""

_UNIT_NS = {
    "d": 86_400 * NS_PER_S,
    "h": 3_600 * NS_PER_S,
    "m": 60 * NS_PER_S,
    "s": NS_PER_S,
    "ms": NS_PER_MS,
    "us": 1_000,
    "µs": 1_000,  # the micro sign; keyboards and Go print it
    "ns": 1,
}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_PART = re.compile(rf"({_NUMBER})(d|h|ms|m|us|µs|ns|s)")
_PARTS = re.compile(rf"(?:{_PART.pattern})+")
_BARE_NUMBER = re.compile(_NUMBER)


def parse_duration(value: Duration) -> int:
    """
    Read a duration.

    Args:
        value: ``"1m30s"``, ``"500ms"``, ``"1.5h"`` (units d h m s ms us µs ns), or a number of seconds, also as text
            (``"90"``), because flags and environment variables are text.

    Returns:
        Nanoseconds, 0 ≤ ns ≤ `MAX_DURATION_NS`, rounded to the nearest.

    Raises:
        ValueError: *value* is not a duration, is negative, not finite or longer than a hundred years. The message
            is a sentence that quotes the value.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a duration: write '1m30s' or a number of seconds")  # noqa: TRY004
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"a duration must be finite, not {value!r}")
    exact_ns = _text_ns(value) if isinstance(value, str) else Fraction(str(value)) * NS_PER_S
    if exact_ns < 0:
        raise ValueError(f"a duration cannot be negative, as {value!r} is")
    if exact_ns > MAX_DURATION_NS:
        raise ValueError(f"{value!r} is longer than a hundred years")
    return round(exact_ns)


def _text_ns(text: str) -> Fraction:
    """Nanoseconds of ``"1m30s"`` or ``"90"``, not yet rounded; ValueError for any other text."""
    stripped = text.strip()
    is_negative = stripped.startswith("-")
    unsigned = stripped[1:] if is_negative else stripped
    if _BARE_NUMBER.fullmatch(unsigned):
        total = Fraction(unsigned) * NS_PER_S
    elif _PARTS.fullmatch(unsigned):
        total = sum((Fraction(number) * _UNIT_NS[unit] for number, unit in _PART.findall(unsigned)), Fraction(0))
    else:
        raise ValueError(f"{text!r} is not a duration: write '1m30s', '500ms' or a number of seconds")
    return -total if is_negative else total


def format_duration(ns: int) -> str:
    """
    Write a duration for people, in the form that `parse_duration` reads.

    Returns:
        ``"1m30s"``, ``"2.5s"``, ``"35.12ms"``, ``"800µs"``, ``"0s"``: below a minute one unit with at most two
        decimals, from a minute on hours, minutes and seconds to the hundredth. A negative duration has a minus sign.
    """
    if ns < 0:
        return f"-{format_duration(-ns)}"
    if ns == 0:
        return "0s"
    for unit, limit_ns in (("ns", 1_000), ("µs", NS_PER_MS), ("ms", NS_PER_S), ("s", 60 * NS_PER_S)):
        hundredths = _rounded(ns * 100, _UNIT_NS[unit])
        if hundredths * _UNIT_NS[unit] < limit_ns * 100:  # else rounding has carried into the next unit
            return f"{_decimals(hundredths)}{unit}"
    minutes, hundredths = divmod(_rounded(ns * 100, NS_PER_S), 60 * 100)
    hours, minutes = divmod(minutes, 60)
    parts = ((str(hours), "h"), (str(minutes), "m"), (_decimals(hundredths), "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number != "0")


def format_bytes(n_bytes: float) -> str:
    """Write a size for people in units of 1,000: ``"0 B"``, ``"999 B"``, ``"1.2 kB"``, ``"35 MB"``, ``"1.1 GB"``."""
    size = float(n_bytes)
    if abs(size) < 999.5:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1_000
        if abs(size) < 9.95:
            return f"{size:.1f} {unit}"
        if abs(size) < 999.5:
            return f"{size:.0f} {unit}"
    return f"{size:,.0f} TB"


def format_count(n: int) -> str:
    """Write a whole number for people: ``"1,234,567"``."""
    return f"{n:,}"


def plural(n: int, noun: str) -> str:
    """Write a number of things for people: ``"1 VU"``, ``"2 VUs"``, ``"1,000 iterations"``."""
    return f"{format_count(n)} {noun}" if n == 1 else f"{format_count(n)} {noun}s"


def parse_stage(text: str) -> tuple[str, int]:
    """
    Read a stage as flags have it, ``"5s:50"``: a duration and the number to reach at its end.

    Returns:
        Duration (checked, but as it was written) and target: what ``Stage(*parse_stage(text))`` takes.

    Raises:
        ValueError: *text* is not ``DURATION:TARGET`` with a whole target ≥ 0.
    """
    duration, colon, target = text.strip().rpartition(":")
    if not colon or not duration or not (target.isascii() and target.isdigit()):
        raise ValueError(f"{text!r} is not a stage: write DURATION:TARGET, such as '5s:50'")
    parse_duration(duration)
    return duration, int(target)


def _rounded(numerator: int, divisor: int) -> int:
    """``numerator / divisor`` to the nearest integer, halves up; both positive."""
    return (2 * numerator + divisor) // (2 * divisor)


def _decimals(hundredths: int) -> str:
    """``1250`` → ``"12.5"``: hundredths as a decimal without trailing zeros."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
