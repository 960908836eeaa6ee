"""The step of a ramp, as a script writes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ywstorm.errors import Problem
from ywstorm.plan.fields import MAX_VUS, FieldRules, exact_text
from ywstorm.units import Duration, parse_duration

__all__ = ["Stage", "stage_bounds", "stages_problems", "stretched"]

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


def stages_problems(stages: object, where: str, subject: str) -> list[Problem]:
    """
    List everything that is wrong with the stages of an executor, one by one and together.

    Args:
        stages: What should be a tuple of stages.
        where: Place of the executor in the script.
        subject: The executor's class: ``"RampingVUs"``.
    """
    rules = FieldRules(where, subject)
    if not isinstance(stages, tuple):
        rules.add(f"stages must be a list of stages, not {stages!r}", "stages=[Stage('10s', 50)]")
        return rules.problems
    if not stages:
        rules.add("stages are missing", "for example stages=[Stage('10s', 50), Stage('10s', 0)]")
    for position, stage in enumerate(stages):
        if isinstance(stage, Stage):
            rules.problems += stage.problems(where, f"{subject}: stages[{position}]")
        else:
            rules.add(f"stages[{position}] must be a stage, not {stage!r}", "write Stage('10s', 50)")
    if not rules.problems and not any(stage.duration_ns for stage in stages):
        rules.add("the stages last 0s in all", "give one of them a duration")
    return rules.problems


def stretched(stages: Sequence[Stage], duration_ns: int) -> tuple[Stage, ...]:
    """
    Scale the lengths of stages so that they add up to exactly *duration_ns*; each end is rounded down to a whole ns.

    Args:
        duration_ns: The new length. The old one must be above 0.
    """
    whole_ns = sum(stage.duration_ns for stage in stages)
    scaled: list[Stage] = []
    old_end_ns = new_end_ns = 0
    for stage in stages:
        old_end_ns += stage.duration_ns
        stretched_end_ns = old_end_ns * duration_ns // whole_ns
        scaled.append(replace(stage, duration=exact_text(stretched_end_ns - new_end_ns)))
        new_end_ns = stretched_end_ns
    return tuple(scaled)
