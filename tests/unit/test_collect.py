"""What the master makes of windows: one aggregate, one list of seconds, and accounts that must balance."""

from dataclasses import replace

import pytest

from ywstorm import wire
from ywstorm.master.accounts import account_problems, total
from ywstorm.master.collect import MAX_EXCEPTION_KINDS, Collector
from ywstorm.master.record import WorkerRecord
from ywstorm.metrics.facts import ErrorFacts, ExceptionFacts
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.series import GaugeSeries

MS = 1_000_000
SECOND = 1_000_000_000
START = 1_000 * SECOND
HEALTH = wire.Health(cpu_s=0.0)


class FakeWorker:
    """Cuts windows as a worker would; the test says what was in them."""

    def __init__(self, index: int, collector: Collector) -> None:
        self.index = index
        self.collector = collector
        self.aggregate = Aggregate()
        self.seq = 0
        self.counts = wire.Counts(scenarios={})
        collector.add_worker(index, pid=1000 + index)

    def request(self, latency_ms: int, *, phase: str = "main", has_failed: bool = False) -> None:
        tags = (("method", "GET"), ("name", "/"), ("phase", phase), ("scenario", "spike"), ("status", "200"))
        self.aggregate.request(tags).fold_values(due_ns=0, begin_ns=0, done_ns=latency_ms * MS, has_failed=has_failed)

    def send(
        self,
        from_s: float,
        to_s: float,
        *,
        vus: int = 0,
        vus_max: int = 0,
        health: wire.Health = HEALTH,
        errors: list[wire.ErrorNews] | None = None,
        exceptions: list[wire.ExceptionNews] | None = None,
    ) -> None:
        """Send a window whose bounds are so many seconds after the start instant."""
        self.counts = replace(self.counts, scenarios={"spike": wire.ScenarioCounts(vus=vus, vus_max=vus_max)})
        window = wire.Window(
            seq=self.seq,
            from_ns=START + round(from_s * SECOND),
            to_ns=START + round(to_s * SECOND),
            payload=self.aggregate.cut(),
            counts=self.counts,
            health=health,
            errors=errors or [],
            exceptions=exceptions or [],
        )
        self.seq += 1
        self.collector.on_window(self.index, window)

    def end(self) -> None:
        self.collector.records[self.index].end_ns = START

    def totals(self) -> None:
        self.collector.on_totals(self.index, wire.Totals(self.aggregate.totals(), self.counts))


@pytest.fixture
def collector() -> Collector:
    collector = Collector(max_vus=50)
    collector.start_ns = START
    return collector


def gauge(collector: Collector, metric: str) -> tuple[float, float, float]:
    """Last, min and max of a gauge."""
    (series,) = [series for series in collector.aggregate.series if series.metric == metric]
    assert isinstance(series, GaugeSeries)
    return series.last, series.min, series.max


def test_windows_of_one_second_become_one_whoever_sent_them(collector: Collector) -> None:
    first, second = FakeWorker(0, collector), FakeWorker(1, collector)
    first.request(10)
    second.request(30)
    second.request(40, has_failed=True)
    first.send(0, 1.002, vus=1)
    second.send(0.001, 1.05, vus=2)
    second.request(50)
    second.send(1.05, 2.0, vus=4)

    windows = collector.windows()

    assert [(window.t_s, window.requests, window.failed, window.vus) for window in windows] == [
        (0, 3, 1, 3),
        (1, 1, 0, 5),
    ]
    assert (windows[0].latency.count, windows[0].latency.max) == (3, 40 * MS)
    assert (collector.requests, collector.failed) == (4, 1)
    assert collector.requests_in_series() == 4


def test_a_second_is_complete_when_every_worker_that_runs_has_told_about_it(collector: Collector) -> None:
    first, second = FakeWorker(0, collector), FakeWorker(1, collector)
    first.send(0, 1)
    first.send(1, 2)
    assert collector.n_complete() == 0

    second.send(0, 1)
    assert collector.n_complete() == 1

    second.end()
    assert collector.n_complete() == 2


