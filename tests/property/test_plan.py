"""What holds for every plan: segments add up to the whole, ramps follow the oracle, scaling is exact."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from tests.reference import ramp as oracle
from ywstorm.plan import ConstantVUs, Executor, PerVUIterations, RampingVUs, Segment, SharedIterations, Stage
from ywstorm.units import MAX_DURATION_NS, format_duration, parse_duration

TINY_STAGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), min_size=1, max_size=6)
STAGES = st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 200)), min_size=1, max_size=6)
SEGMENT_COUNTS = st.integers(1, 64)


def ramping(start_vus: int, stages: list[tuple[int, int]]) -> RampingVUs:
    return RampingVUs(start_vus=start_vus, stages=[Stage(f"{length_ns}ns", target) for length_ns, target in stages])


def good_ramps() -> st.SearchStrategy[RampingVUs]:
    ramps = st.builds(ramping, st.integers(0, 200), STAGES)
    return ramps.filter(lambda executor: not executor.problems(""))


def executors() -> st.SearchStrategy[Executor]:
    counts = st.integers(1, 300)
    return st.one_of(
        st.builds(ConstantVUs, vus=counts, duration=st.integers(1, 1_000)),
        st.builds(PerVUIterations, vus=counts, iterations=counts),
        st.builds(lambda vus, more: SharedIterations(vus=vus, iterations=vus + more), counts, st.integers(0, 10_000)),
        good_ramps(),
    )


@given(start_vus=st.integers(0, 8), stages=TINY_STAGES)
def test_a_ramp_starts_and_stops_as_the_oracle_says(start_vus: int, stages: list[tuple[int, int]]) -> None:
    plan = ramping(start_vus, stages).share(Segment(0, 1), vu_base=0)

    assert list(plan.events) == oracle.events(start_vus, stages)


@given(start_vus=st.integers(0, 8), stages=TINY_STAGES)
def test_vus_at_is_what_the_oracle_says(start_vus: int, stages: list[tuple[int, int]]) -> None:
    executor = ramping(start_vus, stages)

    for t_ns in range(-1, executor.duration_ns + 2):
        assert executor.vus_at(t_ns) == oracle.active_vus(start_vus, stages, t_ns)


@given(executor=executors())
def test_vus_at_agrees_with_the_events(executor: Executor) -> None:
    events = executor.share(Segment(0, 1), vu_base=0).events
    after_event = list(accumulate(1 if event > 0 else -1 for _, event in events))

    for position, (at_ns, _) in enumerate(events):
        is_last_of_its_instant = position + 1 == len(events) or events[position + 1][0] > at_ns
        if is_last_of_its_instant:
            assert executor.vus_at(at_ns) == after_event[position]
        if at_ns > 0 and (position == 0 or events[position - 1][0] < at_ns):
            assert executor.vus_at(at_ns - 1) == (after_event[position - 1] if position else 0)


@given(executor=executors(), count=SEGMENT_COUNTS, vu_base=st.integers(0, 1_000))
def test_the_segments_add_up_to_the_whole(executor: Executor, count: int, vu_base: int) -> None:
    whole = executor.share(Segment(0, 1), vu_base)
    parts = [executor.share(Segment(k, count), vu_base) for k in range(count)]

    def in_order(event: tuple[int, int]) -> tuple[int, bool, int]:
        at_ns, number = event
        return at_ns, number > 0, abs(number)

    assert whole.vus == tuple(range(1, executor.max_vus + 1))
    assert sorted(number for part in parts for number in part.vus) == list(whole.vus)
    assert tuple(sorted((event for part in parts for event in part.events), key=in_order)) == whole.events
    for k, part in enumerate(parts):
        assert all((vu_base + number - 1) % count == k for number in part.vus)
        assert {abs(event) for _, event in part.events} <= set(part.vus)
        assert tuple(sorted(part.events, key=in_order)) == part.events
    if whole.iterations_shared is not None:
        assert sum(part.iterations_shared or 0 for part in parts) == executor.planned_iterations
        assert all(bool(part.vus) == bool(part.iterations_shared) for part in parts)
    assert {part.iterations_per_vu for part in parts} == {whole.iterations_per_vu}


@given(executor=executors())
def test_each_vu_starts_and_stops_in_turn_and_none_is_left_over(executor: Executor) -> None:
    plan = executor.share(Segment(0, 1), vu_base=0)
    active: set[int] = set()
    last_ns: dict[int, int] = {}

    for at_ns, event in plan.events:
        number = abs(event)
        assert last_ns.get(number, -1) < at_ns <= plan.duration_ns
        assert (number in active) == (event < 0)
        active ^= {number}
        last_ns[number] = at_ns
    assert active == set()


@given(executor=good_ramps(), peak=st.integers(1, 10_000))
def test_a_scaled_ramp_has_the_peak_and_loses_no_stage(executor: RampingVUs, peak: int) -> None:
    scaled = executor.with_vus(peak)

    assert scaled.max_vus == peak
    assert [stage.target > 0 for stage in scaled.stages] == [stage.target > 0 for stage in executor.stages]
    assert (scaled.start_vus > 0) == (executor.start_vus > 0)
    for before, after in zip(executor.stages, scaled.stages, strict=True):
        exact = before.target * peak / executor.max_vus
        assert abs(after.target - exact) <= 0.5 + 1e-9 or (0 < exact < 0.5 and after.target == 1)


@given(executor=good_ramps(), duration_ns=st.integers(1, 10**13))
def test_a_stretched_ramp_lasts_exactly_as_long_as_asked(executor: RampingVUs, duration_ns: int) -> None:
    stretched = executor.with_duration(duration_ns)

    assert stretched.duration_ns == duration_ns
    for before, after in zip(executor.stages, stretched.stages, strict=True):
        exact_ns = before.duration_ns * duration_ns / executor.duration_ns
        assert abs(after.duration_ns - exact_ns) <= 1 + exact_ns * 1e-9


@given(ns=st.integers(0, MAX_DURATION_NS // 2))
def test_parse_duration_reads_what_format_duration_writes_to_two_decimals(ns: int) -> None:
    read_ns = parse_duration(format_duration(ns))

    assert abs(read_ns - ns) * 200 <= ns
    assert read_ns == ns or ns > 1_000
