"""The rest of asyncio inside a script: what waits, what locks, what runs elsewhere, and what virtual users share."""

import asyncio
import contextlib
import contextvars
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook, run_idiom
from tests.reference.peer import answer, pause, silence
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/slow": pause(0.02, answer()), "/never": silence}


async def condition(vu: VirtualUser) -> Any:
    told = asyncio.Condition()
    statuses: list[int] = []

    async def ask() -> None:
        async with told:
            statuses.append((await vu.get("/")).status)
            told.notify_all()

    task = asyncio.create_task(ask())
    async with told:
        await told.wait_for(lambda: bool(statuses))
    await task
    return statuses[0]


async def bounded_semaphore(vu: VirtualUser) -> Any:
    gate = asyncio.BoundedSemaphore(2)
    inside: list[int] = [0, 0]

    async def ask() -> int:
        async with gate:
            inside[0] += 1
            inside[1] = max(inside)
            status = (await vu.get("/slow")).status
            inside[0] -= 1
            return status

    statuses = await asyncio.gather(*(ask() for _ in range(5)))
    return max(statuses) if inside == [0, 2] else inside


async def barrier(vu: VirtualUser) -> Any:
    together = asyncio.Barrier(2)

    async def ask() -> int:
        status = (await vu.get("/slow")).status
        await together.wait()
        return status

    task = asyncio.create_task(ask())
    await together.wait()
    return await task


async def priority_queue(vu: VirtualUser) -> Any:
    queue: asyncio.PriorityQueue[tuple[int, str]] = asyncio.PriorityQueue()
    for item in ((2, "/never"), (1, "/")):
        await queue.put(item)
    _, path = await queue.get()
    queue.task_done()
    return (await vu.get(path)).status


async def queue_joined(vu: VirtualUser) -> Any:
    queue: asyncio.Queue[str] = asyncio.Queue()
    statuses: list[int] = []

    async def work() -> None:
        while True:
            statuses.append((await vu.get(await queue.get())).status)
            queue.task_done()

    task = asyncio.create_task(work())
    for _ in range(3):
        queue.put_nowait("/")
    await queue.join()
    task.cancel()
    return statuses[-1] if len(statuses) == 3 else statuses


async def wait(vu: VirtualUser) -> Any:
    tasks = [asyncio.create_task(vu.get(path)) for path in ("/", "/never")]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return done.pop().result().status


async def gather_with_exceptions(vu: VirtualUser) -> Any:
    async def fail() -> None:
        raise LookupError("planted")

    answered, error = await asyncio.gather(vu.get("/"), fail(), return_exceptions=True)
    return answered.status if isinstance(error, LookupError) else error


async def timeout_put_off(vu: VirtualUser) -> Any:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(0.001) as limit:
        limit.reschedule(loop.time() + 5)
        return (await vu.get("/slow")).status


async def timeout_around_a_lock(vu: VirtualUser) -> Any:
    lock = asyncio.Lock()
    await lock.acquire()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await lock.acquire()
    lock.release()
    async with lock:
        return (await vu.get("/")).status


async def nested_timeouts(vu: VirtualUser) -> Any:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), asyncio.timeout(5):
            await vu.get("/never")
    return (await vu.get("/")).status


async def nested_task_groups(vu: VirtualUser) -> Any:
    async with asyncio.TaskGroup() as outer:
        first = outer.create_task(vu.get("/slow"))
        async with asyncio.TaskGroup() as inner:
            second = inner.create_task(vu.get("/"))
    return max(first.result().status, second.result().status)


async def async_context_manager(vu: VirtualUser) -> Any:
    seen: list[int] = []

    @contextlib.asynccontextmanager
    async def logged_in() -> AsyncIterator[int]:
        yield (await vu.get("/")).status
        seen.append((await vu.get("/")).status)

    async with contextlib.AsyncExitStack() as stack:
        status = await stack.enter_async_context(logged_in())
    return status if seen == [200] else seen


async def generator_left_early(vu: VirtualUser) -> Any:
    closed: list[int] = []

    async def answers() -> AsyncIterator[int]:
        try:
            while True:
                yield (await vu.get("/")).status
        finally:
            closed.append((await vu.get("/")).status)

    async with contextlib.aclosing(answers()) as generator:
        status = await anext(generator)
    return status if closed == [200] else closed


async def subprocess(vu: VirtualUser) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input())", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(b"hello\n")
    return (await vu.get("/")).status if (out, process.returncode) == (b"hello\n", 0) else out


async def shell(vu: VirtualUser) -> Any:
    process = await asyncio.create_subprocess_shell("exit 3")
    return (await vu.get("/")).status if await process.wait() == 3 else process.returncode


async def thread_with_the_context(vu: VirtualUser) -> Any:
    here: contextvars.ContextVar[int] = contextvars.ContextVar("here")
    here.set(vu.id)
    return (await vu.get("/")).status if await asyncio.to_thread(here.get) == vu.id else "another context"


