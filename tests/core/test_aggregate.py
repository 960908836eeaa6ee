"""A worker's aggregate, the master's, and what travels between them."""

import msgpack
import pytest

from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram
from ywstorm_core.stats.series import CounterSeries, GaugeSeries, RateSeries, RequestSeries, TrendSeries

Tags = tuple[tuple[str, str], ...]


def tags(name: str = "/me", phase: str = "main", **more: str) -> Tags:
    return tuple(sorted({"method": "GET", "name": name, "phase": phase, "scenario": "load", **more}.items()))


def send(aggregate: Aggregate, tags: Tags, *, service_ns: int = 100, failed: bool = False) -> None:
    aggregate.request(tags).fold_values(due_ns=0, begin_ns=5, done_ns=5 + service_ns, has_failed=failed)


class TestFinding:
    def test_equal_tags_find_the_same_series(self) -> None:
        aggregate = Aggregate()
        assert aggregate.request(tags()) is aggregate.request(tags())
        assert aggregate.timing(tags()) is aggregate.timing(tags())
        assert aggregate.sink("sent", "counter", tags()) is aggregate.sink("sent", "counter", tags())

    def test_the_same_tags_under_another_metric_are_another_series(self) -> None:
        aggregate = Aggregate()
        found = [
            aggregate.request(()),
            aggregate.timing(()),
            aggregate.sink("a", "rate", ()),
            aggregate.sink("b", "rate", ()),
        ]
        assert aggregate.series == found
        assert [series.id for series in found] == [0, 1, 2, 3]

    def test_a_metric_has_one_kind(self) -> None:
        aggregate = Aggregate()
        aggregate.sink("sent", "counter", tags())
        for other in (tags(), tags("/elsewhere")):
            with pytest.raises(ValueError, match="sent is a counter and cannot be a gauge too"):
                aggregate.sink("sent", "gauge", other)

    @pytest.mark.parametrize("metric", ["http_req", "http_req_timing"])
    def test_the_records_of_requests_are_no_metrics_of_a_script(self, metric: str) -> None:
        with pytest.raises(ValueError, match="cannot be a trend too"):
            Aggregate().sink(metric, "trend", ())

    @pytest.mark.parametrize("kind", ["request", "timing", "histogram", ""])
    def test_there_are_four_kinds_of_metrics(self, kind: str) -> None:
        with pytest.raises(ValueError, match="is no kind of metric"):
            Aggregate().sink("sent", kind, ())  # type: ignore[arg-type]


class TestFolding:
    def test_past_the_limit_requests_share_one_series_per_scenario_and_phase(self) -> None:
        aggregate = Aggregate(max_request_series=2)
        own = [aggregate.request(tags(f"/{i}")) for i in range(2)]
        shared = aggregate.request(tags("/2", status="200", stage="0"))
        assert aggregate.request(tags("/3")) is shared
        assert aggregate.request(tags("/4", phase="setup")) is not shared
        assert shared.tags == (
            ("method", "(other)"),
            ("name", "(other)"),
            ("phase", "main"),
            ("scenario", "load"),
        )
        assert [aggregate.request(tags(f"/{i}")) for i in range(2)] == own

    def test_each_folded_tag_set_counts_once(self) -> None:
        aggregate = Aggregate(max_request_series=1)
        assert aggregate.folded == 0
        for name in ("/own", "/a", "/b", "/a", "/own"):
            aggregate.request(tags(name))
        assert aggregate.folded == 2

    def test_timings_and_metrics_have_limits_of_their_own(self) -> None:
        aggregate = Aggregate(max_request_series=1, max_series=1)
        aggregate.request(tags("/own"))
        aggregate.timing(tags("/own"))
        aggregate.sink("checks", "rate", tags("/own"))
        assert aggregate.folded == 0
        assert aggregate.timing(tags("/a")).tag("name") == "(other)"
        check = aggregate.sink("checks", "rate", (("check", "it works"), ("phase", "main"), ("scenario", "load")))
        assert check.tags == (("check", "(other)"), ("phase", "main"), ("scenario", "load"))

    def test_memory_for_folded_tag_sets_is_bounded(self) -> None:
        aggregate = Aggregate(max_request_series=3, max_series=4)
        for i in range(100):
            send(aggregate, tags(f"/{i}"))
        assert aggregate.folded == 3 + 4
        assert len(aggregate.series) == 3 + 1
        assert sum(series.count for series in aggregate.series if isinstance(series, RequestSeries)) == 100

    def test_the_master_learns_of_it(self) -> None:
        worker, master = Aggregate(max_request_series=1), Aggregate()
        for name in ("/own", "/a", "/b"):
            send(worker, tags(name))
        master.merge(0, worker.cut())
        assert master.folded == 2
        assert [series.tag("name") for series in master.series] == ["/own", "(other)"]


