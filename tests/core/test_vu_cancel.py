"""Cancellation, from inside and from outside: what it closes, what it counts, and what works after it."""

import asyncio

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import answer, silence
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/never": silence}


async def by_the_exchange(vu: VirtualUser) -> None:
    vu.get("/never").cancel()


async def by_timeout(vu: VirtualUser) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await vu.get("/never")


async def by_timeout_zero(vu: VirtualUser) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await vu.get("/never")


async def by_wait_for(vu: VirtualUser) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(vu.get("/never"), 0.005)


async def by_a_task(vu: VirtualUser) -> None:
    task = asyncio.create_task(vu.get("/never"))
    await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_a_task_that_never_began(vu: VirtualUser) -> None:
    task = asyncio.create_task(vu.get("/never"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_gather(vu: VirtualUser) -> None:
    together = asyncio.gather(vu.get("/never"), vu.sleep(10))
    await asyncio.sleep(0.005)
    together.cancel()
    with pytest.raises(asyncio.CancelledError):
        await together


async def by_itself(vu: VirtualUser) -> None:
    vu.cancel("enough")
    with pytest.raises(asyncio.CancelledError, match="enough"):
        await vu.get("/never")
    assert vu.uncancel() == 0


async def by_another_task(vu: VirtualUser) -> None:
    asyncio.get_running_loop().call_later(0.005, vu.cancel, "from outside")
    with pytest.raises(asyncio.CancelledError, match="from outside"):
        await vu.get("/never")
    assert vu.uncancel() == 0


@pytest.mark.parametrize(
    "way",
    [
        by_the_exchange,
        by_timeout,
        by_timeout_zero,
        by_wait_for,
        by_a_task,
        by_a_task_that_never_began,
        by_gather,
        by_itself,
        by_another_task,
    ],
    ids=lambda way: way.__name__,
)
def test_a_request_cancelled(way: object, loop: Loop) -> None:
    """It is neither answered nor failed, its connection closes, and the next request opens a new one."""

    async def script(vu: VirtualUser) -> list[int]:
        assert (await vu.get("/")).ok
        await way(vu)  # type: ignore[operator]
        return [(await vu.get("/")).status, (await vu.get("/")).status]

    run = run_hook(script, ROUTES, loop=loop)
    assert run.value == [200, 200]
    assert run.engine.requests_cut_off == 1
    assert run.engine.requests_failed == 0
    assert run.engine.connections_opened == 2
    assert run.requests() == 3


def test_a_cancelled_sleep_ends_at_once(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> bool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await vu.sleep(100)
        nap = vu.sleep(100)
        asyncio.get_running_loop().call_soon(nap.cancel)
        with pytest.raises(asyncio.CancelledError):
            await nap
        return nap.cancelled()

    assert run_hook(script, loop=loop).value


def test_cancelling_while_a_foreign_future_is_awaited_reaches_that_future(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> bool:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.001, vu.cancel)
        with pytest.raises(asyncio.CancelledError):
            await future
        vu.uncancel()
        return future.cancelled()

    assert run_hook(script, loop=loop).value


def test_an_iteration_that_is_cancelled_and_lets_it_pass_ends_the_virtual_user(loop: Loop) -> None:
    """As a task would; the loop's own shutdown relies on it."""

    async def script(vu: VirtualUser) -> None:
        if vu.iteration == 1:
            vu.cancel()
        await vu.get("/")

    run = play(script, iterations=5, loop=loop)
    assert run.scenario.iterations_started == 2
    assert [type(error) for error in run.observer.exceptions] == [asyncio.CancelledError]


def test_a_cancelled_future_of_somebody_else_is_an_error_like_any_other(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    run = play(script, iterations=3, loop=loop)
    assert run.scenario.iterations == run.scenario.iteration_errors == 3


def test_a_cancellation_that_came_too_late_does_not_meet_the_next_iteration(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        vu.cancel()

    run = play(script, iterations=3, loop=loop)
    assert run.scenario.iterations == 3
    assert run.observer.exceptions == []


def test_a_virtual_user_that_waits_to_start_again_can_be_cancelled(loop: Loop) -> None:
    failed: asyncio.Queue[VirtualUser] = asyncio.Queue()

    async def fail(vu: VirtualUser) -> None:
        failed.put_nowait(vu)
        raise LookupError("planted")

    async def cancel(run: object, driver: object) -> None:
        (await failed.get()).cancel()

    async def script(vu: VirtualUser) -> None:
        raise AssertionError("never reached")

    run = play(script, on_start=fail, during=cancel, loop=loop)
    assert run.scenario.iterations_started == 0
    assert run.ended_ns - run.started_ns < 900_000_000


def test_the_loop_can_shut_down_in_the_middle_of_a_run(loop: Loop) -> None:
    """asyncio cancels all tasks at its end, and waits for them: nobody may be left waiting."""
    finally_ran: list[int] = []

    async def script(vu: VirtualUser) -> None:
        try:
            await vu.get("/never")
        finally:
            finally_ran.append(vu.id)

    async def shut_down(run: object, driver: object) -> None:
        await asyncio.sleep(0.01)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        users = [task for task in tasks if isinstance(task, VirtualUser)]
        assert len(users) == 3
        for user in users:
            user.cancel()
        await asyncio.wait_for(asyncio.gather(*users, return_exceptions=True), 5)

    run = play(script, ROUTES, vus=3, iterations=None, during=shut_down, loop=loop)
    assert sorted(finally_ran) == [1, 2, 3]
    assert run.engine.requests_cut_off == 3
