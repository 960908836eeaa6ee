"""`pace`: iteration k of a virtual user is due k intervals after its first, and at once when that is past."""

import asyncio

from tests.reference.drive import Loop, Run, play
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.driver import ClosedDriver
from ywstorm_core.loop.vu import VirtualUser

MS = 1_000_000


def test_iterations_start_an_interval_apart_never_early_however_short_they_are(loop: Loop) -> None:
    begun: list[int] = []

    async def script(vu: VirtualUser) -> None:
        begun.append(monotonic_ns())
        await vu.get("/")

    run = play(script, iterations=4, pace_s=0.02, loop=loop)
    late_ns = [at_ns - run.started_ns - k * 20 * MS for k, at_ns in enumerate(begun)]
    assert len(begun) == 4
    assert min(late_ns) >= 0
    assert max(late_ns) < 15 * MS
    assert run.ended_ns - run.started_ns < 80 * MS  # nobody waits for an iteration that does not come


def test_one_that_took_too_long_is_followed_at_once_and_the_schedule_stays() -> None:
    seen: list[tuple[int, float]] = []

    async def script(vu: VirtualUser) -> None:
        begun_ns = monotonic_ns()
        r = await vu.get("/")
        seen.append((begun_ns, r.timings.lateness_ms))
        if vu.iteration == 0:
            await vu.sleep(0.05)

    run = play(script, iterations=5, pace_s=0.02)
    offsets_ms = [(begun_ns - run.started_ns) / MS for begun_ns, _ in seen]
    assert offsets_ms[1] >= 50
    assert offsets_ms[2] - offsets_ms[1] < 15
    assert all(0 <= offset - due < 15 for offset, due in zip(offsets_ms[3:], (60, 80), strict=True))
    assert seen[1][1] >= 30  # due after 20 ms
    assert seen[2][1] >= 10  # due after 40 ms
    assert max(late for _, late in seen[3:]) < 15


def test_each_virtual_user_keeps_its_own_pace_from_its_own_start() -> None:
    begun: dict[int, list[int]] = {1: [], 2: []}

    async def script(vu: VirtualUser) -> None:
        begun[vu.id].append(monotonic_ns())

    run = play(script, events=[(0.0, 1), (0.01, 2)], iterations=3, pace_s=0.03)
    for number, first_ms in ((1, 0), (2, 10)):
        offsets_ms = [(at_ns - run.started_ns) / MS - first_ms for at_ns in begun[number]]
        assert all(0 <= offset - due < 15 for offset, due in zip(offsets_ms, (0, 30, 60), strict=True))


def test_on_start_comes_before_the_pace_begins() -> None:
    seen: list[float] = []

    async def start(vu: VirtualUser) -> None:
        await vu.sleep(0.03)

    async def script(vu: VirtualUser) -> None:
        seen.append((await vu.get("/")).timings.lateness_ms)

    play(script, iterations=2, pace_s=0.01, on_start=start)
    assert max(seen) < 9


def test_a_stop_does_not_wait_for_the_next_interval(loop: Loop) -> None:
    stopped: list[int] = []

    async def stop(vu: VirtualUser) -> None:
        stopped.append(vu.id)

    async def script(vu: VirtualUser) -> None:
        pass

    async def end(run: Run, driver: ClosedDriver) -> None:
        await asyncio.sleep(0.02)
        driver.stop(False)

    run = play(script, vus=2, iterations=None, pace_s=5, on_stop=stop, during=end, loop=loop)
    assert stopped == [1, 2]
    assert run.scenario.iterations == 2
    assert run.ended_ns - run.started_ns < 1000 * MS


def test_a_shared_budget_is_left_to_whoever_is_due() -> None:
    done: list[int] = []

    async def script(vu: VirtualUser) -> None:
        done.append(vu.id)

    run = play(script, vus=3, shared=7, pace_s=0.01)
    assert len(done) == run.scenario.iterations == 7
    assert run.scenario.dropped == 0
    assert 20 * MS <= run.ended_ns - run.started_ns < 200 * MS
