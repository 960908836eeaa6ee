"""
What statistics cost: one record, one cut of a worker's window, one second of the master's merging.

    python benchmarks/bench_histogram.py

Pin it to one core (`taskset -c 1`) for steady figures. The goals are DESIGN §8's.
"""

import random
import time
from array import array
from collections.abc import Callable

from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram

N_VALUES = 1_000_000
N_SERIES = 200
N_WORKERS = 2
REQUESTS_PER_SERIES = 100  # in one window: 200 series × 100 = 20,000 requests/s and worker
TRIES = 5


def best_s(work: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    """Shortest of several runs in seconds; *prepare* runs before each and is not counted."""
    durations = []
    for _ in range(TRIES):
        prepare()
        begin = time.perf_counter()
        work()
        durations.append(time.perf_counter() - begin)
    return min(durations)


def latencies_ns(n: int, seed: int) -> "array[int]":
    """Log-normal around 5 ms, as of a busy service: about six octaves."""
    rng = random.Random(seed)
    return array("q", [int(rng.lognormvariate(15.4, 0.6)) for _ in range(n)])


def tags(i: int) -> tuple[tuple[str, str], ...]:
    return (
        ("expected_response", "true"),
        ("method", "GET"),
        ("name", f"/route/{i}"),
        ("phase", "main"),
        ("scenario", "load"),
        ("status", "200"),
    )


def fill(worker: Aggregate, samples: "array[int]") -> None:
    """One second of a worker: every series touched, as many timing series as request series."""
    for i in range(N_SERIES):
        request = worker.request(tags(i))
        timing = worker.timing((("name", f"/route/{i}"), ("phase", "main"), ("scenario", "load")))
        for value in samples[i * REQUESTS_PER_SERIES : (i + 1) * REQUESTS_PER_SERIES]:
            request.fold_values(due_ns=0, begin_ns=value // 100, done_ns=value, waiting_ns=value)
            timing.fold_values(blocked_ns=300, sending_ns=value // 500, waiting_ns=value, receiving_ns=value // 900)


def report(what: str, figure: float, unit: str, goal: str = "") -> None:
    print(f"{what:<52} {figure:10.2f} {unit:<4} {goal}")


def main() -> None:
    values = latencies_ns(N_VALUES, seed=1)
    histogram = Histogram()
    report(
        "record, Cython loop", best_s(lambda: histogram.record_all(values)) / N_VALUES * 1e9, "ns", "≤ 5, required 8"
    )

    def add_each() -> None:
        for value in values:
            histogram.add(value)

    report("add, from Python", best_s(add_each) / N_VALUES * 1e9, "ns", "≤ 150")
    encoded = histogram.encode()
    total = Histogram()
    report(f"merge ({len(encoded):,} bytes encoded)", best_s(lambda: total.merge(histogram)) * 1e6, "µs")
    report("encode", best_s(histogram.encode) * 1e6, "µs")
    report("merge_encoded", best_s(lambda: total.merge_encoded(encoded)) * 1e6, "µs")
    report("quantile", best_s(lambda: histogram.quantile(0.99)) * 1e6, "µs")

    samples = latencies_ns(N_SERIES * REQUESTS_PER_SERIES, seed=2)
    worker, master = Aggregate(), Aggregate()
    cut_s = best_s(worker.cut, prepare=lambda: fill(worker, samples))
    report(f"cut, {N_SERIES} request and timing series", cut_s * 1e3, "ms")
    report("cut, nothing touched", best_s(worker.cut) * 1e3, "ms")

    windows = []
    for source in range(N_WORKERS):
        fill(worker := Aggregate(), samples)
        master.merge(source, worker.cut())  # the first window defines the series; what a second costs is the next one
        fill(worker, samples)
        windows.append(worker.cut())

    def second() -> None:
        latency = Histogram()
        for source, window in enumerate(windows):
            master.merge(source, window, latency)

    report(f"master, a second of {N_WORKERS} workers", best_s(second) * 1e3, "ms", "≤ 50 (5 % of a core)")


if __name__ == "__main__":
    main()
