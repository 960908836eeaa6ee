"""The open driver: arrivals start when they are due, on whoever is free; drops; ends; accounts that balance."""

import asyncio
import gc
import weakref
from array import array
from collections.abc import Iterator
from typing import Any

import pytest

from tests.reference.drive import Loop, Run
from tests.reference.drive_open import arrive
from tests.reference.peer import answer, silence
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.open_driver import OpenDriver
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.stats.series import RequestSeries

MS = 1_000_000
ROUTES = {"/": answer(), "/never": silence}


async def ask(vu: VirtualUser) -> None:
    """One request an iteration."""
    await vu.get("/")


async def ask_in_vain(vu: VirtualUser) -> None:
    """An iteration that never ends of itself."""
    await vu.get("/never")


async def do_nothing(vu: VirtualUser) -> None:
    """An iteration that never waits."""


async def outlast(vu: VirtualUser) -> None:
    """An iteration that is longer than all arrivals take."""
    await vu.sleep(1)


def accounts(run: Run) -> tuple[int, int, int]:
    """Scheduled, started and dropped, once they balance."""
    scenario = run.scenario
    assert scenario.vus_scheduled == scenario.vus_started + scenario.dropped
    assert scenario.vus_started == scenario.iterations_started == scenario.iterations + scenario.interrupted
    infinite = sum(series.latency.infinite for series in run.series("http_req") if isinstance(series, RequestSeries))
    assert infinite == scenario.dropped
    return scenario.vus_scheduled, scenario.vus_started, scenario.dropped


def test_every_arrival_starts_an_iteration_and_none_starts_early(loop: Loop) -> None:
    begun: list[int] = []

    async def script(vu: VirtualUser) -> None:
        begun.append(monotonic_ns())
        await vu.get("/")

    due_s = [0.0, 0.004, 0.004, 0.011, 0.03]
    run = arrive(script, due_s, loop=loop)
    late_ns = [at_ns - run.started_ns - round(at_s * 1e9) for at_ns, at_s in zip(begun, due_s, strict=True)]
    assert accounts(run) == (5, 5, 0)
    assert min(late_ns) >= 0
    assert max(late_ns) < 50 * MS
    assert 50 * MS <= run.ended_ns - run.started_ns < 150 * MS


def test_an_arrival_at_the_very_end_still_starts() -> None:
    run = arrive(ask, [0.05], duration_s=0.05)
    assert accounts(run) == (1, 1, 0)
    assert run.scenario.iterations == 1


def test_without_an_arrival_it_ends_when_its_time_is_over(loop: Loop) -> None:
    run = arrive(ask, [], loop=loop)
    assert accounts(run) == (0, 0, 0)
    assert run.scenario.vus_max == 0
    assert run.ended_ns == run.started_ns + 50 * MS


def busy(milliseconds: int) -> None:
    """Keep the loop from its work, as a script that computes does."""
    until_ns = monotonic_ns() + milliseconds * MS
    while monotonic_ns() < until_ns:
        pass


def test_arrivals_that_came_due_while_the_loop_was_late_start_late_and_say_so(loop: Loop) -> None:
    seen: list[tuple[float, float]] = []

    async def script(vu: VirtualUser) -> None:
        if (vu.id, vu.iteration) == (1, 0):
            busy(40)
        r = await vu.get("/")
        seen.append((r.timings.lateness_ms, r.timings.latency_ms - r.timings.service_ms))

    due_s = [0.0, 0.005, 0.01, 0.015, 0.02, 0.03]
    run = arrive(script, due_s, duration_s=0.03, loop=loop)
    lateness_ms = sorted(lateness for lateness, _ in seen)
    assert accounts(run) == (6, 6, 0)
    assert all(lateness == pytest.approx(added) for lateness, added in seen)
    assert [late >= 40 - 1000 * at_s for late, at_s in zip(lateness_ms, reversed(due_s), strict=True)] == [True] * 6


def test_a_later_request_of_an_iteration_is_due_when_the_one_before_it_was_answered() -> None:
    seen: list[float] = []

    async def script(vu: VirtualUser) -> None:
        if vu.iteration == 0:
            busy(30)
        seen.extend([(await vu.get("/")).timings.lateness_ms for _ in range(2)])

    arrive(script, [0.0], duration_s=0.001)
    assert seen[0] >= 30
    assert seen[1] < 20


def test_whoever_became_free_last_is_taken_first(loop: Loop) -> None:
    taken: list[int] = []

    async def script(vu: VirtualUser) -> None:
        taken.append(vu.id)
        await vu.sleep(0.15 if len(taken) < 3 else 0.01)

    run = arrive(script, [0.0, 0.02, 0.4, 0.5, 0.6], duration_s=0.6, loop=loop)
    assert taken[:2] == [1, 2]
    assert set(taken[2:]) == {taken[2]}
    assert run.scenario.vus_max == 2
    assert accounts(run) == (5, 5, 0)


def test_one_who_is_free_serves_all_arrivals_on_one_connection() -> None:
    run = arrive(ask, [0.01 * n for n in range(5)], duration_s=0.05)
    assert (run.scenario.vus_max, run.engine.connections_opened, run.engine.requests_ok) == (1, 1, 5)


