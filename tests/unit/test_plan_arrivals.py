"""Constant and ramping arrival rates: schedules worked out by hand, and what is wrong with bad values."""

from itertools import chain

import pytest

from ywstorm.plan import (
    ConstantArrivalRate,
    Executor,
    OpenPlan,
    RampingArrivalRate,
    Segment,
    Stage,
    executor_from_dict,
)
from ywstorm.units import NS_PER_MS, NS_PER_S

WHOLE = Segment(0, 1)


def due_ns(executor: ConstantArrivalRate | RampingArrivalRate, segment: Segment = WHOLE, vu_base: int = 0) -> list[int]:
    return list(chain.from_iterable(executor.share(segment, vu_base).blocks()))


def due_ms(executor: ConstantArrivalRate | RampingArrivalRate) -> list[float]:
    return [at_ns / NS_PER_MS for at_ns in due_ns(executor)]


def constant(rate: int, duration: str, time_unit: str = "1s", max_vus: int = 10) -> ConstantArrivalRate:
    return ConstantArrivalRate(rate=rate, duration=duration, time_unit=time_unit, max_vus=max_vus)


def ramping(
    start_rate: int, *stages: tuple[str | int, int], time_unit: str = "1s", max_vus: int = 10
) -> RampingArrivalRate:
    return RampingArrivalRate(
        start_rate=start_rate,
        time_unit=time_unit,
        stages=[Stage(duration, target) for duration, target in stages],
        max_vus=max_vus,
    )


@pytest.mark.parametrize(
    ("executor", "ms"),
    [
        # The first is due at the start; one at the end itself is none.
        (constant(4, "1s"), [0, 250, 500, 750]),
        (constant(1, "3s"), [0, 1000, 2000]),
        (constant(1, "500ms"), [0]),
        (constant(2, "1250ms"), [0, 500, 1000]),
        # The time unit makes fractions of a rate per second.
        (constant(3, "4s", "2s"), [0, 666.666667, 1333.333334, 2000, 2666.666667, 3333.333334]),
        (constant(30, "5s", "1m"), [0, 2000, 4000]),
    ],
)
def test_a_constant_rate_starts_at_once_and_is_evenly_spaced(executor: ConstantArrivalRate, ms: list[float]) -> None:
    assert due_ms(executor) == pytest.approx(ms, abs=1e-6)


def test_due_times_are_rounded_up_to_whole_nanoseconds_and_do_not_drift() -> None:
    found = due_ns(constant(3, "1h"))

    assert found[:4] == [0, 333_333_334, 666_666_667, NS_PER_S]
    assert found[-3:] == [3599 * NS_PER_S, 3599 * NS_PER_S + 333_333_334, 3599 * NS_PER_S + 666_666_667]
    assert len(found) == 3 * 3600


@pytest.mark.parametrize(
    ("executor", "ms"),
    [
        # A flat line of 4/s has an area of 1 after 250 ms: that is the first, and the last is due at the end.
        (ramping(4, ("1s", 4)), [250, 500, 750, 1000]),
        # From 0 to 10/s in 2 s the area is 2.5·t²: n is reached at √(n/2.5) seconds.
        (ramping(0, ("2s", 10)), [632.455533, 894.427191, 1095.445116, 1264.911065, 1414.213563, 1549.193339,
                                  1673.320054, 1788.854382, 1897.366597, 2000]),
        # From 2/s to 0 in 2 s it is 2·t − t²/2: 1 at 2 − √2 seconds, 2 at the end.
        (ramping(2, ("2s", 0)), [585.786438, 2000]),
        # Half an iteration is left over by the first stage and completed in the second.
        (ramping(1, ("1500ms", 1), ("1s", 2)), [1000, 1500 + 1000 * (2**0.5 - 1), 2500]),
        # A stage without length is a jump; one without a rate lets nothing start, and loses nothing either.
        (ramping(0, (0, 2), ("750ms", 2)), [500]),
        (ramping(2, ("750ms", 2), (0, 0), ("1s", 0), (0, 2), ("500ms", 2)), [500, 2000]),
        # Rates of less than one per second come from the time unit.
        (ramping(3, ("1m", 3), time_unit="1m"), [20_000, 40_000, 60_000]),
        # The area of 1 is never reached before the end of 0.9.
        (ramping(1, ("900ms", 1)), []),
    ],
)  # fmt: skip
def test_a_ramp_starts_an_iteration_where_the_area_reaches_the_next_whole_number(
    executor: RampingArrivalRate, ms: list[float]
) -> None:
    assert due_ms(executor) == pytest.approx(ms, abs=1.1e-6)
    assert executor.planned_iterations == len(ms)


def test_workers_take_turns_and_keep_the_nanoseconds_of_the_whole() -> None:
    executor = constant(10, "1s", max_vus=4)

    assert due_ns(executor, Segment(0, 2)) == [0, 200 * NS_PER_MS, 400 * NS_PER_MS, 600 * NS_PER_MS, 800 * NS_PER_MS]
    assert due_ns(executor, Segment(1, 2)) == [at_ns + 100 * NS_PER_MS for at_ns in due_ns(executor, Segment(0, 2))]


