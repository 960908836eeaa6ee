"""What must hold of statistics for every input: precision, algebra, round trips, and accounts that balance."""

import random
from array import array
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.histogram import SortedList
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.delta import decode_varints, encode_varints
from ywstorm_core.stats.histogram import Histogram

LARGEST = 2**63 - 1
QUANTILES = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 1]
MAX_ERROR = 0.0005

# Every octave is as likely as any other, unlike under a plain range of integers.
VALUES = st.integers(0, 63).flatmap(lambda bits: st.integers(0, 2**bits - 1))
SAMPLES = st.lists(VALUES, max_size=60)


def histogram_of(values: list[int], infinite: int = 0) -> Histogram:
    histogram = Histogram()
    histogram.record_all(array("q", values))
    histogram.add_infinite(infinite)
    return histogram


def is_close(got: int | None, exact: int | None) -> bool:
    if got is None or exact is None:
        return got is exact
    return abs(got - exact) <= MAX_ERROR * exact


DISTRIBUTIONS: dict[str, Callable[[random.Random], float]] = {
    "uniform": lambda r: r.uniform(1e3, 1e9),
    "exponential": lambda r: r.expovariate(1 / 5e6),
    "log-normal": lambda r: r.lognormvariate(15, 1.2),
    "Pareto, without a mean": lambda r: 1e5 * r.paretovariate(0.9),
    "constant but for the last place": lambda r: 123_456_789 + r.randrange(3),
    # the shape of the circllhist paper's simulated latencies: a busy mode, a slow one, and a rare long tail
    "two modes and a tail": lambda r: r.choices(
        [r.gauss(3e6, 4e5), r.gauss(6e7, 5e6), 1e8 * r.paretovariate(1.2)], [90, 9, 1]
    )[0],
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_are_within_their_error_before_and_after_merging_a_thousand_batches(name: str) -> None:
    """TRUTH T-15."""
    rng = random.Random(name)
    values = [min(LARGEST, int(DISTRIBUTIONS[name](rng))) for _ in range(100_000)]
    exact, whole, merged = SortedList(values), histogram_of(values), Histogram()
    for start in rng.sample(range(0, len(values), 100), 1000):
        merged.merge(histogram_of(values[start : start + 100]))
    assert merged.encode() == whole.encode()
    assert [q for q in QUANTILES if not is_close(whole.quantile(q), exact.quantile(q))] == []


@given(values=SAMPLES, infinite=st.integers(0, 5), q=st.integers(0, 100_000).map(lambda n: n / 100_000))
def test_every_quantile_is_that_of_the_sorted_list(values: list[int], infinite: int, q: float) -> None:
    assert is_close(histogram_of(values, infinite).quantile(q), SortedList(values, infinite).quantile(q))


@given(values=SAMPLES)
def test_count_sum_min_and_max_are_exact(values: list[int]) -> None:
    h, exact = histogram_of(values), SortedList(values)
    assert (h.count, h.sum, h.min, h.max) == (exact.count, exact.sum, exact.min, exact.max)


@given(values=SAMPLES, limit=VALUES)
def test_count_at_or_below_is_exact_but_for_the_bucket_of_the_limit(values: list[int], limit: int) -> None:
    exact = SortedList(values)
    got = histogram_of(values).count_at_or_below(limit)
    assert exact.count_at_or_below(limit) <= got <= exact.count_at_or_below(limit + limit // 1024)


@given(batches=st.lists(st.tuples(SAMPLES, st.integers(0, 2)), max_size=6), data=st.data())
def test_merging_in_any_order_is_recording_everything(
    batches: list[tuple[list[int], int]], data: st.DataObject
) -> None:
    merged = Histogram()
    for values, infinite in data.draw(st.permutations(batches)):
        merged.merge(histogram_of(values, infinite))
    whole = histogram_of([value for values, _ in batches for value in values], sum(n for _, n in batches))
    assert merged.encode() == whole.encode()


@given(values=SAMPLES, infinite=st.integers(0, LARGEST - 120), into=SAMPLES)
def test_decoding_is_merging(values: list[int], infinite: int, into: list[int]) -> None:
    sent = histogram_of(values, infinite)
    decoded, merged = histogram_of(into), histogram_of(into)
    decoded.merge_encoded(sent.encode())
    merged.merge(sent)
    assert decoded.encode() == merged.encode()


@given(first=SAMPLES, second=SAMPLES)
def test_a_cleared_histogram_is_like_new(first: list[int], second: list[int]) -> None:
    h = histogram_of(first)
    h.clear()
    h.record_all(array("q", second))
    assert h.encode() == histogram_of(second).encode()


@given(data=st.binary(max_size=60) | st.lists(st.integers(0, 20), max_size=20).map(bytes))
def test_any_bytes_are_merged_or_refused_whole(data: bytes) -> None:
    h = histogram_of([7, 10**9], 1)
    before = h.encode()
    try:
        h.merge_encoded(data)
    except (ValueError, OverflowError):
        assert h.encode() == before
    else:
        assert h.count + h.infinite + h.lost >= 3


@given(numbers=st.lists(st.integers(0, 2**64 - 1)))
def test_varints_come_back(numbers: list[int]) -> None:
    assert decode_varints(encode_varints(numbers)) == numbers


# One thing that happens on a worker: (worker, kind, name, value).
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["request", "setup", "timing", "counter", "gauge", "rate", "trend", "cut"]),
        st.sampled_from("abcdefgh"),
        st.integers(0, 10**10),
    ),
    max_size=60,
)


