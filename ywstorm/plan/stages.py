"""The step of a ramp, as a script writes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ywstorm.errors import Problem
from ywstorm.plan.fields import MAX_VUS, FieldRules
from ywstorm.units import Duration, parse_duration

__all__ = ["Stage", "stage_bounds"]

_NOT_IN_A_NAME = set(",{}")  # a selector such as http_req_failed{stage:peak} could not name it


@dataclass(frozen=True, slots=True)
class Stage:
    """
    Go in a straight line to *target* within *duration*.

    Args:
        duration: How long; 0 makes it a jump.
        target: The number that is reached at the end, ≥ 0.
        name: Value of the tag ``stage`` of the requests due in it; by default its place among the stages, from "0".
    """

    duration: Duration
    target: int
    name: str | None = None

    @property
    def duration_ns(self) -> int:
        """Length in nanoseconds, ≥ 0. Only without `problems`."""
        return parse_duration(self.duration)

    def problems(self, where: str, subject: str = "Stage") -> list[Problem]:
        """List everything that is wrong with this stage."""
        rules = FieldRules(where, subject)
        rules.duration("duration", self.duration, may_be_zero=True)
        rules.whole("target", self.target, least=0, most=MAX_VUS)
        if self.name is not None:
            is_text = isinstance(self.name, str) and self.name.isprintable() and self.name.strip()
            if not is_text or _NOT_IN_A_NAME.intersection(self.name):
                rules.add(f"name must be text without a comma or braces, not {self.name!r}")
        return rules.problems


def stage_bounds(stages: Sequence[Stage]) -> tuple[tuple[int, str], ...]:
    """
    Where each stage begins, and its name.

    Returns:
        (start in ns, name) per stage, ascending. An instant belongs to the last stage that has begun by then; so a
        jump, which begins where its successor does, owns no instant, and the last stage owns all that come after.
    """
    bounds: list[tuple[int, str]] = []
    start_ns = 0
    for position, stage in enumerate(stages):
        bounds.append((start_ns, str(position) if stage.name is None else stage.name))
        start_ns += stage.duration_ns
    return tuple(bounds)
