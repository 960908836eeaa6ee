"""Fixed numbers of VUs and of iterations: so many for each VU, or so many for all of them together."""

from abc import ABC
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from ywstorm.errors import Problem
from ywstorm.plan.executor import ClosedPlan
from ywstorm.plan.fields import MAX_ITERATIONS, MAX_VUS, FieldRules, exact_text
from ywstorm.plan.segment import Segment
from ywstorm.plan.steady import SteadyVUs
from ywstorm.units import Duration, format_duration, parse_duration, plural

__all__ = ["PerVUIterations", "SharedIterations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Iterations(SteadyVUs, ABC):
    """What the two have in common: their fields and the latest end."""

    iterations: int = 1
    max_duration: Duration = "10m"

    @property
    def duration_ns(self) -> int:
        return parse_duration(self.max_duration)

    def problems(self, where: str) -> list[Problem]:
        rules = FieldRules(where, type(self).__name__)
        rules.whole("vus", self.vus, least=1, most=MAX_VUS)
        rules.whole("iterations", self.iterations, least=1, most=MAX_ITERATIONS)
        rules.duration("max_duration", self.max_duration)
        return rules.problems

    def with_duration(self, duration_ns: int) -> Self:
        return replace(self, max_duration=exact_text(duration_ns))


@dataclass(frozen=True, slots=True, kw_only=True)
class PerVUIterations(_Iterations):
    """
    Let each of *vus* VUs do *iterations* iterations.

    Args:
        vus: Number of VUs, ≥ 1.
        iterations: Number of iterations of each VU, ≥ 1.
        max_duration: The time after which no further iteration starts, > 0; what is left then counts as dropped.
    """

    kind: ClassVar[str] = "per_vu_iterations"

    @property
    def planned_iterations(self) -> int | None:
        return self.vus * self.iterations

    def describe(self) -> str:
        each = f"{plural(self.iterations, 'iteration')} for each of {plural(self.vus, 'VU')}"
        return f"{each} in at most {format_duration(self.duration_ns)}"

    def share(self, segment: Segment, vu_base: int) -> ClosedPlan:
        numbers = segment.numbers(self.vus, vu_base)
        return ClosedPlan.constant(numbers, self.duration_ns, iterations_per_vu=self.iterations)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedIterations(_Iterations):
    """
    Let *vus* VUs do *iterations* iterations together; a quick VU does more of them than a slow one.

    The iterations are dealt to the workers beforehand, by VU, and each worker's VUs share its part.

    Args:
        vus: Number of VUs, ≥ 1.
        iterations: Number of iterations in all, ≥ vus.
        max_duration: The time after which no further iteration starts, > 0; what is left then counts as dropped.
    """

    kind: ClassVar[str] = "shared_iterations"

    def problems(self, where: str) -> list[Problem]:
        problems = _Iterations.problems(self, where)  # not super(): slots=True has replaced the class it would look for
        if not problems and self.iterations < self.vus:
            message = f"SharedIterations: iterations must be at least vus, and {self.iterations:,} < {self.vus:,}"
            problems.append(Problem(where, message, "take fewer VUs or more iterations"))
        return problems

    @property
    def planned_iterations(self) -> int | None:
        return self.iterations

    def describe(self) -> str:
        shared = f"{plural(self.iterations, 'iteration')} shared by {plural(self.vus, 'VU')}"
        return f"{shared} in at most {format_duration(self.duration_ns)}"

    def share(self, segment: Segment, vu_base: int) -> ClosedPlan:
        return ClosedPlan.constant(
            segment.numbers(self.vus, vu_base),
            self.duration_ns,
            iterations_shared=segment.iterations(self.iterations, self.vus, vu_base),
        )
