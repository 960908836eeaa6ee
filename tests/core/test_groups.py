"""Groups: how they nest, what they tag, and which of them leave a duration."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.reference.drive import Loop, Run, play
from tests.reference.peer import answer, silence
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/never": silence}


def groups(run: Run) -> dict[str, int]:
    """How many durations each group has."""
    series: list[Any] = run.series("group_duration")
    return {each.tag("group"): each.histogram.count for each in series}


def test_groups_nest_and_tag_what_happens_inside() -> None:
    async def script(vu: VirtualUser) -> None:
        with vu.group("a"):
            await vu.get("/1")
            with vu.group("b"), vu.group("c"):
                await vu.get("/2")
            await vu.get("/3")
        await vu.get("/4")

    run = play(script, iterations=2)
    assert groups(run) == {"a": 2, "a::b": 2, "a::b::c": 2}
    assert [run.requests(name=f"/{n}", group=group) for n, group in ((1, "a"), (2, "a::b::c"), (3, "a"))] == [2, 2, 2]
    assert run.requests(name="/4") == 2
    assert not any(run.requests(name="/4", group=group) for group in groups(run))


def test_an_exception_leaves_every_group_and_the_next_iteration_is_in_none() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        with vu.group("a"), vu.group("b"):
            raise LookupError

    run = play(script, iterations=2)
    assert groups(run) == {"a": 2, "a::b": 2}
    assert run.requests(name="/", group="a") == 0


def test_a_group_given_up_after_a_time_out_counts_with_its_elapsed_time(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        try:
            async with asyncio.timeout(0.05):
                with vu.group("a"):
                    await vu.get("/never")
        except TimeoutError:
            await vu.get("/")

    run = play(script, ROUTES, loop=loop)
    series: list[Any] = run.series("group_duration")
    assert groups(run) == {"a": 1}
    assert series[0].histogram.quantile(0.5) >= 45_000_000  # timers of uvloop may be early


Ending = Callable[[VirtualUser], Awaitable[Any]]


async def wait_for_the_end(vu: VirtualUser) -> None:
    await vu.get("/never")


async def hold_on_to_life(vu: VirtualUser) -> None:
    while True:
        try:
            await vu.get("/never")
        except asyncio.CancelledError:
            continue


async def stop(vu: VirtualUser) -> None:
    vu.stop()


async def abort(vu: VirtualUser) -> None:
    vu.abort("enough")


@pytest.mark.parametrize("end", [wait_for_the_end, hold_on_to_life, stop, abort])
def test_a_group_that_was_cut_off_has_no_duration_as_its_iteration_has_none(end: Ending, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        with vu.group("whole"):
            await vu.get("/")
        with vu.group("cut"):
            await end(vu)

    run = play(script, ROUTES, duration_s=0.2, graceful_stop_s=0, iterations=None, loop=loop)
    assert groups(run) == {"whole": 1}
    assert run.scenario.interrupted == 1
