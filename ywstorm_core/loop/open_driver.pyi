from collections.abc import Callable, Iterable
from typing import Any, final

from ywstorm_core.loop.numbering import Numbering
from ywstorm_core.loop.scenario import Driver, Scenario

__all__ = ["OpenDriver"]

@final
class OpenDriver(Driver):
    """
    One scenario's share of an open plan: iterations start when they are due, on a free virtual user or a new one.

    Args:
        scenario: Run-time side of the scenario; this becomes its driver.
        blocks: Buffers of int64, such as ``array("q")``: due times in ns after the start, ascending. Each is asked for
            when the last arrival of the one before has been dealt with.
        vus: Numbers that virtual users may have, each when it is needed: so at most that many are there at once, and
            an arrival beyond them is dropped.
        duration_ns: Planned regular end; no arrival is due after it.
        vu_base: The run-wide id of virtual user n is vu_base + n.
        graceful_stop_ns: What a running iteration still gets after the regular end, or after `stop`.
        on_end: Called once, from the loop, with the instant in ns at which the last virtual user ended; it is not
            before the regular end, unless `stop` was called.
        numbering: Where its arrivals get `vu.iteration_in_scenario`, each whether it starts or not; None: 0, 1, 2 …
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        blocks: Iterable[Any],
        vus: range,
        duration_ns: int,
        vu_base: int,
        graceful_stop_ns: int,
        on_end: Callable[[int], object],
        numbering: Numbering | None = None,
    ) -> None: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def n_running(self) -> int:
        """Virtual users that are there, busy or free."""
    @property
    def has_started_all(self) -> bool:
        """Whether the first arrival lies behind: virtual users are made as they are needed."""
    def start(self, start_ns: int) -> None:
        """
        Follow the plan. Call it once.

        Args:
            start_ns: Instant on CLOCK_MONOTONIC to which the due times are added; it may lie ahead.
        """
    def stop(self, now: bool) -> None:
        """
        Take no further arrival.

        Args:
            now: Cancel running iterations at once; else each has graceful_stop. What a cancelled coroutine still
                does a quarter of a second later is closed.
        """
