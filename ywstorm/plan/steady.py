"""What executors have in common whose VUs all start at once and loop until they are done."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

__all__ = ["SteadyVUs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyVUs(ABC):
    """The part of `ywstorm.plan.executor.Executor` that follows from *vus* VUs being there from start to end."""

    kind: ClassVar[str]

    vus: int = 1

    @property
    @abstractmethod
    def duration_ns(self) -> int: ...

    @property
    def max_vus(self) -> int:
        return self.vus

    @property
    def graceful_ramp_down_ns(self) -> int:
        return 0

    def stage_bounds(self) -> tuple[tuple[int, str], ...]:
        return ()

    def vus_at(self, t_ns: int) -> int:
        return self.vus if 0 <= t_ns < self.duration_ns else 0

    def with_vus(self, vus: int) -> Self:
        return replace(self, vus=vus)

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}
