"""A script may use all of asyncio: the virtual user is the running task, and its requests and sleeps are awaitables."""

import asyncio
import contextvars
import threading
import time
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook, run_idiom
from tests.reference.peer import answer, pause, silence
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/slow": pause(0.03, answer()), "/never": silence}


async def sleep(vu: VirtualUser) -> Any:
    await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    return (await vu.get("/")).status


async def timeout(vu: VirtualUser) -> Any:
    async with asyncio.timeout(1):
        return (await vu.get("/")).status


async def timeout_that_expires(vu: VirtualUser) -> Any:
    try:
        async with asyncio.timeout(0.01):
            await vu.get("/never")
    except TimeoutError:
        return (await vu.get("/")).status


async def wait_for(vu: VirtualUser) -> Any:
    return (await asyncio.wait_for(vu.get("/"), 1)).status


async def wait_for_that_expires(vu: VirtualUser) -> Any:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(vu.get("/never"), 0.01)
    return (await vu.get("/")).status


async def gather(vu: VirtualUser) -> Any:
    answers = await asyncio.gather(vu.get("/"), vu.get("/slow"), vu.sleep(0.001), asyncio.sleep(0.001, 7))
    return answers[0].status if answers[1].ok and answers[2:] == [None, 7] else answers


async def task_group(vu: VirtualUser) -> Any:
    async def two(path: str) -> int:
        return (await vu.get(path)).status + (await vu.get(path)).status

    async with asyncio.TaskGroup() as group:
        direct = group.create_task(vu.get("/slow"))
        nested = group.create_task(two("/"))
    return nested.result() - direct.result().status


async def task_group_that_fails(vu: VirtualUser) -> Any:
    async def fail() -> None:
        await asyncio.sleep(0.005)
        raise LookupError("planted")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(vu.get("/never"))
            group.create_task(fail())
            await vu.get("/never")
    except* LookupError:
        status = (await vu.get("/")).status
    return status


async def create_task(vu: VirtualUser) -> Any:
    task = asyncio.create_task(vu.get("/slow"))
    pause_over = asyncio.create_task(vu.sleep(0.001))
    await pause_over
    return (await task).status


async def shield(vu: VirtualUser) -> Any:
    exchange = vu.get("/slow")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await asyncio.shield(exchange)
    return (await exchange).status


async def as_completed(vu: VirtualUser) -> Any:
    statuses = [(await next_one).url[-1] for next_one in asyncio.as_completed([vu.get("/slow"), vu.get("/")])]
    return 200 if statuses == ["/", "w"] else statuses


async def event(vu: VirtualUser) -> Any:
    happened = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, happened.set)
    await happened.wait()
    return (await vu.get("/")).status


async def queue(vu: VirtualUser) -> Any:
    answers: asyncio.Queue[int] = asyncio.Queue(1)

    async def produce() -> None:
        for _ in range(3):
            await answers.put((await vu.get("/")).status)

    task = asyncio.create_task(produce())
    got = [await answers.get() for _ in range(3)]
    await task
    return max(got)


async def executor(vu: VirtualUser) -> Any:
    loop, here = asyncio.get_running_loop(), threading.get_ident()
    elsewhere = await loop.run_in_executor(None, threading.get_ident)
    return (await vu.get("/")).status if elsewhere != here else "the same thread"


async def to_thread(vu: VirtualUser) -> Any:
    await asyncio.to_thread(time.sleep, 0.001)
    return (await vu.get("/")).status


async def lock(vu: VirtualUser) -> Any:
    the_lock = asyncio.Lock()
    async with the_lock, asyncio.Semaphore(1):
        return (await vu.get("/")).status


async def streams(vu: VirtualUser) -> Any:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
    return (await vu.get("/")).status if line == b"hello\n" else line


async def async_generator(vu: VirtualUser) -> Any:
    async def answers() -> Any:
        for _ in range(2):
            yield (await vu.get("/")).status

    return max([status async for status in answers()])


async def awaited_again(vu: VirtualUser) -> Any:
    exchange = vu.get("/")
    first, second = await exchange, await exchange
    return first.status if first is second else "another answer"


async def two_awaiters(vu: VirtualUser) -> Any:
    exchange = vu.get("/slow")

    async def other() -> Any:
        return await exchange

    task = asyncio.create_task(other())
    first, second = await exchange, await task
    return first.status if first is second else "another answer"


IDIOMS = [
    sleep,
    timeout,
    timeout_that_expires,
    wait_for,
    wait_for_that_expires,
    gather,
    task_group,
    task_group_that_fails,
    create_task,
    shield,
    as_completed,
    event,
    queue,
    executor,
    to_thread,
    lock,
    streams,
    async_generator,
    awaited_again,
    two_awaiters,
]


@pytest.mark.parametrize("idiom", IDIOMS, ids=lambda idiom: idiom.__name__)
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_a_script_may_use(idiom: Any, debug: bool, loop: Loop) -> None:
    assert run_idiom(idiom, ROUTES, debug, loop) == 200


