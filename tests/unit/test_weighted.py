"""A choice by weight: how often, in which order, and what cannot be chosen from."""

import asyncio
import inspect
from collections import Counter
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reference.scripts import load, loading_problems
from ywstorm import weighted
from ywstorm.errors import OptionsError


async def browse(_vu: Any) -> str:
    return "browse"


async def send(_vu: Any) -> str:
    return "send"


async def leave(_vu: Any) -> str:
    return "leave"


def chosen(step: Any, n: int = 10_000, seed: int = 1) -> list[str]:
    """What a virtual user does in *n* choices."""

    async def choose() -> list[str]:
        vu = SimpleNamespace(random=Random(seed))
        return [await step(vu) for _ in range(n)]

    return asyncio.run(choose())


def test_steps_are_chosen_by_their_weights() -> None:
    counts = Counter(chosen(weighted({browse: 3, send: 1, leave: 0.5})))

    assert counts["browse"] == pytest.approx(10_000 * 3 / 4.5, rel=0.05)
    assert counts["send"] == pytest.approx(10_000 * 1 / 4.5, rel=0.05)
    assert counts["leave"] == pytest.approx(10_000 * 0.5 / 4.5, rel=0.1)


def test_a_step_of_weight_0_is_never_chosen() -> None:
    assert set(chosen(weighted({leave: 0, browse: 1, send: 0}))) == {"browse"}


def test_choices_nest() -> None:
    counts = Counter(chosen(weighted({browse: 1, weighted({send: 1, leave: 1}): 1})))

    assert counts["browse"] == pytest.approx(5_000, rel=0.05)
    assert counts["send"] == pytest.approx(2_500, rel=0.1)


def test_the_same_virtual_user_makes_the_same_choices() -> None:
    step = weighted({browse: 1, send: 1})

    assert chosen(step, 50, seed=7) == chosen(step, 50, seed=7) != chosen(step, 50, seed=8)


def test_a_choice_is_a_coroutine_function_and_so_may_be_a_scenario(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        """
        from ywstorm import weighted
        async def browse(vu): ...
        mix = scenario(ConstantVUs(duration=1), name="mix")(weighted({browse: 1}))
        """,
    )

    assert inspect.iscoroutinefunction(script.scenarios["mix"].function)
    assert script.problems == ()


MISTAKES = {
    "no dict": ("[browse]", "is not a dict of steps and weights (write weighted({browse: 3, send: 1}))"),
    "nothing": ("{}", "there is no step with a weight above 0"),
    "only zeros": ("{browse: 0}", "there is no step with a weight above 0"),
    "a negative weight": ("{browse: -1}", "the weight of browse is -1: a number from 0 on is needed"),
    "an infinite weight": ("{browse: float('inf')}", "the weight of browse is inf: a number from 0 on is needed"),
    "text": ("{browse: '3'}", "the weight of browse is '3': a number from 0 on is needed"),
    "a truth": ("{browse: True}", "the weight of browse is True: a number from 0 on is needed"),
    "a call": ("{1: 3}", "1 is not a coroutine function (write async def 1(vu): without yield)"),
    "an ordinary function": ("{print: 3}", "print is not a coroutine function (write async def print(vu): without"),
    "a function of two": ("{pay: 1}", "pay cannot be called with the VU alone: missing a required argument: 'sum'"),
}


@pytest.mark.parametrize(("steps", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_is_told_before_the_run(tmp_path: Path, steps: str, problem: str) -> None:
    [found] = loading_problems(
        tmp_path,
        f"""
from ywstorm import weighted
async def browse(vu): ...
async def pay(vu, sum): ...
step = weighted({steps})

@scenario(ConstantVUs(duration=1))
async def visit(vu):
    await step(vu)
""",
    )

    assert found.startswith("the_script.py:10 weighted: ")
    assert problem in found


def test_outside_a_script_a_mistake_is_raised() -> None:
    with pytest.raises(OptionsError, match="no step with a weight above 0"):
        weighted({})
