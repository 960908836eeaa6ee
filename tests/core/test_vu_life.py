"""A virtual user from its start to its end: on_start, iterations, on_stop, exceptions, abort and fail."""

import asyncio
import contextlib

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import answer, silence
from ywstorm_core.loop.orders import AbortRun
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/never": silence}


def test_on_start_and_on_stop_run_once_each_around_the_iterations(loop: Loop) -> None:
    order: list[str] = []

    async def start(vu: VirtualUser) -> None:
        vu.state["token"] = "t"
        await vu.get("/start")
        order.append("start")

    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        order.append(f"{vu.iteration} {vu.state['token']}")

    async def stop(vu: VirtualUser) -> None:
        await vu.get("/stop")
        order.append("stop")

    run = play(script, on_start=start, on_stop=stop, iterations=2, loop=loop)
    assert order == ["start", "0 t", "1 t", "stop"]
    assert [run.requests(name=name, phase="main") for name in ("/start", "/", "/stop")] == [1, 2, 1]
    assert run.peer.n_connections == 1
    assert run.series("iteration_duration")[0].histogram.count == 2  # type: ignore[attr-defined]


def test_what_a_script_sees_of_its_virtual_user() -> None:
    async def script(vu: VirtualUser) -> None:
        seen.append((vu.id, vu.iteration, vu.scenario, vu.env["KEY"], vu.data.port > 0, vu.state, dict(vu.tags)))

    seen: list[tuple[object, ...]] = []
    play(script, vus=2, iterations=2, vu_base=10, env={"KEY": "value"})
    assert sorted(seen, key=str) == [
        (user, iteration, "test", "value", True, {}, {}) for user in (11, 12) for iteration in (0, 1)
    ]


def test_an_exception_is_counted_shown_and_does_not_end_the_virtual_user(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        if vu.iteration < 2:
            raise LookupError(f"planted {vu.iteration}")

    run = play(script, iterations=3, loop=loop)
    assert (run.scenario.iterations, run.scenario.iteration_errors) == (3, 2)
    assert [str(error) for error in run.observer.exceptions] == ["planted 0", "planted 1"]
    assert run.series("iteration_errors")[0].value == 2  # type: ignore[attr-defined]
    assert run.engine.requests_ok == 3


def test_a_function_that_takes_no_virtual_user_is_an_exception_like_any_other() -> None:
    async def script() -> None:
        raise AssertionError("never called")

    run = play(script, iterations=2)  # type: ignore[arg-type]
    assert run.scenario.iteration_errors == 2
    assert {type(error) for error in run.observer.exceptions} == {TypeError}


def test_what_an_iteration_leaves_open_does_not_meet_the_next_one(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        vu.state["open"] = vu.get("/never")
        raise LookupError

    run = play(script, ROUTES, iterations=3, loop=loop)
    assert run.engine.requests_cut_off == 3
    assert run.scenario.iteration_errors == 3


def test_on_start_that_raises_is_tried_again_a_second_later() -> None:
    tried_ns: list[int] = []

    async def start(vu: VirtualUser) -> None:
        tried_ns.append(round(vu.get_loop().time() * 1e9))
        if len(tried_ns) == 1:
            raise LookupError("planted")

    async def script(vu: VirtualUser) -> None:
        await vu.get("/")

    run = play(script, on_start=start)
    first, second = tried_ns
    assert 999_000_000 <= second - first < 1_500_000_000
    assert (run.scenario.iterations, run.scenario.iteration_errors) == (1, 1)


def test_a_stop_does_not_wait_for_on_start_to_be_tried_again() -> None:
    async def start(vu: VirtualUser) -> None:
        raise LookupError("planted")

    async def script(vu: VirtualUser) -> None:
        raise AssertionError("never reached")

    run = play(script, on_start=start, duration_s=0.02)
    assert run.ended_ns - run.started_ns < 500_000_000
    assert run.scenario.iteration_errors == 1
    assert run.scenario.dropped == 1


def test_on_stop_that_raises_is_counted_and_ends_the_virtual_user_all_the_same() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")

    async def stop(vu: VirtualUser) -> None:
        raise LookupError("planted")

    run = play(script, on_stop=stop)
    assert (run.scenario.iterations, run.scenario.iteration_errors) == (1, 1)


def test_abort_is_told_once_interrupts_its_iteration_and_no_other_follows() -> None:
    async def script(vu: VirtualUser) -> None:
        with contextlib.suppress(Exception):  # what a careless script would write
            vu.abort("the target is on fire")

    run = play(script, iterations=5)
    assert run.observer.events == [("abort", "the target is on fire")]
    assert (run.scenario.iterations, run.scenario.interrupted, run.scenario.dropped) == (0, 1, 4)


def test_abort_in_on_start_is_told_once_and_not_tried_again() -> None:
    async def start(vu: VirtualUser) -> None:
        vu.abort("no")

    async def script(vu: VirtualUser) -> None:
        raise AssertionError("never reached")

    run = play(script, on_start=start)
    assert run.observer.events == [("abort", "no")]
    assert run.ended_ns - run.started_ns < 500_000_000


def test_fail_is_told_and_the_iteration_goes_on() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.fail("not good enough")
        await vu.get("/")

    run = play(script)
    assert run.observer.events == [("fail", "not good enough")]
    assert run.scenario.iterations == 1


def test_a_hook_gives_its_value_as_virtual_user_0(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> dict[str, int]:
        return {"id": vu.id, "status": (await vu.get("/")).status}

    assert run_hook(script, loop=loop).value == {"id": 0, "status": 200}


@pytest.mark.parametrize("error", [LookupError("planted"), AbortRun("planted"), asyncio.CancelledError("planted")])
def test_a_hook_that_raises_hands_its_exception_over(error: BaseException, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        raise error

    with pytest.raises(type(error), match="planted"):
        run_hook(script, loop=loop)