class TestWindows:
    def test_a_cut_and_a_merge_carry_every_kind(self) -> None:
        worker, master = Aggregate(), Aggregate()
        send(worker, tags(), service_ns=100)
        worker.timing(tags()).fold_values(waiting_ns=7)
        worker.sink("sent", "counter", tags()).add(2.5, 0)
        worker.sink("depth", "gauge", tags()).add(9, 1_000)
        worker.sink("checks", "rate", tags()).add(1, 0)
        worker.sink("wait", "trend", tags()).add(1.5, 0)
        master.merge(0, worker.cut())
        request, _, counter, gauge, rate, trend = master.series
        assert isinstance(request, RequestSeries)
        assert (request.count, request.service.sum, request.latency.sum) == (1, 100, 105)
        assert master.timing(tags()).waiting.sum == 7
        assert isinstance(counter, CounterSeries)
        assert (counter.value, counter.count) == (2.5, 1)
        assert isinstance(gauge, GaugeSeries)
        assert (gauge.last, gauge.min, gauge.max, gauge.at_ns, gauge.count) == (9, 9, 9, 1_000, 1)
        assert isinstance(rate, RateSeries)
        assert (rate.passes, rate.total) == (1, 1)
        assert isinstance(trend, TrendSeries)
        assert trend.histogram.sum == 1_500_000
        assert [(s.metric, s.kind, s.tags) for s in master.series] == [
            (s.metric, s.kind, s.tags) for s in worker.series
        ]

    def test_a_cut_begins_the_next_window(self) -> None:
        worker, master = Aggregate(), Aggregate()
        for service_ns in (100, 200, 300):
            send(worker, tags(), service_ns=service_ns)
            assert master.merge(0, worker.cut()) == (1, 0)
            assert worker.request(tags()).count == 0
        assert master.request(tags()).service.sum == 600

    def test_an_untouched_series_is_not_in_the_window(self) -> None:
        worker = Aggregate()
        for i in range(50):
            send(worker, tags(f"/{i}"))
        worker.cut()
        send(worker, tags("/7"))
        definitions, deltas, _ = msgpack.unpackb(worker.cut())
        assert definitions == []
        assert [series_id for series_id, _ in deltas] == [7]

    def test_requests_and_failures_are_those_of_the_main_phase(self) -> None:
        worker, master, latency = Aggregate(), Aggregate(), Histogram()
        send(worker, tags(), service_ns=10)
        send(worker, tags("/b"), service_ns=20, failed=True)
        send(worker, tags(phase="setup"), service_ns=40, failed=True)
        assert master.merge(0, worker.cut(), latency) == (2, 1)
        assert (latency.count, latency.sum) == (2, 10 + 5 + 20 + 5)
        assert master.merge(0, worker.cut(), latency) == (0, 0)

    def test_a_dropped_arrival_is_an_infinite_latency_without_a_request(self) -> None:
        worker, master, latency = Aggregate(), Aggregate(), Histogram()
        worker.request((("phase", "main"), ("scenario", "load"))).latency.add_infinite()
        assert master.merge(0, worker.cut(), latency) == (0, 0)
        assert latency.infinite == 1
        assert master.check_totals(0, worker.totals()) == []

    def test_workers_meet_in_one_series_though_their_ids_differ(self) -> None:
        first, second, master = Aggregate(), Aggregate(), Aggregate()
        for name in ("/a", "/b"):
            send(first, tags(name), service_ns=1)
        for name in ("/b", "/c", "/a"):
            send(second, tags(name), service_ns=10)
        assert master.merge(0, first.cut()) == (2, 0)
        assert master.merge(1, second.cut()) == (3, 0)
        sums = {s.tag("name"): s.service.sum for s in master.series if isinstance(s, RequestSeries)}
        assert sums == {"/a": 11, "/b": 11, "/c": 10}

    def test_of_two_workers_gauges_the_newest_value_is_last(self) -> None:
        master = Aggregate()
        for source, (value, at_ns) in enumerate(((5, 2_000), (1, 1_000))):
            worker = Aggregate()
            worker.sink("depth", "gauge", ()).add(value, at_ns)
            master.merge(source, worker.cut())
        gauge = master.series[0]
        assert isinstance(gauge, GaugeSeries)
        assert (gauge.last, gauge.min, gauge.max) == (5, 1, 5)

    @pytest.mark.parametrize(
        "payload",
        [
            pytest.param(b"", id="no bytes"),
            pytest.param(b"\xc1", id="no msgpack"),
            pytest.param(msgpack.packb(7), id="no list"),
            pytest.param(msgpack.packb(([], [])), id="a part is missing"),
            pytest.param(msgpack.packb(([], [], "many")), id="folded is no number"),
            pytest.param(msgpack.packb(([(0, "m", "rate")], [], 0)), id="a definition without tags"),
            pytest.param(msgpack.packb(([("0", "m", "rate", ())], [], 0)), id="an id that is no number"),
            pytest.param(msgpack.packb(([(2**40, "m", "rate", ())], [], 0)), id="an id past all bounds"),
            pytest.param(msgpack.packb(([(1, "m", "rate", ())], [], 0)), id="a definition out of order"),
            pytest.param(msgpack.packb(([(0, "m", "sum", ())], [], 0)), id="an unknown kind"),
            pytest.param(msgpack.packb(([(0, None, "rate", ())], [], 0)), id="no name"),
            pytest.param(msgpack.packb(([(0, "http_req", "rate", ())], [], 0)), id="another kind than is known"),
            pytest.param(msgpack.packb(([(0, "m", "rate", [("a", 1)])], [], 0)), id="a tag that is no text"),
            pytest.param(msgpack.packb(([(0, "m", "rate", [["a", [1]]])], [], 0)), id="a tag that is a list"),
            pytest.param(msgpack.packb(([], [(0, b"\1\1")], 0)), id="a delta of an undefined series"),
            pytest.param(msgpack.packb(([(0, "m", "rate", ())], [(-1, b"\1\1")], 0)), id="a delta of no series"),
            pytest.param(msgpack.packb(([(0, "m", "rate", ())], [(0, b"\1")], 0)), id="a delta that is cut"),
            pytest.param(msgpack.packb(([(0, "m", "rate", ())], [(0, b"\1\1\1")], 0)), id="a delta that is too long"),
            pytest.param(msgpack.packb(([(0, "m", "counter", ())], [(0, b"\1\1")], 0)), id="half a double"),
            pytest.param(msgpack.packb(([(0, "m", "rate", ())], [(0, "text")], 0)), id="a delta that is text"),
        ],
    )
    def test_a_damaged_payload_is_refused(self, payload: bytes) -> None:
        with pytest.raises(ValueError, match=r"damaged window of worker 5: ."):
            Aggregate().merge(5, payload)

    def test_a_payload_that_comes_twice_is_refused_where_it_defines_series(self) -> None:
        worker, master = Aggregate(), Aggregate()
        send(worker, tags())
        payload = worker.cut()
        master.merge(0, payload)
        with pytest.raises(ValueError, match="a window is lost or double"):
            master.merge(0, payload)


