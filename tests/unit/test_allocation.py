"""Workers and VUs that the machine allows, and what a plan needs in all."""

from pathlib import Path
from typing import Any

import pytest

from tests.reference.scripts import IMPORTS, plan
from ywstorm.errors import OptionsError
from ywstorm.plan import ConstantArrivalRate, ConstantVUs, Executor, RampingArrivalRate, SharedIterations, Stage
from ywstorm.script.allocation import MAX_DEFAULT_VUS, allocated
from ywstorm.script.capacity import RESERVED_DESCRIPTORS, Capacity
from ywstorm.script.flags import Flags
from ywstorm.script.loader import load_script
from ywstorm.script.model import Scenario
from ywstorm.script.run_plan import RunPlan, resolve

NS_PER_S = 1_000_000_000
OPEN = ConstantArrivalRate(rate=10, duration="10s")
LIMITED = ConstantArrivalRate(rate=10, duration="10s", max_vus=30)


async def nothing(vu: Any) -> None: ...


def scenarios(*executors: Executor) -> list[Scenario]:
    return [
        Scenario(name=f"s{number}", function=nothing, executor=executor) for number, executor in enumerate(executors)
    ]


def capacity(cores: int, connections: int) -> Capacity:
    return Capacity(cores=cores, descriptors=connections + RESERVED_DESCRIPTORS)


SHARES: dict[str, tuple[list[Executor], Capacity, list[int]]] = {
    "what the descriptors of all workers leave": ([OPEN], capacity(2, 100), [200]),
    "beside closed VUs": ([ConstantVUs(vus=50, duration=1), OPEN], capacity(2, 100), [50, 150]),
    "in equal parts": ([OPEN, LIMITED, OPEN], capacity(1, 101), [35, 30, 35]),
    "its own limit": ([LIMITED], capacity(2, 1000), [30]),
    "at most so many": ([OPEN], Capacity(cores=1, descriptors=2**63 - 1), [MAX_DEFAULT_VUS]),
}


@pytest.mark.parametrize(("executors", "machine", "vus"), SHARES.values(), ids=SHARES)
def test_an_open_scenario_may_create(executors: list[Executor], machine: Capacity, vus: list[int]) -> None:
    planned, workers = allocated(scenarios(*executors), "auto", machine)

    assert [scenario.executor.max_vus for scenario in planned] == vus
    assert [scenario.vu_base for scenario in planned] == [sum(vus[:number]) for number in range(len(vus))]
    assert workers == machine.cores


def test_an_open_scenario_for_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(OptionsError, match="101 in one worker need a connection each, and a process may have 100"):
        allocated(scenarios(ConstantVUs(vus=100, duration=1), OPEN), "1", capacity(1, 100))


def test_without_descriptors_nothing_runs() -> None:
    with pytest.raises(OptionsError, match="1 in one worker need a connection each, and a process may have 0"):
        allocated(scenarios(ConstantVUs(vus=1, duration=1)), "1", Capacity(cores=1, descriptors=10))


EDITS: dict[str, tuple[dict[str, Any], object, str]] = {
    "the most VUs": (
        {"vus": 7},
        ConstantArrivalRate(rate=20, duration="10s", max_vus=7),
        "buy: 20 iterations/s for 10s, by at most 7 VUs, not 20 iterations/s for 10s, by at most 50 VUs (--vus)",
    ),
    "the duration": (
        {"duration": "5s"},
        ConstantArrivalRate(rate=20, duration="5s", max_vus=50),
        "buy: 20 iterations/s for 5s, by at most 50 VUs, not 20 iterations/s for 10s, by at most 50 VUs (--duration)",
    ),
    "stages of rates": (
        {"stages": ("1s:40", "2s:0"), "vus": 9},
        RampingArrivalRate(start_rate=20, stages=[Stage("1s", 40), Stage("2s", 0)], max_vus=9),
        (
            "buy: up to 40 iterations/s ramping over 3s in 2 stages, by at most 9 VUs, not 20 iterations/s for 10s, "
            "by at most 50 VUs (--vus, --stage)"
        ),
    ),
    "a number of iterations, by one VU": (
        {"iterations": 5},
        SharedIterations(vus=1, iterations=5),
        (
            "buy: 5 iterations shared by 1 VU in at most 10m, not 20 iterations/s for 10s, by at most 50 VUs "
            "(--iterations)"
        ),
    ),
}
ARRIVALS = """
    from ywstorm import ConstantArrivalRate, RampingArrivalRate

    @scenario(ConstantArrivalRate(rate=20, duration="10s", max_vus=50))
    async def buy(vu): ...

    @scenario(RampingArrivalRate(start_rate=5, time_unit="1m", stages=[Stage("4s", 60)]), start_time="1m")
    async def browse(vu): ...
"""


@pytest.mark.parametrize(("flags", "executor", "override"), EDITS.values(), ids=EDITS)
def test_flags_edit_a_scenario_of_arrivals(
    tmp_path: Path, flags: dict[str, Any], executor: object, override: str
) -> None:
    made = plan(tmp_path, ARRIVALS, scenarios=("buy",), **flags)

    assert made.scenarios[0].executor == executor
    assert list(made.overrides) == [override]


def test_stages_of_a_ramp_of_arrivals_are_replaced(tmp_path: Path) -> None:
    made = plan(tmp_path, ARRIVALS, scenarios=("browse",), stages=("2s:300",), vus=4)

    assert made.scenarios[0].executor == RampingArrivalRate(
        start_rate=5, time_unit="1m", stages=[Stage("2s", 300)], max_vus=4
    )


def planned(tmp_path: Path, *lines: str) -> RunPlan:
    """A plan of scenarios, each given by the arguments of ``@scenario``."""
    path = tmp_path / "several.py"
    declared = [f"@scenario({line})\nasync def s{number}(vu): ..." for number, line in enumerate(lines)]
    path.write_text("\n".join([IMPORTS, *declared]))
    return resolve(load_script(str(path), {}), Flags(), Capacity(cores=4, descriptors=4096))


NEEDS: dict[str, tuple[list[str], int, float, float]] = {
    "one scenario": (['ConstantVUs(vus=5, duration="10s")'], 5, 10, 40),
    "side by side": (
        [
            'ConstantVUs(vus=5, duration="10s")',
            'ConstantVUs(vus=7, duration="20s"), start_time="5s", graceful_stop="1s"',
        ],
        *(12, 25, 40),
    ),
    "one after the other": (
        [
            'ConstantVUs(vus=5, duration="10s"), graceful_stop="2s"',
            'ConstantVUs(vus=3, duration="5s"), start_time="12s"',
        ],
        *(5, 17, 47),
    ),
    "one while the other winds down": (
        [
            'ConstantVUs(vus=5, duration="10s"), graceful_stop="3s"',
            'ConstantVUs(vus=3, duration="5s"), start_time="12s"',
        ],
        *(8, 17, 47),
    ),
}


@pytest.mark.parametrize(("lines", "peak_vus", "duration_s", "max_duration_s"), NEEDS.values(), ids=NEEDS)
def test_a_plan_knows_what_it_needs(
    tmp_path: Path, lines: list[str], peak_vus: int, duration_s: float, max_duration_s: float
) -> None:
    made = planned(tmp_path, *lines)

    assert made.peak_vus == peak_vus
    assert (made.duration_ns, made.max_duration_ns) == (duration_s * NS_PER_S, max_duration_s * NS_PER_S)
