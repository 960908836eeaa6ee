"""
Scripts driven by arrivals with the real engine, in this process: `tests.reference.drive` for the open model.
"""

import asyncio
from array import array
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import uvloop

from tests.reference.drive import LONG_S, Loop, Run, Script, in_loop, to_the_end
from tests.reference.peer import Act, Peer, answer
from ywstorm_core.loop.numbering import Numbering
from ywstorm_core.loop.open_driver import OpenDriver

__all__ = ["arrive"]


def arrive(
    script: Script,
    due_s: Iterable[float],
    route: Act | dict[str, Act] | None = None,
    *,
    max_vus: int = 100,
    vus: range | None = None,
    duration_s: float = 0.05,
    graceful_stop_s: float = 5.0,
    vu_base: int = 0,
    numbering: Numbering | None = None,
    blocks: Iterable["array[int]"] | None = None,
    during: Callable[[Run, OpenDriver], Coroutine[Any, Any, None]] | None = None,
    loop: Loop = uvloop.new_event_loop,
    **named: Any,
) -> Run:
    """
    Start *script* at each of *due_s* until its driver says that the scenario is over.

    Args:
        due_s: Seconds after the start, ascending.
        vus: Numbers that virtual users may have; by default 1 … *max_vus*.
        blocks: What the driver gets instead of *due_s* as one block.
        during: Runs beside it, to stop or look at the driver in the middle.
        named: More arguments of the Scenario.
    """

    async def main() -> Run:
        async with Peer(route or answer()) as peer, asyncio.timeout(LONG_S):
            run = Run(peer, asyncio.get_running_loop(), {"function": script, **named})
            over = asyncio.get_running_loop().create_future()
            driver = OpenDriver(
                run.scenario,
                blocks=[array("q", (round(at_s * 1e9) for at_s in due_s))] if blocks is None else blocks,
                vus=range(1, max_vus + 1) if vus is None else vus,
                duration_ns=round(duration_s * 1e9),
                vu_base=vu_base,
                graceful_stop_ns=round(graceful_stop_s * 1e9),
                on_end=over.set_result,
                numbering=numbering,
            )
            return await to_the_end(run, driver, over, during)

    return in_loop(main, loop)
