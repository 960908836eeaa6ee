"""Each kind of series: what it records, and what it refuses."""

import math

import pytest

from ywstorm_core.stats.series import (
    CounterSeries,
    GaugeSeries,
    RateSeries,
    RequestSeries,
    Series,
    TimingSeries,
    TrendSeries,
)

TAGS = (("name", "/me"), ("phase", "main"), ("scenario", "load"))


class TestEverySeries:
    @pytest.mark.parametrize(
        ("cls", "kind"),
        [
            (RequestSeries, "request"),
            (TimingSeries, "timing"),
            (CounterSeries, "counter"),
            (GaugeSeries, "gauge"),
            (RateSeries, "rate"),
            (TrendSeries, "trend"),
        ],
    )
    def test_it_knows_what_it_is(self, cls: type[Series], kind: str) -> None:
        series = cls(7, "m", TAGS)
        assert (series.id, series.metric, series.kind, series.tags) == (7, "m", kind, TAGS)

    @pytest.mark.parametrize(
        ("key", "value"), [("name", "/me"), ("scenario", "load"), ("stage", None), ("", None), ("nam", None)]
    )
    def test_a_tag_has_a_value_or_none(self, key: str, value: str | None) -> None:
        assert CounterSeries(0, "m", TAGS).tag(key) == value

    @pytest.mark.parametrize(
        ("tags", "is_main"), [(TAGS, True), ((), False), ((("phase", "setup"),), False), ((("stage", "main"),), False)]
    )
    def test_the_main_phase_is_that_of_the_tag_phase(self, tags: tuple[tuple[str, str], ...], is_main: bool) -> None:
        assert CounterSeries(0, "m", tags).is_main_phase is is_main

    @pytest.mark.parametrize("cls", [RequestSeries, TimingSeries])
    def test_a_series_of_requests_takes_no_single_values(self, cls: type[Series]) -> None:
        with pytest.raises(TypeError, match=r"m: a \w+ series takes no single values"):
            cls(0, "m", TAGS).add(1.0, 0)


class TestRequests:
    def test_four_durations_come_from_three_instants_and_three_parts(self) -> None:
        series = RequestSeries(0, "http_req", TAGS)
        series.fold_values(
            due_ns=1000, begin_ns=1010, done_ns=1500, sending_ns=1, waiting_ns=20, receiving_ns=300, bytes_sent=5
        )
        assert series.duration.sum == 321
        assert series.service.sum == 490
        assert series.latency.sum == 500
        assert series.lateness.sum == 10

    def test_attempts_failures_and_bytes_add_up(self) -> None:
        series = RequestSeries(0, "http_req", TAGS)
        for failed in (True, False, True):
            series.fold_values(due_ns=0, begin_ns=0, done_ns=1, bytes_sent=10, bytes_received=300, has_failed=failed)
        assert (series.count, series.failed, series.bytes_sent, series.bytes_received) == (3, 2, 30, 900)

    def test_a_request_that_never_got_a_connection_counts_but_has_no_durations(self) -> None:
        series = RequestSeries(0, "http_req", TAGS)
        series.fold_values(due_ns=0, begin_ns=5, done_ns=9, has_failed=True, has_connection=False)
        assert (series.count, series.failed) == (1, 1)
        assert [h.count for h in (series.duration, series.service, series.latency, series.lateness)] == [0] * 4


class TestTimings:
    def test_each_part_has_a_histogram(self) -> None:
        series = TimingSeries(0, "http_req_timing", TAGS)
        series.fold_values(
            blocked_ns=1, looking_up_ns=2, connecting_ns=3, tls_ns=4, sending_ns=5, waiting_ns=6, receiving_ns=7
        )
        parts = (
            series.blocked,
            series.looking_up,
            series.connecting,
            series.tls,
            series.sending,
            series.waiting,
            series.receiving,
        )
        assert [(part.count, part.sum) for part in parts] == [(1, i) for i in range(1, 8)]

    def test_a_request_without_a_connection_has_no_parts(self) -> None:
        series = TimingSeries(0, "http_req_timing", TAGS)
        series.fold_values(blocked_ns=9, has_connection=False)
        assert series.blocked.count == 0


class TestCounters:
    def test_values_add_up(self) -> None:
        series = CounterSeries(0, "sent", TAGS)
        for value in (1, 2.5, -0.5):
            series.add(value, 0)
        assert (series.value, series.count) == (3.0, 3)

    @pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
    def test_only_finite_numbers_are_added(self, value: float) -> None:
        with pytest.raises(ValueError, match="sent: a counter adds finite numbers"):
            CounterSeries(0, "sent", TAGS).add(value, 0)


class TestGauges:
    def test_a_new_gauge_is_all_zero(self) -> None:
        series = GaugeSeries(0, "depth", TAGS)
        assert (series.last, series.min, series.max, series.count) == (0, 0, 0, 0)

    def test_the_newest_value_is_last_whatever_the_order(self) -> None:
        series = GaugeSeries(0, "depth", TAGS)
        for value, at_ns in ((5, 10), (9, 30), (-2, 20)):
            series.add(value, at_ns)
        assert (series.last, series.at_ns, series.min, series.max, series.count) == (9, 30, -2, 9, 3)

    def test_the_later_of_two_values_at_one_instant_wins(self) -> None:
        series = GaugeSeries(0, "depth", TAGS)
        series.add(1, 10)
        series.add(2, 10)
        assert series.last == 2

    @pytest.mark.parametrize("value", [math.inf, math.nan])
    def test_only_finite_numbers_are_kept(self, value: float) -> None:
        with pytest.raises(ValueError, match="depth: a gauge takes finite numbers"):
            GaugeSeries(0, "depth", TAGS).add(value, 0)


class TestRates:
    def test_anything_but_zero_passes(self) -> None:
        series = RateSeries(0, "checks", TAGS)
        for value in (1, 0, True, False, 0.5, -1):
            series.add(value, 0)
        assert (series.passes, series.total) == (4, 6)


class TestTrends:
    @pytest.mark.parametrize(
        ("value", "stored"),
        [(0, 0), (1, 1_000_000), (0.0000004, 0), (0.0000006, 1), (12.3456789, 12_345_679), (9.1e12, 9_100 * 10**15)],
    )
    def test_a_value_is_stored_in_millionths(self, value: float, stored: int) -> None:
        series = TrendSeries(0, "wait", TAGS)
        series.add(value, 0)
        assert series.histogram.sum == stored

    @pytest.mark.parametrize("value", [-1e-9, -1, 9.2e12, math.inf, math.nan])
    def test_a_value_out_of_range_is_refused(self, value: float) -> None:
        series = TrendSeries(0, "wait", TAGS)
        with pytest.raises(ValueError, match=r"wait: a trend takes numbers from 0 to below 9\.2e12"):
            series.add(value, 0)
        assert (series.histogram.count, series.histogram.lost) == (0, 0)
