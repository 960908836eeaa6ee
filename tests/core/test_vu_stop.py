"""`vu.stop`: one virtual user ends, in good order, and nobody else does."""

import asyncio

import pytest

from tests.reference.drive import Loop, Run, play, run_hook
from ywstorm_core.loop.orders import StopVU
from ywstorm_core.loop.vu import VirtualUser


def ends(run: Run) -> tuple[int, int, int, int]:
    """Iterations that started, ended, were cut off, and raised."""
    scenario = run.scenario
    return scenario.iterations_started, scenario.iterations, scenario.interrupted, scenario.iteration_errors


def test_it_ends_one_virtual_user_after_its_on_stop(loop: Loop) -> None:
    left: list[int] = []

    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        if vu.id == 2 and vu.iteration == 1:
            vu.stop()

    async def stop(vu: VirtualUser) -> None:
        left.append(vu.id)

    run = play(script, vus=3, iterations=4, on_stop=stop, loop=loop)
    assert ends(run) == (10, 9, 1, 0)
    assert left[0] == 2
    assert sorted(left) == [1, 2, 3]
    assert run.scenario.dropped == 2
    assert run.observer.exceptions == []
    assert run.observer.events == []


def test_an_iteration_that_it_ends_leaves_no_sample() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.stop()

    run = play(script, iterations=3)
    assert ends(run) == (1, 0, 1, 0)
    assert run.series("iteration_duration") == []


def test_in_on_start_it_ends_the_virtual_user_before_its_first_iteration() -> None:
    async def start(vu: VirtualUser) -> None:
        vu.stop()

    async def script(vu: VirtualUser) -> None:
        await vu.get("/")

    run = play(script, vus=2, iterations=3, on_start=start)
    assert ends(run) == (0, 0, 0, 0)
    assert run.engine.requests_started == 0


def test_a_script_that_catches_exceptions_does_not_catch_it() -> None:
    async def script(vu: VirtualUser) -> None:
        try:
            vu.stop()
        except Exception:
            await vu.get("/caught")

    assert play(script, iterations=2).engine.requests_started == 0


def test_out_of_a_task_group_it_ends_the_virtual_user(loop: Loop) -> None:
    async def leave(vu: VirtualUser) -> None:
        await vu.get("/")
        vu.stop()

    async def script(vu: VirtualUser) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(leave(vu))
            group.create_task(asyncio.sleep(5))

    run = play(script, iterations=3, loop=loop)
    assert ends(run) == (1, 0, 1, 0)
    assert run.observer.exceptions == []


def test_an_abort_beside_it_wins(loop: Loop) -> None:
    async def abort(vu: VirtualUser) -> None:
        vu.abort("enough")

    async def stop(vu: VirtualUser) -> None:
        vu.stop()

    async def script(vu: VirtualUser) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(stop(vu))
            group.create_task(abort(vu))

    run = play(script, loop=loop)
    assert run.observer.events == [("abort", "enough")]


def test_setup_has_no_virtual_user_to_end() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.stop()

    with pytest.raises(StopVU, match="this virtual user has stopped itself"):
        run_hook(script)
