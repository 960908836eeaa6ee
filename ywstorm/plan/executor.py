"""
What every executor can be asked, and the plan that a worker gets from it.

Executors are pure values: they know no clock and start nothing. A driver takes the plan of its worker's segment and
makes it happen: a `ClosedPlan` says when VUs start and stop, an `OpenPlan` when iterations do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ywstorm.errors import Problem
from ywstorm.plan.open_plan import OpenPlan
from ywstorm.plan.segment import Segment

__all__ = ["ClosedPlan", "Executor"]


@dataclass(frozen=True, slots=True)
class ClosedPlan:
    """
    One segment's part of a closed scenario: which VUs loop, from when, until when.

    Times count from the scenario's start.

    Args:
        vus: Numbers of the segment's VUs in the scenario, ascending, from 1.
        events: (at_ns, ±number), in order of time, stops before starts, then number. +number lets a VU loop; −number
            tells it to start no further iteration: the running one has `graceful_ramp_down_ns`, or graceful_stop when
            the stop comes at `duration_ns`. A VU may start again later. No VU both starts and stops at one instant.
        duration_ns: Regular end: from this instant on no iteration starts.
        iterations_per_vu: Number of iterations that each VU does, None for as many as there is time for.
        iterations_shared: Number of iterations that the segment's VUs do together, None for no such limit.
        graceful_ramp_down_ns: Time that the running iteration of a VU has when it is stopped before the regular end.
    """

    vus: tuple[int, ...]
    events: tuple[tuple[int, int], ...]
    duration_ns: int
    iterations_per_vu: int | None = None
    iterations_shared: int | None = None
    graceful_ramp_down_ns: int = 0

    @classmethod
    def constant(
        cls,
        numbers: Iterable[int],
        duration_ns: int,
        *,
        iterations_per_vu: int | None = None,
        iterations_shared: int | None = None,
    ) -> "ClosedPlan":
        """Make the plan in which all VUs start at once and are stopped at the regular end."""
        vus = tuple(numbers)
        return cls(
            vus=vus,
            events=(*((0, number) for number in vus), *((duration_ns, -number) for number in vus)),
            duration_ns=duration_ns,
            iterations_per_vu=iterations_per_vu,
            iterations_shared=iterations_shared,
        )


class Executor(Protocol):
    """
    The rule by which a scenario's iterations start.

    Constructing one never fails for a bad value, so that `problems` can list all of them; everything else holds only
    for an executor without problems.
    """

    kind: ClassVar[str]
    """Its name in summaries and on the wire: ``"ramping_vus"``."""

    def problems(self, where: str) -> list[Problem]:
        """List everything that is wrong with its values; *where* is its place in the script."""
        ...

    @property
    def max_vus(self) -> int | None:
        """
        The most VUs that are ever active at once: their numbers are 1 … max_vus.

        None until it is decided: an arrival rate that names no limit takes what the machine allows when a run is
        planned.
        """
        ...

    @property
    def duration_ns(self) -> int:
        """Planned regular end in ns after the scenario's start; with a number of iterations, the latest."""
        ...

    @property
    def graceful_ramp_down_ns(self) -> int:
        """Time in ns for the running iteration of a VU that is stopped before the regular end; 0 unless ramping."""
        ...

    @property
    def planned_iterations(self) -> int | None:
        """Number of iterations in all, None when time decides."""
        ...

    def stage_bounds(self) -> tuple[tuple[int, str], ...]:
        """(start in ns, name) of each stage, ascending; empty for executors without stages."""
        ...

    def vus_at(self, t_ns: int) -> int:
        """
        Number of VUs planned to be active at *t_ns* after the scenario's start; 0 outside [0, duration_ns).

        Arrival rates plan iterations, not VUs: 0 at any time.
        """
        ...

    def describe(self) -> str:
        """Say in a few words what it does: ``"50 VUs for 25s"``."""
        ...

    def share(self, segment: Segment, vu_base: int) -> ClosedPlan | OpenPlan:
        """
        Plan of one segment; the plans of all segments add up to the whole.

        Args:
            segment: The worker's part.
            vu_base: Sum of `max_vus` of all scenarios before this one: VU number i has the run-wide id vu_base + i.

        Raises:
            ValueError: `max_vus` is not decided.
        """
        ...

    def with_vus(self, vus: int) -> "Executor":
        """
        Return the same with another number of VUs.

        A ramp of VUs is scaled so that its peak is *vus*; of an arrival rate it is `max_vus`, and the rate stays.
        """
        ...

    def with_duration(self, duration_ns: int) -> "Executor":
        """Return the same with another duration; a ramp's stages are scaled and add up to *duration_ns* exactly."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain values as they were written, for `executor_from_dict`: strings, numbers, lists, dicts."""
        ...