def happen(aggregate: Aggregate, kind: str, name: str, value: int, at_ns: int) -> None:
    phase = "setup" if kind == "setup" else "main"
    tags = (("name", name), ("phase", phase), ("scenario", "load"))
    if kind in ("request", "setup"):
        has_failed, has_connection = value % 3 == 0, value % 5 != 0
        aggregate.request(tags).fold_values(
            due_ns=0, begin_ns=value // 2, done_ns=value, has_failed=has_failed, has_connection=has_connection
        )
    elif kind == "timing":
        aggregate.timing(tags).fold_values(waiting_ns=value, blocked_ns=value // 7)
    else:
        aggregate.sink(f"a_{kind}", kind, tags).add(value, at_ns)  # type: ignore[arg-type]


def figures(aggregate: Aggregate) -> dict[object, object]:
    """Everything that the series hold, by metric and tags."""
    return {
        (series.metric, series.tags): {
            name: figure.encode() if isinstance(figure, Histogram) else figure
            for name in sorted(vars(type(series)))
            if not callable(figure := getattr(series, name)) and not name.startswith("_")
        }
        for series in aggregate.series
    }


@given(events=EVENTS)
def test_cutting_and_merging_is_recording_everything_in_one_place(events: list[tuple[int, str, str, int]]) -> None:
    workers = [Aggregate() for _ in range(3)]
    master, alone, window_latency = Aggregate(), Aggregate(), Histogram()
    requests = failed = 0

    def cut(source: int) -> None:
        nonlocal requests, failed
        n, n_failed = master.merge(source, workers[source].cut(), window_latency)
        requests, failed = requests + n, failed + n_failed

    for at_ns, (source, kind, name, value) in enumerate(events):
        if kind == "cut":
            cut(source)
        else:
            happen(workers[source], kind, name, value, at_ns)
            happen(alone, kind, name, value, at_ns)
    for source in range(3):
        cut(source)

    assert figures(master) == figures(alone)
    assert [master.check_totals(source, worker.totals()) for source, worker in enumerate(workers)] == [[], [], []]
    main = [value for _, kind, _, value in events if kind == "request"]
    assert (requests, failed) == (len(main), sum(value % 3 == 0 for value in main))
    assert window_latency.encode() == histogram_of([value for value in main if value % 5]).encode()


@given(events=EVENTS, limit=st.integers(0, 3))
def test_folding_loses_no_request(events: list[tuple[int, str, str, int]], limit: int) -> None:
    folding, free = Aggregate(max_request_series=limit, max_series=limit), Aggregate()
    for at_ns, (_, kind, name, value) in enumerate(events):
        if kind != "cut":
            happen(folding, kind, name, value, at_ns)
            happen(free, kind, name, value, at_ns)
    assert Aggregate().merge(0, folding.cut()) == Aggregate().merge(0, free.cut())


def refusal_of(read: Callable[[int, bytes], object], payload: bytes) -> str | None:
    try:
        read(0, payload)
    except ValueError as exc:
        return str(exc)
    return None


@given(payload=st.binary(max_size=80))
def test_bytes_are_merged_or_refused_by_name(payload: bytes) -> None:
    master = Aggregate()
    for read in (master.merge, master.check_totals):
        refusal = refusal_of(read, payload)
        assert refusal is None or "of worker 0" in refusal
