"""A choice of steps by weight: what a user does next, as often as it was counted in production."""

import math
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ywstorm.errors import OptionsError, Problem
from ywstorm.script.collector import current_collector, place_of_caller
from ywstorm.script.declare import function_problems
from ywstorm.script.model import VUFunction

if TYPE_CHECKING:
    from ywstorm_core.loop.vu import VirtualUser

__all__ = ["weighted"]


def weighted(steps: Mapping[VUFunction, float]) -> VUFunction:
    """
    Make a step that does one of several, each in proportion to its weight.

    Args:
        steps: Coroutine function of the VU → weight ≥ 0, not all 0. A step may itself be a weighted one.

    Returns:
        A coroutine function: ``await step(vu)`` chooses by ``vu.random``, does the chosen step and returns its value.
        It may be a scenario's function too.

    Raises:
        OptionsError: Something is wrong with *steps*; while a script is imported it is noted, and the run does not
            begin.

    Example:
        step = weighted({browse: 3, send: 1})

        @scenario(ConstantVUs(vus=50, duration="5m"), pace="2s")
        async def visit(vu: VU) -> None:
            await step(vu)
    """
    problems = _problems(f"{place_of_caller()} weighted", steps)
    if problems:
        collector = current_collector()
        if collector is None:
            raise OptionsError(problems)
        collector.problems += problems
        return _nothing
    functions = [function for function, weight in steps.items() if weight]
    bounds = list(accumulate(weight for weight in steps.values() if weight))
    last = len(bounds) - 1

    async def choice(vu: "VirtualUser") -> Any:
        return await functions[bisect_right(bounds, vu.random.random() * bounds[last], 0, last)](vu)

    return choice


async def _nothing(_vu: "VirtualUser") -> None:
    """Stand in for a choice that has a problem and will not be made."""


def _problems(where: str, steps: object) -> list[Problem]:
    if not isinstance(steps, Mapping):
        return [Problem(where, f"{steps!r} is not a dict of steps and weights", "write weighted({browse: 3, send: 1})")]
    found = []
    for function, weight in steps.items():
        found += function_problems(where, function)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            name = getattr(function, "__name__", repr(function))
            found.append(Problem(where, f"the weight of {name} is {weight!r}: a number from 0 on is needed"))
    if not found and not any(steps.values()):
        found.append(Problem(where, "there is no step with a weight above 0"))
    return found
