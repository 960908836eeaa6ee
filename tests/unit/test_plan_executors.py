"""The executors with a fixed number of VUs, and what all executors have in common."""

import pytest

from ywstorm.plan import (
    EXECUTORS,
    ClosedPlan,
    ConstantArrivalRate,
    ConstantVUs,
    Executor,
    PerVUIterations,
    RampingArrivalRate,
    RampingVUs,
    Segment,
    SharedIterations,
    Stage,
    executor_from_dict,
    is_executor,
)
from ywstorm.units import NS_PER_S

WHOLE = Segment(0, 1)
SAMPLES: list[Executor] = [
    ConstantVUs(vus=4, duration="1m30s"),
    PerVUIterations(vus=4, iterations=3, max_duration=20),
    SharedIterations(vus=4, iterations=9, max_duration="20s"),
    RampingVUs(start_vus=2, stages=[Stage("10s", 4, name="up"), Stage(0.5, 0)], graceful_ramp_down="1s"),
    ConstantArrivalRate(rate=50, duration="10s", time_unit="1m", max_vus=4),
    RampingArrivalRate(start_rate=1, stages=[Stage("10s", 4, name="up"), Stage(0.5, 0)]),
]


def test_constant_vus_start_at_once_and_stop_at_the_end() -> None:
    executor = ConstantVUs(vus=3, duration="5s")

    plan = executor.share(WHOLE, vu_base=0)

    assert plan == ClosedPlan(
        vus=(1, 2, 3),
        events=((0, 1), (0, 2), (0, 3), (5 * NS_PER_S, -1), (5 * NS_PER_S, -2), (5 * NS_PER_S, -3)),
        duration_ns=5 * NS_PER_S,
    )
    assert [executor.vus_at(t_ns) for t_ns in (-1, 0, 5 * NS_PER_S - 1, 5 * NS_PER_S)] == [0, 3, 3, 0]


def test_per_vu_iterations_are_the_same_for_each_vu_on_every_worker() -> None:
    executor = PerVUIterations(vus=3, iterations=7, max_duration="5s")

    plans = [executor.share(Segment(k, 2), vu_base=0) for k in range(2)]

    assert [plan.vus for plan in plans] == [(1, 3), (2,)]
    assert [plan.iterations_per_vu for plan in plans] == [7, 7]
    assert [plan.iterations_shared for plan in plans] == [None, None]
    assert executor.planned_iterations == 21


def test_shared_iterations_are_dealt_to_the_workers() -> None:
    executor = SharedIterations(vus=3, iterations=10, max_duration="5s")

    plans = [executor.share(Segment(k, 2), vu_base=0) for k in range(2)]

    assert [plan.vus for plan in plans] == [(1, 3), (2,)]
    assert [plan.iterations_shared for plan in plans] == [7, 3]
    assert [plan.iterations_per_vu for plan in plans] == [None, None]
    assert executor.planned_iterations == 10


def test_a_worker_without_vus_has_an_empty_plan() -> None:
    plan = SharedIterations(vus=1, iterations=5).share(Segment(1, 2), vu_base=0)

    assert plan == ClosedPlan(vus=(), events=(), duration_ns=600 * NS_PER_S, iterations_shared=0)


@pytest.mark.parametrize(
    ("executor", "text"),
    [
        (ConstantVUs(vus=1, duration=25), "1 VU for 25s"),
        (ConstantVUs(vus=10_000, duration="90s"), "10,000 VUs for 1m30s"),
        (PerVUIterations(vus=2, iterations=1), "1 iteration for each of 2 VUs in at most 10m"),
        (SharedIterations(vus=5, iterations=200, max_duration=30), "200 iterations shared by 5 VUs in at most 30s"),
        (RampingVUs(stages=[Stage("5s", 50), Stage("20s", 0)]), "up to 50 VUs ramping over 25s in 2 stages"),
        (RampingVUs(stages=[Stage("5s", 0)]), "up to 1 VU ramping over 5s in 1 stage"),
    ],
)
def test_an_executor_says_what_it_does(executor: Executor, text: str) -> None:
    assert executor.describe() == text


