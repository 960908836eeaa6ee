"""A fixed number of VUs that loop until the time is over."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ywstorm.errors import Problem
from ywstorm.plan.executor import ClosedPlan
from ywstorm.plan.fields import MAX_VUS, FieldRules, exact_text
from ywstorm.plan.segment import Segment
from ywstorm.plan.steady import SteadyVUs
from ywstorm.units import Duration, format_duration, parse_duration, plural

__all__ = ["ConstantVUs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantVUs(SteadyVUs):
    """
    Let *vus* VUs loop for *duration*.

    Args:
        vus: Number of VUs, ≥ 1.
        duration: ``"1m30s"`` or seconds, > 0; needed.
    """

    kind: ClassVar[str] = "constant_vus"

    duration: Duration | None = None

    def problems(self, where: str) -> list[Problem]:
        rules = FieldRules(where, "ConstantVUs")
        rules.whole("vus", self.vus, least=1, most=MAX_VUS)
        if self.duration is None:
            rules.add("duration is missing", "for example ConstantVUs(vus=10, duration='30s')")
        else:
            rules.duration("duration", self.duration)
        return rules.problems

    @property
    def duration_ns(self) -> int:
        return 0 if self.duration is None else parse_duration(self.duration)

    @property
    def planned_iterations(self) -> int | None:
        return None

    def describe(self) -> str:
        return f"{plural(self.vus, 'VU')} for {format_duration(self.duration_ns)}"

    def share(self, segment: Segment, vu_base: int) -> ClosedPlan:
        return ClosedPlan.constant(segment.numbers(self.vus, vu_base), self.duration_ns)

    def with_duration(self, duration_ns: int) -> "ConstantVUs":
        return replace(self, duration=exact_text(duration_ns))
