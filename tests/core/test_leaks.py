"""Nothing stays behind: virtual users, requests, responses, descriptors; and nothing is printed at the end."""

import asyncio
import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import answer, close, in_order, silence
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": in_order(answer(), close(), answer()), "/never": silence}


async def keeps_nothing(vu: VirtualUser) -> None:
    await vu.get("/")


async def keeps_answers_and_requests(vu: VirtualUser) -> None:
    exchange = vu.get("/")
    vu.state["response"] = await exchange
    vu.state["exchange"] = exchange
    vu.state["self"] = vu
    vu.state["open"] = vu.get("/never")


async def raises(vu: VirtualUser) -> None:
    exchange = vu.get("/never")
    raise LookupError(exchange)


async def is_cut_off(vu: VirtualUser) -> None:
    await asyncio.gather(vu.get("/never"), vu.sleep(100))


async def waits_for_a_task(vu: VirtualUser) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(vu.get("/"))
        group.create_task(vu.sleep(0.001))


@pytest.mark.parametrize(
    "script",
    [keeps_nothing, keeps_answers_and_requests, raises, is_cut_off, waits_for_a_task],
    ids=lambda script: script.__name__,
)
def test_virtual_users_are_gone_after_their_end(script: Any, loop: Loop) -> None:
    users: list[weakref.ref[VirtualUser]] = []

    async def watched(vu: VirtualUser) -> None:
        if vu.iteration == 0:
            users.append(weakref.ref(vu))
        await script(vu)

    async def stop(vu: VirtualUser) -> None:
        await vu.sleep(0)

    run = play(watched, ROUTES, vus=4, iterations=3, duration_s=0.05, graceful_stop_s=0.0, on_stop=stop, loop=loop)
    run.observer.exceptions.clear()
    run.observer.failed.clear()
    gc.collect()
    left = [user().id for user in users if user() is not None]  # type: ignore[union-attr]
    assert len(users) == 4
    assert left == []


def test_a_hook_s_virtual_user_is_gone_too() -> None:
    users: list[weakref.ref[VirtualUser]] = []

    async def script(vu: VirtualUser) -> None:
        users.append(weakref.ref(vu))
        await vu.get("/")

    run_hook(script)
    gc.collect()
    assert users[0]() is None


def test_descriptors_are_as_before(loop: Loop) -> None:
    def descriptors() -> list[str]:
        return sorted(path.name for path in Path("/proc/self/fd").iterdir())

    play(keeps_nothing, ROUTES, loop=loop)
    before = descriptors()
    play(is_cut_off, ROUTES, vus=5, duration_s=0.02, graceful_stop_s=0.0, loop=loop)
    play(keeps_nothing, ROUTES, vus=5, iterations=3, loop=loop)
    assert descriptors() == before


def test_memory_does_not_grow_with_requests() -> None:
    """Ten thousand more requests, answers and iterations leave no more blocks behind than a few."""
    blocks: list[int] = []

    async def script(vu: VirtualUser) -> None:
        response = await vu.get("/", name="/")
        vu.check("answered", response.headers["content-length"] == "12")
        await vu.sleep(0)
        if vu.iteration % 500 == 499:
            gc.collect()
            blocks.append(sys.getallocatedblocks())

    async def forget_asked(run: Any, driver: object) -> None:
        while run.scenario.iterations < 3000:
            run.peer.asked.clear()
            await asyncio.sleep(0.001)

    play(script, iterations=3000, during=forget_asked)
    assert blocks[-1] - blocks[1] < 2000


def test_exchanges_and_responses_are_let_go_of_by_the_engine() -> None:
    async def script(vu: VirtualUser) -> list[int]:
        exchange = vu.get("/")
        response = await exchange
        await vu.sleep(0)  # from here on the answer's own step is over, and what handed it over is used again
        return [sys.getrefcount(exchange), sys.getrefcount(response)]

    exchange_refs, response_refs = run_hook(script).value
    assert exchange_refs == 2  # the local name and the argument of getrefcount
    assert response_refs == 3  # and the value that the exchange keeps


DEBUGGED = """
import asyncio, gc, sys
from tests.reference.drive import LOOPS, play
from tests.reference.peer import answer, close, in_order, silence

async def script(vu):
    asyncio.get_running_loop().set_debug(True)
    await vu.get("/")
    await asyncio.gather(vu.get("/"), vu.sleep(0.001), asyncio.sleep(0.001))
    try:
        async with asyncio.timeout(0.005):
            await vu.get("/never")
    except TimeoutError:
        pass
    async with asyncio.TaskGroup() as group:
        group.create_task(vu.get("/"))
    if vu.id == 3:
        await vu.get("/never")

for loop in LOOPS.values():
    routes = {"/": in_order(answer(), close(), answer()), "/never": silence}
    run = play(script, routes, vus=3, iterations=2, duration_s=0.3, graceful_stop_s=0.0, loop=loop)
    assert run.observer.exceptions == [], run.observer.exceptions
    assert run.scenario.interrupted == 1
    del run
gc.collect()
print("done")
"""


@pytest.mark.parametrize("flags", [["-X", "dev", "-W", "error"], ["-W", "error"]], ids=["dev", "plain"])
def test_a_process_that_ran_scripts_ends_in_silence(flags: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, *flags, "-c", DEBUGGED],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (ended.stderr, ended.stdout, ended.returncode) == ("", "done\n", 0)