def test_a_worker_with_twice_the_vus_has_twice_the_arrivals_and_one_without_has_none() -> None:
    executor = constant(6, "1s", max_vus=3)
    segments = [Segment(k, 2) for k in range(2)]

    assert [list(executor.share(segment, vu_base=4).vus) for segment in segments] == [[1, 3], [2]]
    assert [len(due_ns(executor, segment, vu_base=4)) for segment in segments] == [4, 2]
    assert due_ns(constant(6, "1s", max_vus=1), Segment(1, 2)) == []
    assert list(constant(6, "1s", max_vus=1).share(Segment(1, 2), vu_base=0).vus) == []


def test_a_plan_says_what_its_driver_needs() -> None:
    plan = ramping(0, ("2s", 10), ("1s", 0)).share(Segment(1, 3), vu_base=2)

    assert isinstance(plan, OpenPlan)
    assert (plan.duration_ns, plan.arrivals, plan.max_vus, plan.vu_base) == (3 * NS_PER_S, 15, 10, 2)
    assert list(plan.vus) == [3, 6, 9]


def test_a_million_arrivals_a_second_for_a_day_cost_nothing_until_they_are_asked_for() -> None:
    executor = RampingArrivalRate(stages=[Stage("1d", 1_000_000)], max_vus=1_000_000)
    blocks = executor.share(Segment(3, 64), vu_base=0).blocks()

    assert executor.planned_iterations == 43_200_000_000
    assert len(next(blocks)) == 256


def test_without_a_limit_of_vus_there_is_no_plan_until_somebody_sets_one() -> None:
    executor = ConstantArrivalRate(rate=1, duration="1s")

    assert executor.max_vus is None
    with pytest.raises(ValueError, match="max_vus is not decided"):
        executor.share(WHOLE, vu_base=0)
    assert executor.with_vus(5).share(WHOLE, vu_base=0).vus == range(1, 6)


def test_vus_are_planned_by_nobody() -> None:
    executor = constant(5, "1s")

    assert [executor.vus_at(t_ns) for t_ns in (0, NS_PER_S // 2, NS_PER_S)] == [0, 0, 0]
    assert executor.graceful_ramp_down_ns == 0


@pytest.mark.parametrize(
    ("executor", "text"),
    [
        (ConstantArrivalRate(rate=200, duration="30s"), "200 iterations/s for 30s"),
        (constant(5_000, "90s", "1m", 1), "5,000 iterations/min for 1m30s, by at most 1 VU"),
        (constant(3, "30s", "90s", 20), "3 iterations per 1m30s for 30s, by at most 20 VUs"),
        (RampingArrivalRate(start_rate=9, stages=[Stage("5s", 2)]), "up to 9 iterations/s ramping over 5s in 1 stage"),
        (
            ramping(0, ("1h", 70), ("1h", 0), time_unit="1h"),
            "up to 70 iterations/h ramping over 2h in 2 stages, by at most 10 VUs",
        ),
    ],
)
def test_an_arrival_rate_says_what_it_does(executor: Executor, text: str) -> None:
    assert executor.describe() == text


@pytest.mark.parametrize(
    ("executor", "complaints"),
    [
        (ConstantArrivalRate(), ["rate is missing", "duration is missing"]),
        (ConstantArrivalRate(rate=0, duration=0), ["rate must be a whole number of at least 1", "duration must be"]),
        (ConstantArrivalRate(rate=2.5, duration=1), ["not 2.5"]),  # type: ignore[arg-type]
        (ConstantArrivalRate(rate=1, duration=1, time_unit="0s", max_vus=0), ["time_unit must be", "max_vus must be"]),
        (ConstantArrivalRate(rate=10**8, duration="900d"), ["7,776,000,000,000,000 iterations are more than"]),
        (RampingArrivalRate(), ["stages are missing"]),
        (RampingArrivalRate(start_rate=-1, stages=[Stage("1s", -1)]), ["start_rate must be", "stages[0]: target must"]),
        (RampingArrivalRate(start_rate=5, stages=[Stage(0, 1)]), ["the stages last 0s in all"]),
        (RampingArrivalRate(stages=[Stage("10s", 0)]), ["no iteration would ever start"]),
        (RampingArrivalRate(stages=[Stage("1s", 1)]), ["no iteration would ever start"]),
        (RampingArrivalRate(stages="10s:5", max_vus=True), ["max_vus must be", "stages must be a list"]),  # type: ignore[arg-type]
    ],
)
def test_all_problems_are_listed_at_once(executor: Executor, complaints: list[str]) -> None:
    problems = executor.problems("storm.py:9")

    assert {problem.where for problem in problems} == {"storm.py:9"}
    assert len(problems) == len(complaints)
    for problem, complaint in zip(problems, complaints, strict=True):
        assert problem.message.startswith(type(executor).__name__)
        assert complaint in problem.message


def test_a_limit_of_vus_leaves_the_rate_as_it_is_and_travels_to_the_workers() -> None:
    limited = ConstantArrivalRate(rate=7, duration="2s").with_vus(3)

    assert (limited.rate, limited.max_vus) == (7, 3)
    assert executor_from_dict(limited.to_dict()) == limited


def test_stages_are_stretched_and_keep_their_rates_and_names() -> None:
    executor = RampingArrivalRate(stages=[Stage("1s", 10, name="up"), Stage(0, 3), Stage("3s", 0)])
    stretched = executor.with_duration(NS_PER_S * 8)

    assert stretched.stage_bounds() == ((0, "up"), (2 * NS_PER_S, "1"), (2 * NS_PER_S, "2"))
    assert [stage.target for stage in stretched.stages] == [10, 3, 0]
    assert constant(1, "1s").stage_bounds() == ()