def test_what_setup_sends_is_no_second_of_the_run(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.request(10, phase="setup")

    worker.send(-5, 0.001)

    assert collector.windows() == ()
    assert collector.requests == 0
    assert collector.requests_in_series() == 1


def test_what_teardown_sends_makes_no_more_seconds(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.send(0, 1)
    worker.end()
    worker.request(10, phase="teardown")

    worker.send(1, 9)

    assert len(collector.windows()) == 1


def test_a_second_that_a_busy_worker_skipped_counts_as_the_one_before_it(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.send(0, 1, vus=3)
    worker.send(1, 4.6, vus=5)

    assert [window.vus for window in collector.windows()] == [3, 3, 5]


def test_vus_are_gauged_by_the_complete_second_and_without_the_last_zero(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.send(0, 1, vus=10)
    worker.send(1, 2, vus=30)
    assert gauge(collector, "vus") == (30, 10, 30)
    worker.send(2, 3, vus=0)
    worker.send(3, 4, vus=20)
    worker.send(4, 4.5, vus=0)
    worker.end()

    collector.finish()

    assert gauge(collector, "vus") == (20, 0, 30)
    assert gauge(collector, "vus_max") == (50, 50, 50)


def test_a_run_shorter_than_a_second_gauges_its_peak(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.end()
    worker.send(0, 0.3, vus=0, vus_max=7)

    collector.finish()

    assert gauge(collector, "vus") == (7, 7, 7)


def test_errors_of_one_code_are_added_up_and_the_first_sample_is_kept(collector: Collector) -> None:
    first, second = FakeWorker(0, collector), FakeWorker(1, collector)
    first.send(0, 1, errors=[wire.ErrorNews(1212, "refused", "http://h/a", 2), wire.ErrorNews(1404, "?", "", 1)])
    second.send(0, 1, errors=[wire.ErrorNews(1212, "refused again", "http://h/b", 3)])

    assert collector.errors() == (ErrorFacts(1212, 5, "refused", "http://h/a"), ErrorFacts(1404, 1, "?", ""))


def test_exceptions_of_one_kind_are_added_up_and_the_first_traceback_is_kept(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.send(0, 1, exceptions=[wire.ExceptionNews("KeyError: 'a'", "Traceback …", 1)])
    worker.send(1, 2, exceptions=[wire.ExceptionNews("KeyError: 'a'", "", 4)])

    assert collector.exceptions() == (ExceptionFacts("KeyError: 'a'", "Traceback …", 5),)


def test_kinds_of_exceptions_beyond_the_limit_are_one_kind(collector: Collector) -> None:
    collector.add_exceptions(wire.ExceptionNews(f"ValueError: {n}", "…", 1) for n in range(MAX_EXCEPTION_KINDS + 9))

    assert len(collector.exceptions()) == MAX_EXCEPTION_KINDS + 1
    assert collector.exceptions()[0] == ExceptionFacts("(other)", "", 9)


def test_a_missing_window_is_named(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.send(0, 1)
    worker.seq += 1
    worker.send(1, 2)

    assert collector.mismatches == ["worker 0: window 2 came where 1 was due"]


def test_totals_that_agree_with_the_windows_are_no_news(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.request(10)
    worker.send(0, 1)

    worker.totals()

    assert collector.mismatches == []


def test_totals_that_hold_more_than_the_windows_are_named(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.request(10)
    worker.send(0, 1)
    worker.request(10)
    worker.counts = replace(worker.counts, requests_started=2)

    worker.totals()

    assert collector.mismatches[0] == "worker 0: its last window and its totals count differently"
    assert all(text.startswith("worker 0: ") for text in collector.mismatches)
    assert len(collector.mismatches) > 1


def test_the_run_ends_with_its_last_iteration_or_with_the_last_word_of_a_lost_worker(collector: Collector) -> None:
    first, second = FakeWorker(0, collector), FakeWorker(1, collector)
    second.send(0, 1)
    first.end()
    assert collector.end_ns() is None

    collector.records[1].state = "was killed by SIGSEGV"
    assert collector.end_ns() == START + SECOND


def record_with_cpu(*points: tuple[float, float]) -> WorkerRecord:
    """A worker that had used so many CPU seconds at these seconds of the run."""
    return WorkerRecord(0, 1, cpu=[(round(at_s * SECOND), cpu_s) for at_s, cpu_s in points])


@pytest.mark.parametrize(
    ("points", "share", "busiest"),
    [
        ([], 0.0, 0.0),
        ([(0, 0.3)], 0.0, 0.0),
        ([(0, 0.3), (1, 0.8)], 0.5, 0.0),
        ([(0, 0.3), (2.5, 0.8), (4.95, 2.775)], 0.5, 0.5),
        ([(n, n * 0.2) for n in range(6)] + [(n, 1 + (n - 5) * 0.9) for n in range(6, 11)], 0.55, 0.9),
    ],
)
def test_shares_of_a_core_come_from_windows(points: list[tuple[float, float]], share: float, busiest: float) -> None:
    record = record_with_cpu(*points)

    assert record.cpu_share() == pytest.approx(share)
    assert record.max_cpu_share_5s() == pytest.approx(busiest)


def test_a_worker_is_told_with_its_figures(collector: Collector) -> None:
    worker = FakeWorker(0, collector)
    worker.send(-1, 0, health=wire.Health(cpu_s=1.0, max_lag_ms=900, rss_bytes=10))
    worker.send(0, 1, health=wire.Health(cpu_s=1.5, max_lag_ms=3, rss_bytes=20, sleep_ns=100, sleep_late_ns=5))
    worker.send(1, 2, health=wire.Health(cpu_s=2.5, max_lag_ms=2, rss_bytes=15, sleep_ns=200, sleep_late_ns=20))

    facts = collector.records[0].facts()

    assert (facts.pid, facts.state, facts.cpu_s) == (1000, "ended", 2.5)
    assert (facts.cpu_share, facts.max_lag_ms, facts.rss_bytes, facts.sleep_overrun) == (0.75, 3, 20, 0.1)


GOOD = wire.Counts(
    scenarios={
        "spike": wire.ScenarioCounts(
            scheduled=3, started=3, iterations_started=10, iterations=8, iteration_errors=1, interrupted=2, dropped=1
        )
    },
    requests_started=20,
    requests_sent=19,
    requests_ok=15,
    requests_failed=3,
    requests_cut_off=2,
)


def problems_of(
    counts: wire.Counts, *, executor: str = "per_vu_iterations", planned: int = 11, in_series: int = 18
) -> list[str]:
    record = WorkerRecord(0, 1, counts=counts, has_totals=True)
    return account_problems([record], {"spike": executor}, {"spike": planned}, in_series)


def with_scenario(**changes: int) -> wire.Counts:
    return replace(GOOD, scenarios={"spike": replace(GOOD.scenarios["spike"], **changes)})


def test_accounts_that_balance_are_no_news() -> None:
    assert problems_of(GOOD) == []


@pytest.mark.parametrize(
    ("counts", "problem"),
    [
        (replace(GOOD, requests_ok=14), "worker 0: 20 requests started, but 14 ok + 3 failed + 2 cut off"),
        (replace(GOOD, requests_in_flight=1, requests_started=21), "worker 0: 1 requests still in flight at the end"),
        (with_scenario(started=2), "worker 0, scenario spike: 3 starts scheduled, but 2 started"),
        (with_scenario(interrupted=1), "worker 0, scenario spike: 10 iterations started, but 8 ended + 1 interrupted"),
        (with_scenario(vus=1), "worker 0, scenario spike: 1 VUs still active at the end"),
        (with_scenario(dropped=0), "scenario spike: 11 iterations planned, but 10 started + 0 dropped"),
    ],
)
def test_an_account_that_does_not_balance_is_a_sentence(counts: wire.Counts, problem: str) -> None:
    assert problem in problems_of(counts)


def test_arrivals_are_started_or_dropped() -> None:
    counts = with_scenario(scheduled=11, started=10)

    assert problems_of(counts, executor="constant_arrival_rate") == []
    assert problems_of(with_scenario(scheduled=12, started=10), executor="constant_arrival_rate") == [
        "worker 0, scenario spike: 12 starts scheduled, but 10 started + 1 dropped"
    ]


def test_requests_that_ended_are_those_in_the_series() -> None:
    assert problems_of(GOOD, in_series=17) == ["workers count 18 requests that ended, the series hold 17"]


def test_a_lost_worker_has_no_accounts_to_balance() -> None:
    lost = WorkerRecord(1, 2, counts=replace(GOOD, requests_in_flight=5))
    good = WorkerRecord(0, 1, counts=GOOD, has_totals=True)

    assert account_problems([good, lost], {"spike": "per_vu_iterations"}, {"spike": 999}, 0) == []


def test_what_several_workers_did_is_added_up() -> None:
    records = [WorkerRecord(0, 1, counts=GOOD), WorkerRecord(1, 2, counts=GOOD), WorkerRecord(2, 3)]

    assert total(records, "spike") == wire.ScenarioCounts(0, 0, 6, 6, 20, 16, 2, 4, 2)
    assert total(records, "other") == wire.ScenarioCounts()