def test_the_virtual_user_is_the_current_task_in_every_step(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[bool]:
        seen = [asyncio.current_task() is vu]
        for awaitable in (vu.get("/"), vu.sleep(0.001), asyncio.sleep(0), asyncio.sleep(0.001), vu.get("/")):
            await awaitable
            seen.append(asyncio.current_task() is vu)
        seen.append(vu in asyncio.all_tasks())
        return seen

    assert all(run_hook(script, loop=loop).value)


def test_no_task_is_current_when_no_virtual_user_runs(loop: Loop) -> None:
    seen: list[object] = []

    async def script(vu: VirtualUser) -> None:
        asyncio.get_running_loop().call_soon(lambda: seen.append(asyncio.current_task()))
        await vu.get("/")

    run_hook(script, loop=loop)
    assert seen == [None]


def test_each_virtual_user_has_context_variables_of_its_own(loop: Loop) -> None:
    who: contextvars.ContextVar[int] = contextvars.ContextVar("who", default=0)
    seen: list[tuple[int, int]] = []

    async def script(vu: VirtualUser) -> None:
        before = who.get()
        who.set(vu.id)
        await vu.get("/")
        await asyncio.sleep(0)
        seen.append((before, who.get()))
        assert await asyncio.create_task(read()) == vu.id

    async def read() -> int:
        return who.get()

    run = play(script, vus=3, iterations=2, loop=loop)
    assert run.observer.exceptions == []
    assert sorted(seen) == [(0, 1), (0, 2), (0, 3), (1, 1), (2, 2), (3, 3)]
    assert who.get() == 0


def test_what_a_task_answers_about_itself(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        assert vu.get_loop() is asyncio.get_running_loop()
        assert vu.get_name() == "vu-0"
        vu.set_name("the zeroth")
        assert vu.get_name() == "the zeroth"
        assert vu.get_coro() is not None
        assert vu.get_context() is not None
        assert [frame.f_code.co_name for frame in vu.get_stack()] == ["script"]
        assert not vu.done()
        assert not vu.cancelled()
        assert (vu.cancelling(), vu.uncancel()) == (0, 0)
        for question in (vu.result, vu.exception):
            with pytest.raises(asyncio.InvalidStateError):
                question()
        assert repr(vu) == "<VU 0 of test, iteration 0>"
        vu.add_done_callback(ended.append)
        vu.add_done_callback(forgotten.append)
        assert vu.remove_done_callback(forgotten.append) == 1

    ended: list[VirtualUser] = []
    forgotten: list[VirtualUser] = []
    run_hook(script, loop=loop)
    assert [vu.done() for vu in ended] == [True]
    assert ended[0].result() is ended[0].exception() is None
    assert not ended[0].cancel()
    assert forgotten == []


def test_one_may_wait_for_a_virtual_user_s_end(loop: Loop) -> None:
    started: asyncio.Queue[VirtualUser] = asyncio.Queue()

    async def script(vu: VirtualUser) -> None:
        started.put_nowait(vu)
        await vu.sleep(0.01)

    async def wait_for_it(run: object, driver: object) -> None:
        vu = await started.get()
        await asyncio.wait_for(asyncio.gather(vu), 5)
        assert vu.done()

    assert play(script, during=wait_for_it, loop=loop).scenario.iterations == 1


@pytest.mark.parametrize(
    ("yielded", "says"),
    [(7, "7 was yielded where only an await belongs"), (None, None)],
)
def test_what_may_not_be_awaited_raises_inside_the_script(yielded: object, says: str | None, loop: Loop) -> None:
    class Odd:
        def __await__(self) -> Any:
            yield yielded

    async def script(vu: VirtualUser) -> str | None:
        try:
            await Odd()
        except RuntimeError as error:
            return str(error)
        return None

    assert run_hook(script, loop=loop).value == says


def test_a_future_of_another_loop_and_the_virtual_user_itself_are_refused(loop: Loop) -> None:
    elsewhere = asyncio.new_event_loop()

    async def script(vu: VirtualUser) -> list[str]:
        said = []
        for awaitable in (elsewhere.create_future(), vu):
            try:
                await awaitable  # type: ignore[misc]
            except (RuntimeError, TypeError) as error:
                said.append(str(error))
        return said

    said = run_hook(script, loop=loop).value
    elsewhere.close()
    assert len(said) == 2
    assert "another event loop" in said[0]


@pytest.mark.parametrize("seconds", [0, 0.0004, 0.003, "2ms"])
def test_a_sleep_ends_never_early(seconds: float | str, loop: Loop) -> None:
    wanted_ns = 2_000_000 if isinstance(seconds, str) else round(seconds * 1e9)

    async def script(vu: VirtualUser) -> list[int]:
        slept = []
        for _ in range(20):
            began_ns = monotonic_ns()
            await vu.sleep(seconds)
            slept.append(monotonic_ns() - began_ns)
        return slept

    run = run_hook(script, loop=loop)
    assert min(run.value) >= wanted_ns
    assert run.engine.sleep_ns == 20 * wanted_ns
    assert 0 <= run.engine.sleep_late_ns <= sum(run.value) - 20 * wanted_ns


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(-1, ValueError), (float("nan"), ValueError), (1e18, ValueError), (None, TypeError), (True, TypeError)],
)
def test_a_sleep_that_cannot_be_is_refused(seconds: Any, error: type[Exception]) -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(error, match=r"vu\.sleep"):
            vu.sleep(seconds)

    run_hook(script)


def test_ten_thousand_steps_without_a_pause_let_others_run(loop: Loop) -> None:
    """A script that never waits for anything must not keep another one from its answer."""
    order: list[str] = []

    async def script(vu: VirtualUser) -> None:
        if vu.id == 1:
            for _ in range(10_000):
                await asyncio.sleep(0)
            order.append("busy")
        else:
            await vu.get("/")
            order.append("asking")

    play(script, vus=2, loop=loop)
    assert order == ["asking", "busy"]
