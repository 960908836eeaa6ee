"""What holds for every schedule of arrivals, and for the segments of all six executors."""

from heapq import merge
from itertools import chain, islice

from hypothesis import given
from hypothesis import strategies as st

from tests.reference import arrivals as oracle
from ywstorm.plan import (
    ClosedPlan,
    ConstantArrivalRate,
    ConstantVUs,
    Executor,
    OpenPlan,
    PerVUIterations,
    RampingArrivalRate,
    RampingVUs,
    Segment,
    SharedIterations,
    Stage,
)
from ywstorm.units import NS_PER_S

WHOLE = Segment(0, 1)
SEGMENT_COUNTS = st.integers(1, 64)
COUNTS = st.integers(1, 200)
FEW_STAGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), min_size=1, max_size=5)
STAGES = st.lists(st.tuples(st.integers(0, 3 * NS_PER_S), st.integers(0, 60)), min_size=1, max_size=5)


def ramping(start_rate: int, unit_ns: int, stages: list[tuple[int, int]], max_vus: int = 7) -> RampingArrivalRate:
    return RampingArrivalRate(
        start_rate=start_rate,
        time_unit=f"{unit_ns}ns",
        stages=[Stage(f"{length_ns}ns", target) for length_ns, target in stages],
        max_vus=max_vus,
    )


def constant(rate: int, unit_ns: int, duration_ns: int, max_vus: int = 7) -> ConstantArrivalRate:
    return ConstantArrivalRate(rate=rate, time_unit=f"{unit_ns}ns", duration=f"{duration_ns}ns", max_vus=max_vus)


def arrival_rates() -> st.SearchStrategy[Executor]:
    units = st.integers(NS_PER_S // 10, 2 * NS_PER_S)
    rates: st.SearchStrategy[Executor] = st.one_of(
        st.builds(constant, COUNTS, units, st.integers(1, 3 * NS_PER_S), COUNTS),
        st.builds(ramping, st.integers(0, 60), units, STAGES, COUNTS),
    )
    return rates.filter(lambda executor: not executor.problems(""))


def executors() -> st.SearchStrategy[Executor]:
    vus = st.tuples(st.integers(1, NS_PER_S), st.integers(0, 60))
    ramps = st.builds(
        lambda start, stages: RampingVUs(start_vus=start, stages=[Stage(f"{ns}ns", target) for ns, target in stages]),
        COUNTS,
        st.lists(vus, min_size=1, max_size=5),
    )
    return st.one_of(
        st.builds(ConstantVUs, vus=COUNTS, duration=COUNTS),
        st.builds(PerVUIterations, vus=COUNTS, iterations=COUNTS),
        st.builds(lambda vus, more: SharedIterations(vus=vus, iterations=vus + more), COUNTS, COUNTS),
        ramps,
        arrival_rates(),
    )


def due_times(plan: ClosedPlan | OpenPlan) -> list[int]:
    assert isinstance(plan, OpenPlan)
    return list(chain.from_iterable(plan.blocks()))


def schedule(plan: ClosedPlan | OpenPlan) -> list[tuple[int, int]]:
    """Everything that a plan makes happen: (instant in ns, VU that starts, −VU that stops, or 0 for an arrival)."""
    if isinstance(plan, OpenPlan):
        return [(at_ns, 0) for at_ns in due_times(plan)]
    return sorted(plan.events)


@given(start_rate=st.integers(0, 9), unit_ns=st.integers(1, 20), stages=FEW_STAGES)
def test_a_ramp_of_arrivals_is_what_the_oracle_says(
    start_rate: int, unit_ns: int, stages: list[tuple[int, int]]
) -> None:
    executor = ramping(start_rate, unit_ns, stages)
    expected = oracle.ramping(start_rate, unit_ns, stages)

    assert executor.planned_iterations == len(expected)
    assert due_times(executor.share(WHOLE, vu_base=0)) == expected


@given(start_rate=st.integers(0, 60), unit_ns=st.integers(1, 10**15), stages=STAGES, first=st.integers(0, 10**6))
def test_each_arrival_of_a_ramp_of_any_size_is_due_in_the_first_nanosecond_of_its_area(
    start_rate: int, unit_ns: int, stages: list[tuple[int, int]], first: int
) -> None:
    line = ramping(start_rate, unit_ns, stages).share(WHOLE, vu_base=0).line

    for count, at_ns in zip(range(first, first + 3), line.due_times(range(first, first + 3)), strict=False):
        assert oracle.area(start_rate, unit_ns, stages, at_ns) >= count
        assert at_ns == 0 or oracle.area(start_rate, unit_ns, stages, at_ns - 1) < count


@given(rate=st.integers(1, 50), unit_ns=st.integers(1, 400), duration_ns=st.integers(1, 300))
def test_a_constant_rate_is_what_the_oracle_says(rate: int, unit_ns: int, duration_ns: int) -> None:
    executor = constant(rate, unit_ns, duration_ns)
    expected = oracle.constant(rate, unit_ns, duration_ns)

    assert executor.planned_iterations == len(expected)
    assert due_times(executor.share(WHOLE, vu_base=0)) == expected


@given(executor=executors(), count=SEGMENT_COUNTS, vu_base=st.integers(0, 1_000))
def test_the_segments_of_every_executor_merge_into_the_plan_of_one_machine(
    executor: Executor, count: int, vu_base: int
) -> None:
    whole = executor.share(WHOLE, vu_base)
    parts = [executor.share(Segment(k, count), vu_base) for k in range(count)]

    assert list(merge(*map(schedule, parts))) == schedule(whole)
    assert sorted(chain.from_iterable(part.vus for part in parts)) == list(whole.vus)
    assert {part.duration_ns for part in parts} == {whole.duration_ns}


@given(executor=arrival_rates(), count=SEGMENT_COUNTS, vu_base=st.integers(0, 1_000))
def test_an_arrival_belongs_to_the_segment_of_the_vu_whose_turn_it_is(
    executor: Executor, count: int, vu_base: int
) -> None:
    whole = due_times(executor.share(WHOLE, vu_base))
    for k in range(count):
        part = executor.share(Segment(k, count), vu_base)
        assert isinstance(part, OpenPlan)
        own = [g for g in range(len(whole)) if g % part.max_vus + 1 in part.vus]
        assert due_times(part) == [whole[g] for g in own]


@given(executor=arrival_rates())
def test_arrivals_ascend_from_the_start_to_the_end_in_blocks_of_bounded_size(executor: Executor) -> None:
    plan = executor.share(WHOLE, vu_base=0)
    assert isinstance(plan, OpenPlan)
    found = due_times(plan)

    assert found == sorted(found)
    assert found[0] >= 0
    assert found[-1] <= plan.duration_ns == executor.duration_ns
    assert all(1 <= len(block) <= 256 and block.typecode == "q" for block in islice(plan.blocks(), 5))


@given(executor=arrival_rates(), duration_ns=st.integers(1, 10**13))
def test_a_stretched_rate_lasts_exactly_as_long_as_asked(executor: Executor, duration_ns: int) -> None:
    assert executor.with_duration(duration_ns).duration_ns == duration_ns
