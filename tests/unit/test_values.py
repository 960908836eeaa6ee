"""What the values of a metric are, once all series are merged."""

import pytest

from tests.reference.runs import add_requests, add_values, request_tags
from ywstorm.metrics.registry import MetricDef, Registry
from ywstorm.metrics.selectors import parse_selector
from ywstorm.metrics.values import TrendValues, is_trend_stat, values
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram

REGISTRY = Registry([MetricDef("items", "counter"), MetricDef("size", "trend")])


@pytest.fixture
def aggregate():
    """Ten requests to two endpoints, one of them failed, and one of setup."""
    aggregate = Aggregate()
    add_requests(aggregate, 10, 20, 30, 40, endpoint="auth")
    add_requests(aggregate, 50, 60, 70, 80, 90, endpoint="message")
    add_requests(aggregate, 100, has_failed=True, status="500", endpoint="message")
    add_requests(aggregate, 5_000, phase="setup", scenario="setup")
    return aggregate


def figures(aggregate, selector, duration_s=10.0):
    return values(aggregate, REGISTRY, parse_selector(selector), duration_s)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("http_reqs", {"count": 10, "rate": 1.0}),
        ("http_reqs{endpoint:message}", {"count": 6, "rate": 0.6}),
        ("http_reqs{phase:setup}", {"count": 1, "rate": 0.1}),
        ("http_reqs{endpoint:nobody}", {"count": 0, "rate": 0.0}),
        ("data_sent", {"count": 1000, "rate": 100.0}),
        ("data_received{endpoint:auth}", {"count": 1200, "rate": 120.0}),
        ("http_req_failed", {"rate": 0.1, "passes": 1, "fails": 9}),
        ("http_req_failed{endpoint:auth}", {"rate": 0.0, "passes": 0, "fails": 4}),
        ("http_req_failed{endpoint:nobody}", {"rate": None, "passes": 0, "fails": 0}),
    ],
)
def test_counts_and_rates_of_requests(aggregate, selector, expected):
    assert figures(aggregate, selector).to_dict() == expected


@pytest.mark.parametrize(
    ("selector", "stat", "expected_ms"),
    [
        ("http_req_duration", "avg", 55),
        ("http_req_duration", "min", 10),
        ("http_req_duration", "med", 50),
        ("http_req_duration", "max", 100),
        ("http_req_duration", "p(95)", 100),
        ("http_req_duration{endpoint:auth}", "p(50)", 20),
        ("http_req_service", "max", 100),
        ("http_req_latency", "max", 101),
        ("http_req_lateness", "avg", 1),
        ("http_req_waiting", "med", 50),
        ("http_req_waiting{name:GET /me}", "max", 100),
        ("http_req_connecting", "max", 0),
        ("http_req_duration{phase:setup}", "max", 5000),
    ],
)
def test_times_are_told_in_milliseconds(aggregate, selector, stat, expected_ms):
    assert figures(aggregate, selector).get(stat) == pytest.approx(expected_ms, rel=5e-4)


def test_requests_without_a_connection_count_but_are_in_no_trend(aggregate):
    add_requests(aggregate, 0, has_failed=True, has_connection=False, status="0")

    assert figures(aggregate, "http_reqs").n == 11
    assert figures(aggregate, "http_req_duration").n == 10


def test_sinks_are_merged_over_their_tags():
    aggregate = Aggregate()
    add_values(aggregate, "items", "counter", 1, 2.5)
    add_values(aggregate, "items", "counter", 4, scenario="load")
    add_values(aggregate, "checks", "rate", 1, 1, 0, check="ok")
    add_values(aggregate, "vus", "gauge", 1, 50, 3)

    assert figures(aggregate, "items").to_dict() == {"count": 7.5, "rate": 0.75}
    assert figures(aggregate, "items{scenario:load}").to_dict() == {"count": 4, "rate": 0.4}
    assert figures(aggregate, "checks").to_dict() == {"rate": 2 / 3, "passes": 2, "fails": 1}
    assert figures(aggregate, "vus").to_dict() == {"last": 3, "min": 1, "max": 50}


def test_a_gauge_that_was_never_set_has_no_level():
    assert figures(Aggregate(), "vus").to_dict() == {"last": None, "min": None, "max": None}


def test_a_custom_trend_is_told_as_it_was_added():
    aggregate = Aggregate()
    add_values(aggregate, "size", "trend", 0.5, 1.5)

    assert figures(aggregate, "size").get("avg") == pytest.approx(1.0)
    assert figures(aggregate, "size").to_dict()["sum"] == pytest.approx(2.0)


def test_an_empty_trend_has_a_count_of_zero_and_nothing_else():
    expected = dict.fromkeys(("sum", "avg", "min", "med", "max", "p(90)", "p(95)", "p(99)", "p(99.9)"))

    assert figures(Aggregate(), "http_req_duration").to_dict() == {"count": 0, **expected}


def test_more_quantiles_than_the_schema_has_can_be_asked_for(aggregate):
    told = figures(aggregate, "http_req_duration").to_dict(["count", "avg", "p(25)"])

    assert told["p(25)"] == pytest.approx(30, rel=5e-4)
    assert told["p(99.9)"] == pytest.approx(100, rel=5e-4)


def test_dropped_arrivals_count_as_infinite_latency():
    aggregate = Aggregate()
    add_requests(aggregate, *range(1, 91))
    aggregate.request(request_tags(status="0")).latency.add_infinite(10)
    latency = figures(aggregate, "http_req_latency")

    told = latency.to_dict()

    assert told["count"] == 100
    assert told["med"] == pytest.approx(51, rel=5e-4)
    assert told["p(90)"] == pytest.approx(91, rel=5e-4)
    assert [told[stat] for stat in ("p(95)", "max", "avg", "sum")] == [None] * 4
    assert told["censored_above"] == pytest.approx(91)


def test_where_all_is_infinite_nothing_is_known():
    histogram = Histogram()
    histogram.add_infinite()

    assert TrendValues(histogram).get("min") is None
    assert TrendValues(histogram).get("med") is None


def test_a_run_of_no_time_has_rates_of_zero(aggregate):
    assert figures(aggregate, "http_reqs", duration_s=0.0).get("rate") == 0.0


@pytest.mark.parametrize(
    "stat", ["count", "avg", "min", "med", "max", "p(0)", "p(99.99)", "p(100)", "p(.5)", "p( 95 )"]
)
def test_figures_that_a_trend_has(stat):
    assert is_trend_stat(stat)


@pytest.mark.parametrize("stat", ["", "mean", "p95", "p()", "p(101)", "p(-1)", "p(1e1)", "value", "p(95"])
def test_figures_that_a_trend_has_not(stat):
    assert not is_trend_stat(stat)