class TestTotals:
    def windows(self, worker: Aggregate) -> list[bytes]:
        """Three windows: the first defines all series, the second brings 1 request, the third 2."""
        payloads = []
        for n in range(3):
            for _ in range(max(n, 1)):
                send(worker, tags(), service_ns=100)
            worker.sink("sent", "counter", ()).add(0.1, 0)
            payloads.append(worker.cut())
        return payloads

    def test_totals_are_the_sum_of_the_windows(self) -> None:
        worker, master = Aggregate(), Aggregate()
        for payload in self.windows(worker):
            master.merge(3, payload)
        assert master.check_totals(3, worker.totals()) == []

    def test_each_source_has_an_account_of_its_own(self) -> None:
        workers, master = [Aggregate(), Aggregate()], Aggregate()
        for source, worker in enumerate(workers):
            for payload in self.windows(worker)[: 3 - source]:
                master.merge(source, payload)
        assert master.check_totals(0, workers[0].totals()) == []
        assert len(master.check_totals(1, workers[1].totals())) > 0

    def test_a_lost_window_is_named_figure_by_figure(self) -> None:
        worker, master = Aggregate(), Aggregate()
        for payload in self.windows(worker)[:2]:
            master.merge(1, payload)
        faults = master.check_totals(1, worker.totals())
        title = "http_req{method:GET,name:/me,phase:main,scenario:load}"
        assert f"worker 1: count of {title} is 2 in all windows together, but 4 in its totals" in faults
        assert f"worker 1: service.sum of {title} is 200 in all windows together, but 400 in its totals" in faults
        assert any(fault.startswith("worker 1: value of sent{}") for fault in faults)

    def test_a_doubled_window_is_found(self) -> None:
        worker, master = Aggregate(), Aggregate()
        payloads = self.windows(worker)
        for payload in (*payloads, payloads[-1]):
            master.merge(0, payload)
        assert any("is 6 in all windows together, but 4" in fault for fault in master.check_totals(0, worker.totals()))

    def test_what_no_cut_has_told_of_is_found(self) -> None:
        worker, master = Aggregate(), Aggregate()
        worker.sink("checks", "rate", ()).add(1, 0)
        assert master.check_totals(0, worker.totals()) == [
            "worker 0: no window told of series 0 (checks) with totals [1, 1]"
        ]

    def test_a_series_that_the_totals_lack_is_found(self) -> None:
        worker, master = Aggregate(), Aggregate()
        worker.sink("sent", "counter", ()).add(1, 0)
        master.merge(0, worker.cut())
        assert master.check_totals(0, b"[]") == ["worker 0: the totals lack sent{}, of which windows told"]

    def test_sums_past_64_bits_balance(self) -> None:
        worker, master = Aggregate(), Aggregate()
        for _ in range(4):
            worker.request(tags()).fold_values(due_ns=0, begin_ns=0, done_ns=2**63 - 1)
            master.merge(0, worker.cut())
        assert master.request(tags()).service.sum == 4 * (2**63 - 1)
        assert master.check_totals(0, worker.totals()) == []

    @pytest.mark.parametrize(
        "payload", [b"", b"{", b"7", b"[[0]]", b'[["a", "m", []]]', b'[[0, "m", 5]]', b"[[[0], 1, 2]]", b"\xff"]
    )
    def test_damaged_totals_are_refused(self, payload: bytes) -> None:
        master, worker = Aggregate(), Aggregate()
        worker.sink("sent", "counter", ()).add(1, 0)
        master.merge(0, worker.cut())
        with pytest.raises(ValueError, match=r"damaged totals of worker 0: ."):
            master.check_totals(0, payload)
