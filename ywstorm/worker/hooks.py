"""setup() and teardown(): one coroutine each, run as VU 0 with a time limit."""

import asyncio
from typing import Any

from ywstorm.script.model import VUFunction
from ywstorm.script.user_traceback import user_traceback
from ywstorm.units import NS_PER_S
from ywstorm.wire import HookOutcome
from ywstorm_core.loop.driver import HookDriver
from ywstorm_core.loop.orders import AbortRun
from ywstorm_core.loop.scenario import Scenario

__all__ = ["run_hook"]


async def run_hook(scenario: Scenario, function: VUFunction | None, timeout_ns: int) -> tuple[HookOutcome, Any, str]:
    """
    Run *function* to its end.

    Returns:
        How it ended, its value, and why it did not end well.
    """
    if function is None:
        return "ok", None, ""
    driver = HookDriver(scenario)
    future = driver.run(function)
    done, _ = await asyncio.wait([future], timeout=timeout_ns / NS_PER_S)
    if not done:
        driver.cut()
        await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # it was cut off: what it says of that is no news
        return "timeout", None, f"{scenario.phase}() took longer than {timeout_ns / NS_PER_S:g} s"
    error = future.exception()
    if error is None:
        return "ok", future.result(), ""
    if isinstance(error, AbortRun):
        return "aborted", None, str(error)
    return "exception", None, user_traceback(error)
