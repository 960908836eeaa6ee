import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, final

from ywstorm_core.loop.numbering import Numbering
from ywstorm_core.loop.scenario import Driver, Scenario
from ywstorm_core.loop.timer import Timed
from ywstorm_core.loop.vu import VirtualUser

__all__ = ["Agenda", "ClosedDriver", "HookDriver"]

@final
class Agenda(Timed):
    """The entry of a driver in the deadline heap."""

@final
class ClosedDriver(Driver):
    """
    One scenario's share of a closed plan: virtual users loop, and the plan says when each starts and stops.

    Args:
        scenario: Run-time side of the scenario; this becomes its driver.
        events: (offset from the start in ns, number), ascending; +n starts virtual user n, -n lets it start no
            further iteration. A number may start again later.
        duration_ns: Planned regular end.
        vu_base: The run-wide id of virtual user n is vu_base + n.
        graceful_stop_ns: What a running iteration still gets after the regular end, or after `stop`.
        graceful_ramp_down_ns: What it gets after a stop before the regular end.
        iterations_per_vu, iterations_shared: Budgets; None is no limit.
        on_end: Called once, from the loop, with the instant in ns at which the last virtual user ended.
        pace_ns: Iteration k of a virtual user is due k of these after its first one was; when that is past it starts
            at once, and stays due when it was. 0: each is due when the one before has ended.
        numbering: Where its iterations get `vu.iteration_in_scenario` as they start; None: 0, 1, 2 …
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        events: Iterable[tuple[int, int]],
        duration_ns: int,
        vu_base: int,
        graceful_stop_ns: int,
        graceful_ramp_down_ns: int,
        iterations_per_vu: int | None,
        iterations_shared: int | None,
        on_end: Callable[[int], object],
        pace_ns: int = 0,
        numbering: Numbering | None = None,
    ) -> None: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def n_running(self) -> int:
        """Virtual users that have started and may still iterate or are ending."""
    @property
    def has_started_all(self) -> bool:
        """Whether no start of the plan lies ahead."""
    def start(self, start_ns: int) -> None:
        """
        Follow the plan. Call it once.

        Args:
            start_ns: Instant on CLOCK_MONOTONIC to which the events' offsets are added; it may lie ahead.
        """
    def stop(self, now: bool) -> None:
        """
        Start nothing more.

        Args:
            now: Cancel running iterations at once; else each has graceful_stop. What a cancelled coroutine still
                does a quarter of a second later is closed.
        """

@final
class HookDriver(Driver):
    """
    Runs one coroutine function, setup or teardown, as virtual user 0.

    Args:
        scenario: Of phase "setup" or "teardown"; this becomes its driver.
    """

    def __init__(self, scenario: Scenario) -> None: ...
    def run(self, function: Callable[[VirtualUser], Coroutine[Any, Any, Any]]) -> asyncio.Future[Any]:
        """
        Start *function*. Call it once.

        Returns:
            A future of its value, or of the exception that left it.
        """
    def cut(self) -> None:
        """Its time is over: cancel it, and close it if it still runs a quarter of a second later."""
