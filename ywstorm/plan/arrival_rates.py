"""
Iterations that start by the clock, whether or not earlier ones have ended: at a constant rate, or along a line.

The two differ in where they begin, as k6's do: the first arrival of a constant rate is due at 0 and each further one a
period later; along a line the first is due where the area under it reaches 1.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

from ywstorm.errors import Problem
from ywstorm.plan.fields import MAX_ITERATIONS, MAX_VUS, FieldRules, exact_text
from ywstorm.plan.open_plan import OpenPlan
from ywstorm.plan.rate_line import RateLine
from ywstorm.plan.segment import Segment
from ywstorm.plan.stages import Stage, stage_bounds, stages_problems, stretched
from ywstorm.units import Duration, format_count, format_duration, parse_duration, plural

__all__ = ["ConstantArrivalRate", "RampingArrivalRate"]

MAX_RATE = MAX_VUS


@dataclass(frozen=True, slots=True, kw_only=True)
class _ArrivalRate(ABC):
    """What the two have in common: the time unit, the limit of VUs, and how a plan is made of a line."""

    kind: ClassVar[str]
    FIRST: ClassVar[int]

    time_unit: Duration = "1s"
    max_vus: int | None = None

    @property
    @abstractmethod
    def planned_iterations(self) -> int: ...

    @abstractmethod
    def _line(self) -> RateLine: ...

    @property
    def duration_ns(self) -> int:
        return self._line().duration_ns

    @property
    def graceful_ramp_down_ns(self) -> int:
        return 0

    def vus_at(self, t_ns: int) -> int:  # noqa: ARG002 (the protocol's)
        return 0

    def share(self, segment: Segment, vu_base: int) -> OpenPlan:
        if self.max_vus is None:
            raise ValueError(f"{type(self).__name__}: max_vus is not decided")
        return OpenPlan(segment, vu_base, self.max_vus, self._line(), self.FIRST, self.planned_iterations)

    def with_vus(self, vus: int) -> Self:
        return replace(self, max_vus=vus)

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}

    def _rules(self, where: str) -> FieldRules:
        rules = FieldRules(where, type(self).__name__)
        rules.duration("time_unit", self.time_unit)
        if self.max_vus is not None:
            rules.whole("max_vus", self.max_vus, least=1, most=MAX_VUS)
        return rules

    def _count_problems(self, rules: FieldRules) -> list[Problem]:
        """Add what is wrong with the number of iterations, once nothing else is."""
        if not rules.problems and self.planned_iterations == 0:
            rules.add("no iteration would ever start", "raise a rate or a duration: the first starts at an area of 1")
        if not rules.problems and self.planned_iterations > MAX_ITERATIONS:
            rules.add(f"{self.planned_iterations:,} iterations are more than {MAX_ITERATIONS:,}")
        return rules.problems

    def _per_unit(self) -> str:
        """``"/s"`` or ``" per 1m30s"``."""
        unit_ns = parse_duration(self.time_unit)
        name = {1_000_000_000: "/s", 60_000_000_000: "/min", 3_600_000_000_000: "/h"}.get(unit_ns)
        return name or f" per {format_duration(unit_ns)}"

    def _with_vus_text(self) -> str:
        return "" if self.max_vus is None else f", by at most {plural(self.max_vus, 'VU')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantArrivalRate(_ArrivalRate):
    """
    Start *rate* iterations every *time_unit* for *duration*, evenly spaced.

    Iteration g (0-based) is due g·time_unit/rate after the start.

    Args:
        rate: Iterations per time unit, ≥ 1; needed.
        time_unit: What the rate is per, > 0.
        duration: ``"1m30s"`` or seconds, > 0; needed.
        max_vus: The most VUs, ≥ 1; None: what the machine allows. An arrival that would need another one is dropped.
    """

    kind: ClassVar[str] = "constant_arrival_rate"
    FIRST: ClassVar[int] = 0

    rate: int | None = None
    duration: Duration | None = None

    def problems(self, where: str) -> list[Problem]:
        rules = self._rules(where)
        if self.rate is None:
            rules.add("rate is missing", "for example ConstantArrivalRate(rate=200, duration='30s')")
        else:
            rules.whole("rate", self.rate, least=1, most=MAX_RATE)
        if self.duration is None:
            rules.add("duration is missing", "for example ConstantArrivalRate(rate=200, duration='30s')")
        else:
            rules.duration("duration", self.duration)
        return self._count_problems(rules)

    @property
    def planned_iterations(self) -> int:
        """Iterations due before the end: one at the end itself is none of them."""
        line = self._line()
        return -(-line.twice_area // (2 * line.time_unit_ns))

    def stage_bounds(self) -> tuple[tuple[int, str], ...]:
        return ()

    def describe(self) -> str:
        rate = f"{format_count(self.rate or 0)} iterations{self._per_unit()}"
        return f"{rate} for {format_duration(self.duration_ns)}{self._with_vus_text()}"

    def with_duration(self, duration_ns: int) -> "ConstantArrivalRate":
        return replace(self, duration=exact_text(duration_ns))

    def _line(self) -> RateLine:
        rate = self.rate or 0
        length_ns = 0 if self.duration is None else parse_duration(self.duration)
        return RateLine(rate, parse_duration(self.time_unit), ((length_ns, rate),))


@dataclass(frozen=True, slots=True, kw_only=True)
class RampingArrivalRate(_ArrivalRate):
    """
    Start iterations at a rate that follows the line through the stages (`ywstorm.plan.rate_line` has the rule).

    Args:
        start_rate: Iterations per time unit at the start, ≥ 0.
        time_unit: What the rates are per, > 0.
        stages: At least one, not all without length; the targets are rates. The area under the line must reach 1.
        max_vus: The most VUs, ≥ 1; None: what the machine allows. An arrival that would need another one is dropped.
    """

    kind: ClassVar[str] = "ramping_arrival_rate"
    FIRST: ClassVar[int] = 1

    start_rate: int = 0
    stages: Sequence[Stage] = ()

    def __post_init__(self) -> None:
        if isinstance(self.stages, list):  # a frozen value must not change with the user's list
            object.__setattr__(self, "stages", tuple(self.stages))

    def problems(self, where: str) -> list[Problem]:
        rules = self._rules(where)
        rules.whole("start_rate", self.start_rate, least=0, most=MAX_RATE)
        rules.problems += stages_problems(self.stages, where, "RampingArrivalRate")
        return self._count_problems(rules)

    @property
    def planned_iterations(self) -> int:
        """Whole iterations under the line; the last may be due at the very end."""
        line = self._line()
        return line.twice_area // (2 * line.time_unit_ns)

    def stage_bounds(self) -> tuple[tuple[int, str], ...]:
        return stage_bounds(self.stages)

    def describe(self) -> str:
        peak = max(self.start_rate, *(stage.target for stage in self.stages), 0)
        over = f"{format_duration(self.duration_ns)} in {plural(len(self.stages), 'stage')}"
        return f"up to {format_count(peak)} iterations{self._per_unit()} ramping over {over}{self._with_vus_text()}"

    def with_duration(self, duration_ns: int) -> "RampingArrivalRate":
        return replace(self, stages=stretched(self.stages, duration_ns))

    def _line(self) -> RateLine:
        stages = tuple((stage.duration_ns, stage.target) for stage in self.stages)
        return RateLine(self.start_rate, parse_duration(self.time_unit), stages)
