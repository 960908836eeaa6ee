"""The closed driver: who starts and stops when, budgets of iterations, graceful ends, and ends by force."""

import asyncio
from typing import Any

import pytest

from tests.reference.drive import Loop, Run, play, run_hook
from tests.reference.peer import answer, silence
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.driver import ClosedDriver, HookDriver
from ywstorm_core.loop.vu import VirtualUser

MS = 1_000_000
ROUTES = {"/": answer(), "/never": silence}


async def ask(vu: VirtualUser) -> None:
    """One request an iteration."""
    await vu.get("/")


async def ask_in_vain(vu: VirtualUser) -> None:
    """An iteration that never ends of itself."""
    await vu.get("/never")


async def will_not_end(vu: VirtualUser) -> None:
    """An iteration that swallows every cancellation."""
    while True:
        try:
            await vu.get("/never")
        except asyncio.CancelledError:
            continue


def test_every_virtual_user_gets_its_own_budget(loop: Loop) -> None:
    seen: list[tuple[int, int]] = []

    async def script(vu: VirtualUser) -> None:
        seen.append((vu.id, vu.iteration))
        await vu.get("/")

    run = play(script, vus=3, iterations=2, vu_base=100, loop=loop)
    assert sorted(seen) == [(vu, iteration) for vu in (101, 102, 103) for iteration in (0, 1)]
    assert (run.scenario.iterations_started, run.scenario.iterations, run.scenario.dropped) == (6, 6, 0)
    assert (run.scenario.vus_scheduled, run.scenario.vus_started, run.scenario.vus_max) == (3, 3, 3)


def test_a_shared_budget_is_spent_to_the_last_iteration_by_whoever_is_free(loop: Loop) -> None:
    done: list[int] = []

    async def script(vu: VirtualUser) -> None:
        await vu.sleep(0.03 if vu.id == 1 else 0.0005)
        done.append(vu.id)

    run = play(script, vus=2, shared=20, loop=loop)
    assert run.scenario.iterations == len(done) == 20
    assert done.count(1) < 5


def test_a_budget_that_time_cuts_short_drops_the_rest() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.sleep(0.02)

    run = play(script, vus=2, iterations=10, duration_s=0.05)
    assert run.scenario.iterations + run.scenario.dropped == 20
    assert run.scenario.dropped >= 14
    assert run.series("dropped_iterations")[0].value == run.scenario.dropped  # type: ignore[attr-defined]


def test_no_budget_of_any_kind_ends_at_once() -> None:
    run = play(ask, events=[], iterations=None)
    assert run.scenario.iterations_started == 0
    assert run.ended_ns == run.started_ns


