"""Bugs that were found by review and stress, each with what it took to show it."""

import asyncio
import contextvars
import os
import socket
import threading
from collections.abc import Generator
from typing import Any

import pytest

from tests.reference import drive
from tests.reference.drive import Loop, Run, play, run_hook
from tests.reference.peer import Wire, answer, silence
from ywstorm_core.loop.driver import ClosedDriver
from ywstorm_core.loop.pending import Sleep
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net import dns

ROUTES = {"/": answer(), "/never": silence}


class Once:
    """Awaits a sleep the way `asyncio.Future` awaits itself: whoever resumes it too early breaks it."""

    def __init__(self, sleep: Sleep) -> None:
        self.sleep = sleep

    def __await__(self) -> Generator[Any, Any, None]:
        yield self.sleep
        assert self.sleep.done()


def test_a_wake_up_that_comes_after_its_await_was_cut_off_wakes_nobody(loop: Loop) -> None:
    """The future was done but its callback not yet run when the virtual user was cut off; then it ran."""
    futures: list[asyncio.Future[None]] = []
    has_begun = asyncio.Event()
    seen: list[str] = []

    async def script(vu: VirtualUser) -> None:
        futures.append(asyncio.get_running_loop().create_future())
        has_begun.set()
        try:
            await futures[0]
        except asyncio.CancelledError:
            await Once(vu.sleep(0.01))
            seen.append("cleaned up")

    async def during(run: Run, driver: ClosedDriver) -> None:
        await has_begun.wait()
        driver.stop(True)
        asyncio.get_running_loop().call_soon(futures[0].set_result, None)

    run = play(script, ROUTES, during=during, loop=loop)
    assert run.observer.exceptions == []
    assert seen == ["cleaned up"]


def test_an_abort_inside_a_task_group_is_an_abort(loop: Loop) -> None:
    async def gives_up(vu: VirtualUser) -> None:
        vu.abort("no users")

    async def script(vu: VirtualUser) -> None:
        async with asyncio.TaskGroup() as outer:
            async with asyncio.TaskGroup() as inner:
                inner.create_task(gives_up(vu))
            outer.create_task(gives_up(vu))

    run = play(script, ROUTES, loop=loop)
    assert run.observer.events == [("abort", "no users")]
    assert (run.scenario.interrupted, run.scenario.iteration_errors) == (1, 0)


def test_a_coroutine_that_is_closed_by_force_ends_in_its_context_and_as_its_task(loop: Loop) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    seen: list[object] = []

    async def script(vu: VirtualUser) -> None:
        token = variable.set("mine")
        try:
            while True:
                try:
                    await vu.get("/never")
                except asyncio.CancelledError:
                    seen.append("cancelled")
        finally:
            task: object = asyncio.current_task()
            seen.append(task is vu)
            variable.reset(token)

    run = play(script, ROUTES, duration_s=0.01, graceful_stop_s=0.0, loop=loop)
    assert seen == ["cancelled", True]
    assert run.observer.exceptions == []
    assert (run.scenario.interrupted, run.scenario.iteration_errors) == (1, 0)


def test_a_large_answer_lets_a_small_one_pass(loop: Loop) -> None:
    """Both lie whole in the kernel, the large one first, on connections whose windows an earlier round has opened."""
    size = 2**20
    wires: dict[str, Wire] = {}

    async def act(wire: Wire) -> None:
        wires[wire.asked.target] = wire
        if len(wires) == 2:
            for target, bytes_of_body in (("/large", size), ("/small", 1)):
                text = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % bytes_of_body + bytes(bytes_of_body)
                assert os.write(wires[target].socket.fileno(), text) == len(text)
            wires.clear()

    async def script(vu: VirtualUser) -> list[float]:
        for _ in range(4):
            large, small = vu.get("/large"), vu.get("/small")
            times = [(await large).timings.service_ms, (await small).timings.service_ms]
        return times

    large_ms, small_ms = run_hook(script, act, loop=loop).value
    assert small_ms < large_ms


def test_a_look_up_that_ends_after_the_run_is_told_to_nobody() -> None:
    """The loop is closed by then: handing the result over would print a traceback from the look-up's thread."""
    may_end, has_begun = threading.Event(), threading.Event()
    posted: list[object] = []

    def slow(host: str, port: int) -> list[bytes]:
        has_begun.set()
        may_end.wait(10)
        return []

    resolver = dns.Resolver(posted.append, look_up=slow)
    origin = resolver.origin("http", "slow.invalid", 80, "slow.invalid")
    resolver.resolve(origin, posted.clear)
    assert has_begun.wait(10)
    resolver.close()
    may_end.set()
    for thread in threading.enumerate():
        if thread.name.startswith("dns"):
            thread.join(10)
    assert posted == []


@pytest.mark.slow
def test_connecting_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full drops the SYN: a request may take a minute, connecting half of one."""
    monkeypatch.setattr(drive, "LONG_S", 50)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        fillers = [socket.create_connection(address, timeout=1)]

        async def script(vu: VirtualUser) -> Response:
            return await vu.get(f"http://127.0.0.1:{address[1]}/")

        response = run_hook(script).value
        assert response.error.name == "tcp.connect_timeout"
        assert 30_000 <= response.timings.service_ms < 31_000
        for filler in fillers:
            filler.close()