@pytest.mark.parametrize("executor", SAMPLES, ids=lambda executor: executor.kind)
def test_an_executor_survives_the_way_to_a_worker(executor: Executor) -> None:
    values = executor.to_dict()

    assert values["kind"] == executor.kind
    assert executor_from_dict(values) == executor


def test_the_registry_knows_every_executor_by_its_kind() -> None:
    assert {executor.kind: type(executor) for executor in SAMPLES} == EXECUTORS
    assert all(is_executor(executor) for executor in SAMPLES)
    assert not is_executor(Stage("5s", 1))
    assert not is_executor(ConstantVUs)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"kind": "ramping_vu"}, "there is no executor 'ramping_vu'; did you mean 'ramping_vus'"),
        ({"kind": "zebra"}, "there is no executor 'zebra'$"),
        ({}, "there is no executor None$"),
    ],
)
def test_an_unknown_kind_is_refused(values: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        executor_from_dict(values)


@pytest.mark.parametrize(
    ("executor", "complaints"),
    [
        (ConstantVUs(), ["ConstantVUs: duration is missing"]),
        (ConstantVUs(vus=0, duration="0s"), ["ConstantVUs: vus must be", "ConstantVUs: duration must be longer than"]),
        (ConstantVUs(vus=True, duration="5x"), ["vus must be a whole number of at least 1, not True", "'5x' is not"]),
        (ConstantVUs(vus=1.0, duration=1), ["vus must be a whole number of at least 1, not 1.0"]),  # type: ignore[arg-type]
        (ConstantVUs(vus=10**9, duration=1), ["vus must be at most 100,000,000, not 1,000,000,000"]),
        (PerVUIterations(vus="2", iterations=0, max_duration=-1), ["not '2'", "not 0", "max_duration"]),  # type: ignore[arg-type]
        (SharedIterations(vus=5, iterations=4), ["SharedIterations: iterations must be at least vus, and 4 < 5"]),
        (SharedIterations(vus=5, iterations=0), ["SharedIterations: iterations must be a whole number"]),
    ],
)
def test_all_problems_are_listed_at_once(executor: Executor, complaints: list[str]) -> None:
    problems = executor.problems("spike.py:12")

    assert {problem.where for problem in problems} == {"spike.py:12"}
    assert len(problems) == len(complaints)
    for problem, complaint in zip(problems, complaints, strict=True):
        assert complaint in problem.message


@pytest.mark.parametrize("executor", SAMPLES, ids=lambda executor: executor.kind)
def test_good_values_are_no_problem(executor: Executor) -> None:
    assert executor.problems("spike.py:12") == []


@pytest.mark.parametrize("duration", ["1ms", 0.001])
def test_a_short_duration_is_no_problem(duration: str | float) -> None:
    assert ConstantVUs(duration=duration).problems("") == []


@pytest.mark.parametrize("executor", SAMPLES, ids=lambda executor: executor.kind)
@pytest.mark.parametrize("duration_ns", [1, 7, NS_PER_S, 1_234_567_891, 3_600 * NS_PER_S])
def test_with_duration_is_exact(executor: Executor, duration_ns: int) -> None:
    assert executor.with_duration(duration_ns).duration_ns == duration_ns
    assert executor.with_duration(duration_ns).max_vus == executor.max_vus


@pytest.mark.parametrize("executor", SAMPLES, ids=lambda executor: executor.kind)
@pytest.mark.parametrize("vus", [1, 3, 1_000])
def test_with_vus_sets_the_most_vus(executor: Executor, vus: int) -> None:
    assert executor.with_vus(vus).max_vus == vus
    assert executor.with_vus(vus).duration_ns == executor.duration_ns
