"""A number of VUs that follows a line of stages."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from ywstorm.errors import Problem
from ywstorm.plan.executor import ClosedPlan
from ywstorm.plan.fields import MAX_VUS, FieldRules
from ywstorm.plan.ramp import Ramp
from ywstorm.plan.segment import Segment
from ywstorm.plan.stages import Stage, stage_bounds, stages_problems, stretched
from ywstorm.units import Duration, format_duration, parse_duration, plural

__all__ = ["RampingVUs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RampingVUs:
    """
    Let as many VUs loop as the line through the stages says (`ywstorm.plan.ramp` has the rule).

    Args:
        start_vus: Number of VUs at the start, ≥ 0.
        stages: At least one, not all without length; start_vus or some target must be above 0.
        graceful_ramp_down: Time that the running iteration of a VU has when the line goes below the VU, ≥ 0.
    """

    kind: ClassVar[str] = "ramping_vus"

    start_vus: int = 1
    stages: Sequence[Stage] = ()
    graceful_ramp_down: Duration = "30s"

    def __post_init__(self) -> None:
        if isinstance(self.stages, list):  # a frozen value must not change with the user's list
            object.__setattr__(self, "stages", tuple(self.stages))

    def problems(self, where: str) -> list[Problem]:
        rules = FieldRules(where, "RampingVUs")
        rules.whole("start_vus", self.start_vus, least=0, most=MAX_VUS)
        rules.duration("graceful_ramp_down", self.graceful_ramp_down, may_be_zero=True)
        rules.problems += stages_problems(self.stages, where, "RampingVUs")
        if not rules.problems and self.max_vus == 0:
            rules.add("start_vus or the target of a stage must be above 0")
        return rules.problems

    @property
    def max_vus(self) -> int:
        return self._ramp().peak

    @property
    def duration_ns(self) -> int:
        return self._ramp().duration_ns

    @property
    def graceful_ramp_down_ns(self) -> int:
        return parse_duration(self.graceful_ramp_down)

    @property
    def planned_iterations(self) -> int | None:
        return None

    def stage_bounds(self) -> tuple[tuple[int, str], ...]:
        return stage_bounds(self.stages)

    def vus_at(self, t_ns: int) -> int:
        return self._ramp().vus_at(t_ns)

    def describe(self) -> str:
        ramp = self._ramp()
        over = f"{format_duration(ramp.duration_ns)} in {plural(len(self.stages), 'stage')}"
        return f"up to {plural(ramp.peak, 'VU')} ramping over {over}"

    def share(self, segment: Segment, vu_base: int) -> ClosedPlan:
        ramp = self._ramp()
        numbers = segment.numbers(ramp.peak, vu_base)
        return ClosedPlan(
            vus=tuple(numbers),
            events=ramp.events(numbers),
            duration_ns=ramp.duration_ns,
            graceful_ramp_down_ns=self.graceful_ramp_down_ns,
        )

    def with_vus(self, vus: int) -> "RampingVUs":
        ramp = self._ramp().with_peak(vus)
        pairs = zip(self.stages, ramp.stages, strict=True)
        stages = tuple(replace(stage, target=target) for stage, (_, target) in pairs)
        return replace(self, start_vus=ramp.start_vus, stages=stages)

    def with_duration(self, duration_ns: int) -> "RampingVUs":
        return replace(self, stages=stretched(self.stages, duration_ns))

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}

    def _ramp(self) -> Ramp:
        return Ramp(self.start_vus, tuple((stage.duration_ns, stage.target) for stage in self.stages))
