"""Groups of tasks that run side by side: each task is in its own, and begins in those of the task that made it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.core.test_groups import groups
from tests.reference.drive import Loop, Run, play
from tests.reference.peer import answer, silence
from ywstorm_core.loop.group import Stay
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/never": silence}
OUTSIDE = ""


def where(run: Run) -> dict[str, str]:
    """The group of each request, by its name; none of these tests asks for one twice in different groups."""
    return {each.tag("name") or "": each.tag("group") or OUTSIDE for each in run.series("http_req")}


async def walk(vu: VirtualUser, *names: str) -> None:
    """Enter one group inside the other, with a request before, in and after each; its path tells who asks and when."""
    path = "/".join(names)
    with vu.group(names[0]):
        await vu.get(f"/in/{path}")
        if names[1:]:
            await walk(vu, *names[1:])
        await vu.get(f"/still/{path}")
    await vu.get(f"/after/{path}")


async def by_gather(*walks: Any) -> None:
    await asyncio.gather(*walks)


async def by_task_group(*walks: Any) -> None:
    async with asyncio.TaskGroup() as tasks:
        for each in walks:
            tasks.create_task(each)


async def by_create_task(*walks: Any) -> None:
    for task in [asyncio.create_task(each) for each in walks]:
        await task


@pytest.mark.parametrize("at_once", [by_gather, by_task_group, by_create_task])
def test_tasks_do_not_mix_their_groups(at_once: Callable[..., Awaitable[None]], loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        with vu.group("all"):
            await at_once(walk(vu, "a", "b"), walk(vu, "c"))
            await vu.get("/end")
        await vu.get("/out")

    run = play(script, ROUTES, iterations=2, loop=loop)

    assert groups(run) == {"all": 2, "all::a": 2, "all::a::b": 2, "all::c": 2}
    assert where(run) == {
        "/in/a/b": "all::a",
        "/in/b": "all::a::b",
        "/still/b": "all::a::b",
        "/after/b": "all::a",
        "/still/a/b": "all::a",
        "/after/a/b": "all",
        "/in/c": "all::c",
        "/still/c": "all::c",
        "/after/c": "all",
        "/end": "all",
        "/out": OUTSIDE,
    }


def test_checks_metrics_and_requests_of_one_task_agree() -> None:
    async def one(vu: VirtualUser, name: str) -> None:
        with vu.group(name):
            await vu.get(f"/{name}")
            vu.check(name, ok=True)

    async def script(vu: VirtualUser) -> None:
        await asyncio.gather(*(one(vu, name) for name in "abc"))

    run = play(script)

    assert {each.tag("check"): each.tag("group") for each in run.series("checks")} == {"a": "a", "b": "b", "c": "c"}
    assert where(run) == {"/a": "a", "/b": "b", "/c": "c"}


def test_a_task_is_in_the_group_it_began_in_until_that_ends() -> None:
    async def script(vu: VirtualUser) -> None:
        async def child() -> None:
            await vu.get("/inside")
            ended.set()
            await left.wait()
            await vu.get("/afterwards")
            with vu.group("own"):
                await vu.get("/own")

        ended, left = asyncio.Event(), asyncio.Event()
        with vu.group("a"):
            task = asyncio.create_task(child())
            await ended.wait()
        left.set()
        await task

    assert where(play(script)) == {"/inside": "a", "/afterwards": OUTSIDE, "/own": "own"}


def test_a_group_may_be_entered_again_within_itself_and_by_several_tasks() -> None:
    async def again(vu: VirtualUser, group: Any, name: str) -> None:
        with group:
            await vu.get(name)

    async def script(vu: VirtualUser) -> None:
        group = vu.group("a")
        await again(vu, group, "/first")
        await again(vu, group, "/second")
        await asyncio.gather(again(vu, group, "/third"), again(vu, group, "/fourth"))
        with group, group:
            await vu.get("/within")
        await vu.get("/out")

    run = play(script)

    assert groups(run) == {"a": 5, "a::a": 1}
    assert where(run) == {
        **dict.fromkeys(("/first", "/second", "/third", "/fourth"), "a"),
        "/within": "a::a",
        "/out": OUTSIDE,
    }


def test_groups_of_generators_that_end_out_of_turn_end_once_each() -> None:
    async def inside(vu: VirtualUser, name: str) -> AsyncIterator[None]:
        with vu.group(name):
            yield

    async def script(vu: VirtualUser) -> None:
        first, second = inside(vu, "a"), inside(vu, "b")
        await anext(first)
        await anext(second)
        await vu.get("/both")
        await anext(first, None)
        await vu.get("/b-goes-on")
        await anext(second, None)
        await vu.get("/out")
        with vu.group("c"):
            await vu.get("/c")

    run = play(script)

    assert groups(run) == {"a": 1, "a::b": 1, "c": 1}
    assert where(run) == {"/both": "a::b", "/b-goes-on": "a::b", "/out": OUTSIDE, "/c": "c"}


def test_an_exception_in_one_task_ends_the_groups_of_all(loop: Loop) -> None:
    async def fails(vu: VirtualUser) -> None:
        with vu.group("fails"):
            await vu.get("/")
            raise LookupError

    async def waits(vu: VirtualUser) -> None:
        with vu.group("waits"):
            await vu.get("/never")

    async def script(vu: VirtualUser) -> None:
        try:
            with vu.group("all"):
                await by_task_group(fails(vu), waits(vu))
        except* LookupError:
            await vu.get("/caught")

    run = play(script, {**ROUTES, "/caught": answer()}, loop=loop)

    assert groups(run) == {"all": 1, "all::fails": 1, "all::waits": 1}
    assert where(run)["/caught"] == OUTSIDE


def test_a_group_around_tasks_of_which_one_aborts_has_no_duration(loop: Loop) -> None:
    async def abort(vu: VirtualUser) -> None:
        with vu.group("aborts"):
            vu.abort("enough")

    async def script(vu: VirtualUser) -> None:
        with vu.group("all"):
            await by_task_group(abort(vu))

    run = play(script, ROUTES, loop=loop)

    assert groups(run) == {}
    assert run.observer.events == [("abort", "enough")]


def test_groups_of_tasks_that_are_cut_off_have_no_duration(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        async def one(name: str) -> None:
            with vu.group(name):
                await vu.get("/")
            with vu.group(f"cut {name}"):
                await vu.get("/never")

        await asyncio.gather(one("a"), one("b"))

    run = play(script, ROUTES, duration_s=0.2, graceful_stop_s=0, iterations=None, loop=loop)

    assert groups(run) == {"a": 1, "b": 1}
    assert run.scenario.interrupted == 1


def test_a_task_that_outlives_its_iteration_takes_its_group_along_into_no_other(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        async def linger() -> None:
            with vu.group("old"):
                entered.set()
                await go_on.wait()
                await vu.get("/of-the-old-task")

        if vu.iteration == 0:
            entered, go_on = asyncio.Event(), asyncio.Event()
            vu.state.update(task=asyncio.create_task(linger()), go_on=go_on)
            await entered.wait()
            return
        with vu.group("new"):
            vu.state["go_on"].set()
            await vu.state["task"]
            await vu.get("/new")
        await vu.get("/out")

    run = play(script, ROUTES, iterations=2, loop=loop)

    assert groups(run) == {"new": 1}
    assert where(run) == {"/of-the-old-task": OUTSIDE, "/new": "new", "/out": OUTSIDE}


def test_a_group_that_is_never_left_ends_with_its_iteration() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get(f"/{vu.iteration}")
        vu.group("a").__enter__()

    run = play(script, iterations=3)

    assert groups(run) == {}
    assert set(where(run).values()) == {OUTSIDE}


def test_users_do_not_share_groups() -> None:
    async def script(vu: VirtualUser) -> None:
        others.append(vu)
        with vu.group(f"of {vu.id}"):
            while len(others) < 2:
                await vu.sleep(0)
            other = next(each for each in others if each is not vu)
            await asyncio.gather(vu.get(f"/{vu.id}"), other.get(f"/of-{other.id}-by-{vu.id}"))
            await vu.sleep(0.05)

    others: list[VirtualUser] = []
    run = play(script, vus=2)

    assert where(run) == {"/1": "of 1", "/2": "of 2", "/of-2-by-1": OUTSIDE, "/of-1-by-2": OUTSIDE}


def test_nothing_is_left_of_groups_that_have_ended() -> None:
    async def script(vu: VirtualUser) -> None:
        await asyncio.gather(walk(vu, "a", "b"), walk(vu, "c"))
        gc.collect()
        assert not any(isinstance(each, Stay) for each in gc.get_objects())

    run = play(script, iterations=3)

    assert run.observer.exceptions == []
