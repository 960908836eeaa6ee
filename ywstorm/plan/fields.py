"""
Rules for the fields of executors, each broken one a `Problem`.

An executor is written by a user, so constructing it accepts anything; `FieldRules` then says all that is wrong at once.
"""

from ywstorm.errors import Problem
from ywstorm.units import Duration, format_duration, parse_duration

__all__ = ["MAX_ITERATIONS", "MAX_VUS", "FieldRules", "exact_text"]

MAX_VUS = 100_000_000
"""As in k6; the descriptor limit of the machine ends it far earlier."""

MAX_ITERATIONS = 10**15
"""Leaves room for sums of counters in 63 bits."""


class FieldRules:
    """
    Collects the problems of one object's fields.

    Args:
        where: Place of the object in the user's script.
        subject: The object as the user wrote it: ``"ConstantVUs"``, ``"RampingVUs stages[1]"``.
    """

    def __init__(self, where: str, subject: str) -> None:
        self.problems: list[Problem] = []
        self._where = where
        self._subject = subject

    def add(self, message: str, hint: str = "") -> None:
        """Note a broken rule; *message* continues the sentence that the subject begins."""
        self.problems.append(Problem(self._where, f"{self._subject}: {message}", hint))

    def whole(self, field: str, value: object, least: int, most: int) -> bool:
        """Demand a whole number, *least* ≤ value ≤ *most*; say whether it is."""
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.add(f"{field} must be a whole number of at least {least}, not {value!r}")
            return False
        if value > most:
            self.add(f"{field} must be at most {most:,}, not {value:,}")
            return False
        return True

    def duration(self, field: str, value: Duration, *, may_be_zero: bool = False) -> bool:
        """Demand what `parse_duration` reads, longer than nothing unless *may_be_zero*; say whether it is."""
        try:
            duration_ns = parse_duration(value)
        except ValueError as error:
            self.add(f"{field}: {error}")
            return False
        if duration_ns == 0 and not may_be_zero:
            self.add(f"{field} must be longer than 0s")
            return False
        return True


def exact_text(duration_ns: int) -> str:
    """The shortest text from which `parse_duration` reads exactly *duration_ns*."""
    readable = format_duration(duration_ns)
    return readable if parse_duration(readable) == duration_ns else f"{duration_ns}ns"