async def woken_from_a_thread(vu: VirtualUser) -> Any:
    loop = asyncio.get_running_loop()
    happened = asyncio.Event()
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(happened.set,))
    thread.start()
    await happened.wait()
    thread.join()
    return (await vu.get("/")).status


async def coroutine_sent_from_a_thread(vu: VirtualUser) -> Any:
    loop = asyncio.get_running_loop()

    async def ask() -> int:
        return (await vu.get("/")).status

    def elsewhere() -> int:
        return asyncio.run_coroutine_threadsafe(ask(), loop).result(5)

    return await asyncio.to_thread(elsewhere)


async def datagram(vu: VirtualUser) -> Any:
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bytes] = loop.create_future()

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            came.set_result(data)

    listener, _ = await loop.create_datagram_endpoint(Listener, local_addr=("127.0.0.1", 0))
    sender, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=listener.get_extra_info("sockname")
    )
    sender.sendto(b"hello")
    said = await came
    listener.close()
    sender.close()
    return (await vu.get("/")).status if said == b"hello" else said


async def task_with_a_name_and_a_context(vu: VirtualUser) -> Any:
    here: contextvars.ContextVar[int] = contextvars.ContextVar("here", default=0)
    context = contextvars.copy_context()
    context.run(here.set, 7)

    async def ask() -> int:
        task = asyncio.current_task()
        assert task is not None
        assert task is not vu
        assert (task.get_name(), here.get()) == ("asking", 7)
        return (await vu.get("/")).status

    status = await asyncio.create_task(ask(), name="asking", context=context)
    return status if here.get() == 0 else "the context leaked"


IDIOMS = [
    condition,
    bounded_semaphore,
    barrier,
    priority_queue,
    queue_joined,
    wait,
    gather_with_exceptions,
    timeout_put_off,
    timeout_around_a_lock,
    nested_timeouts,
    nested_task_groups,
    async_context_manager,
    generator_left_early,
    subprocess,
    shell,
    thread_with_the_context,
    woken_from_a_thread,
    coroutine_sent_from_a_thread,
    datagram,
    task_with_a_name_and_a_context,
]


@pytest.mark.parametrize("idiom", IDIOMS, ids=lambda idiom: idiom.__name__)
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_a_script_may_use(idiom: Any, debug: bool, loop: Loop) -> None:
    assert run_idiom(idiom, ROUTES, debug, loop) == 200


if sys.version_info >= (3, 12):

    def test_a_script_may_use_eager_tasks() -> None:
        """They begin inside the virtual user's step; on asyncio's loop, for not every uvloop knows them."""

        async def script(vu: VirtualUser) -> int:
            current: list[object] = []

            async def ask() -> int:
                current.append(asyncio.current_task())
                return (await vu.get("/")).status

            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            task = asyncio.create_task(ask())
            assert current == [task]
            assert asyncio.current_task() is vu
            return await task

        assert run_hook(script, ROUTES, loop=asyncio.new_event_loop).value == 200


def test_virtual_users_may_hand_each_other_work(loop: Loop) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    got: list[int] = []

    async def script(vu: VirtualUser) -> None:
        if vu.id == 1:
            for _ in range(3):
                await queue.put((await vu.get("/")).status)
        else:
            got.append(await queue.get())
            assert asyncio.current_task() is vu

    run = play(script, vus=4, loop=loop)
    assert run.observer.exceptions == []
    assert got == [200, 200, 200]


def test_virtual_users_may_wait_for_each_other(loop: Loop) -> None:
    order: list[str] = []
    together = asyncio.Barrier(3)
    lock = asyncio.Lock()

    async def script(vu: VirtualUser) -> None:
        order.append("came")
        await together.wait()
        async with lock:
            order.append("in")
            await vu.get("/")
            order.append("out")

    run = play(script, vus=3, loop=loop)
    assert run.observer.exceptions == []
    assert order == ["came"] * 3 + ["in", "out"] * 3


def test_a_virtual_user_cut_off_while_it_holds_a_lock_gives_it_back(loop: Loop) -> None:
    lock = asyncio.Lock()

    async def script(vu: VirtualUser) -> None:
        async with lock:
            await vu.get("/never")

    run = play(script, ROUTES, vus=2, iterations=None, duration_s=0.02, graceful_stop_s=0, loop=loop)
    assert run.scenario.interrupted == 2
    assert not lock.locked()


def test_what_a_cut_off_task_group_started_ends_with_it(loop: Loop) -> None:
    ended: list[str] = []

    async def script(vu: VirtualUser) -> None:
        async def ask() -> None:
            try:
                await vu.get("/never")
            finally:
                ended.append("task")

        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
            group.create_task(ask())

    run = play(script, ROUTES, iterations=None, duration_s=0.02, graceful_stop_s=0, loop=loop)
    assert ended == ["task", "task"]
    assert run.engine.requests_cut_off == 2
    assert run.scenario.interrupted == 1
