"""What a virtual user knows of where the scenario is: the number of its iteration, the time, the stage."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.drive_open import arrive
from ywstorm_core.loop.numbering import Numbering
from ywstorm_core.loop.vu import VirtualUser

MS = 1_000_000


def test_iterations_are_numbered_as_they_start_whoever_does_them(loop: Loop) -> None:
    seen: list[int | None] = []

    async def script(vu: VirtualUser) -> None:
        seen.append(vu.iteration_in_scenario)
        await vu.sleep(0.02 if vu.id == 1 else 0.001)

    play(script, vus=3, shared=12, iterations=None, loop=loop)

    assert seen == list(range(12))


def test_the_number_stays_the_same_until_the_iteration_ends() -> None:
    async def script(vu: VirtualUser) -> None:
        at_first = vu.iteration_in_scenario
        await asyncio.gather(vu.get("/"), vu.sleep(0.001 * vu.id))
        assert vu.iteration_in_scenario == at_first

    assert play(script, vus=4, iterations=3).observer.exceptions == []


def test_hooks_are_no_iterations() -> None:
    seen: list[tuple[str, int | None]] = []

    def hook(name: str) -> Callable[[VirtualUser], Coroutine[Any, Any, None]]:
        async def run(vu: VirtualUser) -> None:
            seen.append((name, vu.iteration_in_scenario))

        return run

    play(hook("iteration"), iterations=2, on_start=hook("on_start"), on_stop=hook("on_stop"))
    run_hook(hook("setup"))

    assert seen == [("on_start", None), ("iteration", 0), ("iteration", 1), ("on_stop", None), ("setup", None)]


def test_an_iteration_that_raised_has_used_its_number() -> None:
    seen: list[int | None] = []

    async def script(vu: VirtualUser) -> None:
        seen.append(vu.iteration_in_scenario)
        raise LookupError

    play(script, iterations=3)

    assert seen == [0, 1, 2]


def test_of_arrivals_it_is_the_number_of_the_arrival_dropped_ones_included() -> None:
    seen: list[int | None] = []

    async def script(vu: VirtualUser) -> None:
        seen.append(vu.iteration_in_scenario)
        await vu.sleep(0.03)

    run = arrive(script, [0, 0, 0, 0.001, 0.06], max_vus=2, duration_s=0.07)

    assert seen == [0, 1, 4]
    assert run.scenario.dropped == 2


@pytest.mark.parametrize("is_open", [False, True])
def test_the_second_of_three_processes_has_every_third_number(is_open: bool) -> None:
    seen: list[int | None] = []

    async def script(vu: VirtualUser) -> None:
        seen.append(vu.iteration_in_scenario)

    numbering = Numbering(range(2, 7, 3), 6)
    if is_open:
        arrive(script, [0.0] * 5, vus=range(2, 7, 3), numbering=numbering)
    else:
        play(script, events=[(0.0, 2), (0.0, 5)], shared=5, iterations=None, numbering=numbering)

    assert seen == [1, 4, 7, 10, 13]


def test_elapsed_counts_from_the_start_of_the_scenario(loop: Loop) -> None:
    seen: list[float] = []

    async def script(vu: VirtualUser) -> None:
        seen.append(vu.elapsed)
        await vu.sleep(0.02)
        seen.append(vu.elapsed)

    play(script, events=[(0.0, 1), (0.03, 2), (10.0, -1), (10.0, -2)], iterations=1, loop=loop)
    first, second, *_, last = seen

    assert 0 <= first <= second - 0.02
    assert 0.05 <= last < 5


def test_in_setup_elapsed_counts_from_its_own_start() -> None:
    async def setup(vu: VirtualUser) -> tuple[float, float]:
        before = vu.elapsed
        await vu.sleep(0.01)
        return before, vu.elapsed

    before, after = run_hook(setup).value

    assert 0 <= before <= after - 0.01 < 5


def test_the_stage_is_the_present_one_and_at_last_the_last_one() -> None:
    seen: list[str | None] = []

    async def script(vu: VirtualUser) -> None:
        for _ in range(2):
            seen.append(vu.stage)
            await vu.sleep(0.2)

    play(script, stages=[(0, "rise"), (200 * MS, "peak"), (200 * MS, "fall")])

    assert seen == ["rise", "fall"]


def test_without_stages_there_is_no_stage() -> None:
    async def script(vu: VirtualUser) -> None:
        assert vu.stage is None

    assert play(script).observer.exceptions == []