def test_an_iteration_that_never_waits_lets_the_others_have_their_turn(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        turns.append(vu.id)

    turns: list[int] = []
    play(script, vus=2, iterations=3, loop=loop)
    assert turns == [1, 2, 1, 2, 1, 2]


def test_starts_follow_the_plan_never_early(loop: Loop) -> None:
    started: dict[int, int] = {}

    async def script(vu: VirtualUser) -> None:
        started[vu.id] = monotonic_ns()
        await vu.sleep(0.01)

    starts = [(0.0, 1), (0.005, 2), (0.01, 3), (0.01, 4)]
    run = play(script, events=starts, loop=loop)
    offsets = [started[number] - run.started_ns - round(at_s * 1e9) for at_s, number in starts]
    assert min(offsets) >= 0
    assert max(offsets) < 50 * MS


def test_hundreds_of_starts_at_one_instant_all_take_place() -> None:
    run = play(ask, vus=300)
    assert run.scenario.vus_started == run.scenario.iterations == run.engine.requests_ok == 300
    assert run.scenario.vus_max <= 300


def test_a_virtual_user_told_to_stop_ends_its_iteration_first(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.sleep(0.03)

    run = play(script, iterations=None, duration_s=0.005, loop=loop)
    assert (run.scenario.iterations, run.scenario.interrupted) == (1, 0)
    assert run.ended_ns - run.started_ns >= 30 * MS


def test_after_graceful_stop_what_still_runs_is_cut_off_and_counted_apart(loop: Loop) -> None:
    order: list[str] = []

    async def script(vu: VirtualUser) -> None:
        try:
            await vu.get("/never")
        finally:
            order.append("finally")

    async def stop(vu: VirtualUser) -> None:
        order.append("on_stop")

    run = play(script, ROUTES, iterations=None, duration_s=0.01, graceful_stop_s=0.02, on_stop=stop, loop=loop)
    assert order == ["finally"]
    assert (run.scenario.iterations, run.scenario.interrupted, run.scenario.iteration_errors) == (0, 1, 0)
    assert run.engine.requests_cut_off == 1
    assert run.observer.exceptions == []
    assert 30 * MS <= run.ended_ns - run.started_ns < 200 * MS


def test_one_that_swallows_its_cancellation_is_closed_a_quarter_of_a_second_later(loop: Loop) -> None:
    run = play(will_not_end, ROUTES, duration_s=0.01, graceful_stop_s=0.0, loop=loop)
    assert run.scenario.interrupted == 1
    assert 250 * MS <= run.ended_ns - run.started_ns < 600 * MS


def test_one_that_will_not_even_be_closed_is_told_and_left() -> None:
    async def script(vu: VirtualUser) -> None:
        for _ in ("the cancellation", "the closing"):
            try:
                await vu.get("/never")
            except (asyncio.CancelledError, GeneratorExit):
                continue
        await vu.get("/never")

    run = play(script, ROUTES, duration_s=0.01, graceful_stop_s=0.0)
    assert run.scenario.interrupted == 1
    assert [str(error) for error in run.observer.exceptions] == ["coroutine ignored GeneratorExit"]


@pytest.mark.parametrize("now", [False, True], ids=["gracefully", "now"])
def test_the_run_can_be_stopped_in_the_middle(now: bool, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.sleep(0.06)

    async def stop(run: Run, driver: ClosedDriver) -> None:
        await asyncio.sleep(0.01)
        assert driver.n_running == 2
        assert not driver.has_started_all
        driver.stop(now)
        assert driver.has_started_all

    run = play(script, events=[(0.0, 1), (0.0, 2), (5.0, 3)], iterations=None, during=stop, loop=loop)
    assert run.scenario.vus_started == 2
    assert (run.scenario.iterations, run.scenario.interrupted) == ((0, 2) if now else (2, 0))
    assert run.ended_ns - run.started_ns < (50 if now else 200) * MS


def test_a_stop_before_the_first_start_ends_the_run() -> None:
    async def stop(run: Run, driver: ClosedDriver) -> None:
        driver.stop(False)

    run = play(ask, events=[(5.0, 1)], during=stop)
    assert run.scenario.vus_started == 0


def test_a_second_stop_cuts_off_what_the_first_let_go_on() -> None:
    async def stop(run: Run, driver: ClosedDriver) -> None:
        await asyncio.sleep(0.01)
        driver.stop(False)
        await asyncio.sleep(0.01)
        assert driver.n_running == 1
        driver.stop(True)

    run = play(ask_in_vain, ROUTES, iterations=None, during=stop, graceful_stop_s=30)
    assert run.scenario.interrupted == 1
    assert run.ended_ns - run.started_ns < 300 * MS


def test_ramping_down_gives_a_running_iteration_its_own_grace(loop: Loop) -> None:
    run = play(
        ask_in_vain,
        ROUTES,
        events=[(0.0, 1), (0.0, 2), (0.01, -2), (0.2, -1)],
        iterations=None,
        duration_s=0.2,
        ramp_down_s=0.02,
        graceful_stop_s=0.0,
        during=look_at_n_running,
        loop=loop,
    )
    assert run.value == [2, 1]
    assert run.scenario.interrupted == 2


async def look_at_n_running(run: Run, driver: ClosedDriver) -> None:
    """Virtual users before and after the first one's grace is over."""
    run.value = []
    for until_ns in (20 * MS, 100 * MS):
        await asyncio.sleep((run.started_ns + until_ns - monotonic_ns()) / 1e9)
        run.value.append(driver.n_running)


def life_of(*events: tuple[float, int], **more: Any) -> tuple[Run, list[str]]:
    """A ramp over virtual user 1 alone; starts, iterations and stops in order."""
    order: list[str] = []

    async def start(vu: VirtualUser) -> None:
        order.append("start")

    async def script(vu: VirtualUser) -> None:
        order.append(f"begin {vu.iteration}")
        await vu.sleep(0.04)
        order.append("end")

    async def stop(vu: VirtualUser) -> None:
        order.append("stopping")
        await vu.sleep(0.03)
        order.append("stopped")

    run = play(script, events=list(events), iterations=None, on_start=start, on_stop=stop, ramp_down_s=1.0, **more)
    return run, order


def test_a_virtual_user_wanted_again_before_it_ended_goes_on_as_if_nothing_had_been(loop: Loop) -> None:
    run, order = life_of((0.0, 1), (0.01, -1), (0.02, 1), (0.05, -1), duration_s=1.0, loop=loop)
    assert order == ["start", "begin 0", "end", "begin 1", "end", "stopping", "stopped"]
    assert (run.scenario.vus_started, run.scenario.vus_max) == (2, 1)


def test_a_virtual_user_wanted_again_after_its_end_starts_anew(loop: Loop) -> None:
    _, order = life_of((0.0, 1), (0.01, -1), (0.1, 1), (0.11, -1), duration_s=1.0, loop=loop)
    assert order == ["start", "begin 0", "end", "stopping", "stopped"] * 2


def test_a_virtual_user_wanted_again_in_its_on_stop_starts_anew_beside_it(loop: Loop) -> None:
    run, order = life_of((0.0, 1), (0.01, -1), (0.055, 1), (0.06, -1), duration_s=1.0, loop=loop)
    assert order[:6] == ["start", "begin 0", "end", "stopping", "start", "begin 0"]
    assert order.count("stopped") == 2
    assert run.scenario.vus_started == 2


def test_stopping_the_run_reaches_those_who_were_replaced_too() -> None:
    async def stop(run: Run, driver: ClosedDriver) -> None:
        await asyncio.sleep(0.065)
        assert driver.n_running == 2
        driver.stop(True)

    run, _ = life_of((0.0, 1), (0.01, -1), (0.055, 1), duration_s=10.0, during=stop)
    assert run.ended_ns - run.started_ns < 500 * MS


def test_a_hook_whose_time_is_over_is_cancelled(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        vu.get_loop().call_later(0.005, driver_of[0].cut)
        await vu.get("/never")

    driver_of: list[HookDriver] = []
    with pytest.raises(asyncio.CancelledError):
        run_hook(script, ROUTES, loop=loop, drivers=driver_of)


def test_a_hook_that_will_not_end_is_closed(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        vu.get_loop().call_later(0.005, driver_of[0].cut)
        await will_not_end(vu)

    driver_of: list[HookDriver] = []
    with pytest.raises(TimeoutError, match="cut off"):
        run_hook(script, ROUTES, loop=loop, drivers=driver_of)
    driver_of[0].cut()