def test_iterations_that_never_wait_need_one_virtual_user(loop: Loop) -> None:
    run = arrive(do_nothing, [0.0] * 500, duration_s=0.001, loop=loop)
    assert accounts(run) == (500, 500, 0)
    assert run.scenario.vus_max == 1


def test_thousands_of_arrivals_at_one_instant_let_the_loop_have_its_turns() -> None:
    turns: list[int] = []

    async def look(run: Run, driver: OpenDriver) -> None:
        while driver.n_running < 3000:
            turns.append(driver.n_running)
            await asyncio.sleep(0)

    run = arrive(outlast, [0.0] * 3000, max_vus=3000, duration_s=0.001, during=look)
    assert accounts(run) == (3000, 3000, 0)
    assert len(set(turns)) > 5


def test_an_arrival_that_finds_nobody_free_is_dropped_and_judged_infinite(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.sleep(0.02)
        await vu.get("/")

    run = arrive(script, [0.0, 0.001, 0.002, 0.003, 0.045], max_vus=2, loop=loop, tags={"team": "a"})
    [dropped] = [series for series in run.series("http_req") if series.tag("method") is None]
    assert accounts(run) == (5, 3, 2)
    assert isinstance(dropped, RequestSeries)
    assert dropped.tags == (("phase", "main"), ("scenario", "test"), ("team", "a"))
    assert (dropped.count, dropped.failed, dropped.latency.count, dropped.latency.infinite) == (0, 0, 0, 2)
    assert (dropped.service.infinite, dropped.duration.infinite, dropped.lateness.infinite) == (0, 0, 0)
    assert run.series("dropped_iterations")[0].value == 2  # type: ignore[attr-defined]
    assert run.scenario.vus_max == 2


def test_a_drop_belongs_to_the_stage_in_which_it_was_due() -> None:
    stages = [(0, "up"), (20 * MS, "down")]
    run = arrive(ask_in_vain, [0.0, 0.005, 0.03, 0.04], ROUTES, max_vus=1, graceful_stop_s=0, stages=stages)
    drops = {
        series.tag("stage"): series.latency.infinite
        for series in run.series("http_req")
        if isinstance(series, RequestSeries) and series.latency.infinite
    }
    assert drops == {"up": 1, "down": 2}
    assert accounts(run) == (4, 1, 3)


def test_with_no_numbers_at_all_every_arrival_is_dropped() -> None:
    assert accounts(arrive(ask, [0.0, 0.01], vus=range(1, 1))) == (2, 0, 2)


def test_virtual_users_take_the_numbers_of_their_segment_as_they_are_needed() -> None:
    ids: list[int] = []

    async def script(vu: VirtualUser) -> None:
        ids.append(vu.id)
        await vu.sleep(0.02)

    run = arrive(script, [0.0, 0.0, 0.0], vus=range(2, 100, 4), vu_base=1000)
    assert ids == [1002, 1006, 1010]
    assert run.scenario.vus_max == 3


def test_due_times_come_block_by_block_as_they_are_needed() -> None:
    asked: list[int] = []

    def blocks() -> Iterator["array[int]"]:
        for number in range(4):
            asked.append(number)
            yield array("q", [number * 10 * MS, number * 10 * MS + 1])

    async def look(run: Run, driver: OpenDriver) -> None:
        assert asked == [0]
        assert not driver.has_started_all

    run = arrive(ask, [], blocks=blocks(), during=look)
    assert asked == [0, 1, 2, 3]
    assert accounts(run) == (8, 8, 0)


def test_blocks_of_anything_but_int64_are_refused() -> None:
    with pytest.raises(ValueError, match="due times must be blocks of int64"):
        arrive(ask, [], blocks=[array("i", [0])])


def test_nobody_outlives_the_run(loop: Loop) -> None:
    users: list[weakref.ref[VirtualUser]] = []

    async def script(vu: VirtualUser) -> None:
        users.append(weakref.ref(vu))
        await vu.get("/")

    arrive(script, [0.0] * 20, loop=loop)
    gc.collect()
    assert len(users) == 20
    assert [user() for user in users] == [None] * 20


def test_on_start_comes_before_the_first_iteration_and_its_arrival_waits(loop: Loop) -> None:
    order: list[str] = []

    async def start(vu: VirtualUser) -> None:
        order.append(f"start {vu.id}")
        await vu.sleep(0.02)

    async def script(vu: VirtualUser) -> None:
        order.append(f"run {vu.id}.{vu.iteration}")
        await vu.get("/")

    async def stop(vu: VirtualUser) -> None:
        order.append(f"stop {vu.id}")

    run = arrive(script, [0.0, 0.04], duration_s=0.05, on_start=start, on_stop=stop, loop=loop)
    assert order == ["start 1", "run 1.0", "run 1.1", "stop 1"]
    assert accounts(run) == (2, 2, 0)
    [lateness] = [series.lateness for series in run.series("http_req", method="GET")]  # type: ignore[attr-defined]
    assert lateness.max >= 20 * MS


def test_an_on_start_that_fails_is_tried_again_and_its_arrival_waits() -> None:
    tries: list[int] = []

    async def start(vu: VirtualUser) -> None:
        tries.append(vu.id)
        if len(tries) == 1:
            raise ValueError("not yet")

    run = arrive(ask, [0.0], duration_s=1.1, on_start=start)
    assert tries == [1, 1]
    assert accounts(run) == (1, 1, 0)
    assert run.scenario.iteration_errors == 1


def test_an_arrival_whose_virtual_user_never_gets_ready_was_dropped_after_all() -> None:
    async def start(vu: VirtualUser) -> None:
        raise ValueError("never")

    run = arrive(ask, [0.0, 0.01], duration_s=0.05, on_start=start)
    assert accounts(run) == (2, 0, 2)
    assert run.scenario.iteration_errors == 4  # each once when it came, and once more at the end
    assert run.ended_ns - run.started_ns < 500 * MS


def test_an_arrival_that_still_waits_at_the_end_starts_within_graceful_stop(loop: Loop) -> None:
    async def start(vu: VirtualUser) -> None:
        await vu.sleep(0.05)

    run = arrive(ask, [0.0], duration_s=0.01, on_start=start, loop=loop)
    assert accounts(run) == (1, 1, 0)
    run = arrive(ask, [0.0], duration_s=0.01, graceful_stop_s=0.01, on_start=start, loop=loop)
    assert accounts(run) == (1, 0, 1)


def test_iterations_that_outlast_graceful_stop_are_cut_off(loop: Loop) -> None:
    run = arrive(ask_in_vain, [0.0, 0.01], ROUTES, duration_s=0.02, graceful_stop_s=0.02, loop=loop)
    assert accounts(run) == (2, 2, 0)
    assert (run.scenario.iterations, run.scenario.interrupted, run.engine.requests_cut_off) == (0, 2, 2)
    assert 40 * MS <= run.ended_ns - run.started_ns < 200 * MS


def test_an_on_stop_of_the_idle_is_cut_off_too() -> None:
    async def stop(vu: VirtualUser) -> None:
        await vu.get("/never")

    run = arrive(do_nothing, [0.0], ROUTES, duration_s=0.01, graceful_stop_s=0.02, on_stop=stop)
    assert accounts(run) == (1, 1, 0)
    assert 30 * MS <= run.ended_ns - run.started_ns < 200 * MS


@pytest.mark.parametrize(("now", "interrupted"), [(True, 1), (False, 0)])
def test_a_stop_lets_nothing_more_arrive(now: bool, interrupted: int, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        if vu.id == 1:
            await vu.sleep(0.05)

    async def stop(run: Run, driver: OpenDriver) -> None:
        await asyncio.sleep(0.02)
        assert (driver.n_running, driver.has_started_all) == (2, True)
        driver.stop(now)
        driver.stop(now)

    run = arrive(script, [0.0, 0.001, 5.0], duration_s=10, during=stop, loop=loop)
    assert accounts(run) == (2, 2, 0)
    assert run.scenario.interrupted == interrupted
    assert run.ended_ns - run.started_ns < 1000 * MS


def test_a_stop_before_the_start_ends_it() -> None:
    async def stop(run: Run, driver: OpenDriver) -> None:
        driver.stop(False)

    assert accounts(arrive(ask, [0.01], during=stop)) == (0, 0, 0)


def test_an_exception_counts_and_its_virtual_user_is_free_again() -> None:
    async def script(vu: VirtualUser) -> None:
        raise ValueError("of the script")

    run = arrive(script, [0.0, 0.01, 0.02])
    assert accounts(run) == (3, 3, 0)
    assert (run.scenario.iteration_errors, run.scenario.vus_max) == (3, 1)


def test_one_that_ends_itself_is_replaced_while_there_are_numbers() -> None:
    seen: list[int] = []

    async def script(vu: VirtualUser) -> None:
        seen.append(vu.id)
        vu.cancel()
        await vu.get("/")

    run = arrive(script, [0.0, 0.01, 0.02, 0.03], max_vus=3)
    assert seen == [1, 2, 3]
    assert accounts(run) == (4, 3, 1)
    assert run.scenario.vus_max == 1


def test_one_that_is_cancelled_while_it_is_free_is_passed_over(loop: Loop) -> None:
    async def cancel(run: Run, driver: OpenDriver) -> None:
        await asyncio.sleep(0.01)
        users[0].cancel()

    users: list[Any] = []

    async def script(vu: VirtualUser) -> None:
        users.append(vu)

    run = arrive(script, [0.0, 0.03], during=cancel, loop=loop)
    assert accounts(run) == (2, 2, 0)
    assert [vu.id for vu in users] == [1, 2]
    users.clear()


def test_an_abort_tells_the_run_and_leaves_the_others_alone() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.abort("enough")

    run = arrive(script, [0.0, 0.01])
    assert run.observer.events == [("abort", "enough")] * 2
    assert accounts(run) == (2, 2, 0)
    assert run.scenario.interrupted == 2
