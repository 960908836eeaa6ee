"""How promises are read, and when they hold."""

import pytest

from tests.reference.runs import add_requests, add_values, request_tags
from ywstorm.errors import Problem
from ywstorm.metrics.registry import MetricDef, Registry
from ywstorm.metrics.thresholds import Threshold, ThresholdResult, evaluate, evaluate_all, is_close, parse_thresholds
from ywstorm_core.stats.aggregate import Aggregate

REGISTRY = Registry([MetricDef("auth_failures", "counter")])
STAGES = {"spike": ["0", "surge", "peak"], "load": ["0", "1"]}


def read(declared, scenario=None):
    return parse_thresholds(
        declared,
        REGISTRY,
        scenario=scenario,
        known_scenarios=["spike", "load"],
        known_stages=STAGES,
        where="spike.py:7",
    )


def one(selector, expression, scenario=None):
    """The threshold that a declaration without mistakes gives."""
    (threshold,), problems = read({selector: expression}, scenario)
    assert problems == []
    return threshold


@pytest.mark.parametrize(
    ("selector", "expression", "parsed"),
    [
        ("http_req_duration", "p(95)<500", ("p(95)", "<", 500.0)),
        ("http_req_duration", " p( 99.9 ) <= 1e3 ", ("p(99.9)", "<=", 1000.0)),
        ("http_req_duration", "avg > -1", ("avg", ">", -1.0)),
        ("http_req_duration", "med>=.5", ("med", ">=", 0.5)),
        ("http_req_failed", "rate<0.01", ("rate", "<", 0.01)),
        ("checks", "rate===1", ("rate", "===", 1.0)),
        ("http_reqs", "count!=0", ("count", "!=", 0.0)),
        ("http_reqs", "rate>100", ("rate", ">", 100.0)),
        ("vus", "value==5", ("value", "==", 5.0)),
    ],
)
def test_expressions_that_can_be_read(selector, expression, parsed):
    threshold = one(selector, expression)

    assert (threshold.aggregate, threshold.op, threshold.limit) == parsed
    assert threshold.expression == expression.strip()


@pytest.mark.parametrize(
    ("declared", "message", "hint"),
    [
        ({"http_req_duraton": "p(95)<5"}, "there is no metric 'http_req_duraton'", "did you mean 'http_req_duration'?"),
        (
            {"http_req_duration": "p(95)~5"},
            "'p(95)~5' on http_req_duration is not a threshold",
            "write one like 'p(95)<500'",
        ),
        ({"http_req_duration": "maxi<5"}, "http_req_duration is a trend and has no 'maxi'", "did you mean 'max'?"),
        (
            {"http_req_duration": "rate<5"},
            "http_req_duration is a trend and has no 'rate'",
            "a trend has avg, min, med, max, p(N)",
        ),
        (
            {"http_req_duration": "p(101)<5"},
            "http_req_duration is a trend and has no 'p(101)'",
            "N in p(N) is a number from 0 to 100",
        ),
        ({"http_req_duration": "p95<5"}, "http_req_duration is a trend and has no 'p95'", "did you mean 'p(95)'?"),
        ({"http_req_duration": "P(95)<5"}, "http_req_duration is a trend and has no 'P(95)'", "did you mean 'p(95)'?"),
        ({"http_req_duration": "median<5"}, "http_req_duration is a trend and has no 'median'", "did you mean 'med'?"),
        ({"vus": "last<5"}, "vus is a gauge and has no 'last'", "a gauge has value"),
        ({"http_reqs": "count<many"}, "'count<many' on http_reqs is not a threshold", "write one like 'p(95)<500'"),
        ({"http_reqs": "count<nan"}, "'count<nan' on http_reqs is not a threshold", "write one like 'p(95)<500'"),
        ({"http_reqs": 5}, "5 on http_reqs is not a threshold", "write one like 'p(95)<500'"),
        ({"http_reqs{scenario:spke}": "count>0"}, "there is no scenario 'spke'", "did you mean 'spike'?"),
        (
            {"http_reqs{url:/me}": "count>0"},
            "no series carries the tag 'url'",
            "requests are told apart by name: {name:…}",
        ),
        ({"http_reqs{scenario:setup}": "count>0"}, "there is no scenario 'setup'", "the script has spike, load"),
        ({"http_reqs{stage:peek}": "count>0"}, "there is no stage 'peek'", "did you mean 'peak'?"),
        ({"http_reqs{scenario:load,stage:peak}": "count>0"}, "there is no stage 'peak'", "the script has 0, 1"),
        ({"http_reqs{phase:man}": "count>0"}, "there is no phase 'man'", "did you mean 'main'?"),
        ({5: "count>0"}, "5 is not a selector", "write one like 'http_req_duration{stage:peak}'"),
        ({"http_reqs{x": "count>0"}, "'http_reqs{x' lacks the closing brace", ""),
        (
            {"http_req_waiting{endpoint:auth}": "max<5"},
            "http_req_waiting is kept by scenario and name only, not by 'endpoint'",
            "http_req_duration and http_req_service are kept by every tag",
        ),
        (
            {"http_reqs": [{"threshold": "count>0", "abortOnFail": True}]},
            "'abortOnFail' is not a field of a threshold",
            "did you mean 'abort_on_fail'?",
        ),
        (
            {"http_reqs": {"threshold": "count>0", "abort_on_fail": "yes"}},
            "abort_on_fail is True or False, not 'yes'",
            "",
        ),
    ],
)
def test_mistakes_are_named_with_their_place_and_a_suggestion(declared, message, hint):
    _, problems = read(declared)

    assert problems == [Problem("spike.py:7", message, hint)]


def test_all_mistakes_are_found_at_once_and_the_rest_is_read():
    thresholds, problems = read({"http_reqs": ["count>0", "median<1"], "htp_reqs": "count>0", "checks": "rate==1"})

    assert [threshold.metric for threshold in thresholds] == ["http_reqs", "checks"]
    assert len(problems) == 2


def test_the_object_form_says_when_to_abort():
    promise = {"threshold": "rate<0.1", "abort_on_fail": True, "delay_abort_eval": "10s"}

    threshold = one("http_req_failed", promise)

    assert (threshold.abort_on_fail, threshold.delay_ns) == (True, 10_000_000_000)


def test_a_delay_that_is_no_duration_is_a_mistake():
    _, problems = read({"http_reqs": {"threshold": "count>0", "delay_abort_eval": "soon"}})

    assert [problem.message.split(":")[0] for problem in problems] == ["delay_abort_eval"]


def test_a_threshold_of_a_scenario_is_about_its_samples():
    threshold = one("http_req_failed{stage:peak}", "rate<0.05", scenario="spike")

    assert threshold.tags == (("scenario", "spike"), ("stage", "peak"))
    assert threshold.scenario == "spike"


def test_a_threshold_of_a_scenario_cannot_be_about_another_one():
    _, problems = read({"http_reqs{scenario:load}": "count>0"}, scenario="spike")

    assert [problem.message for problem in problems] == ["the tag 'scenario' cannot be 'load' and 'spike' at once"]


def test_requests_of_setup_can_be_asked_about_by_phase():
    assert one("http_reqs{phase:setup,scenario:setup}", "count>0").tags == (("phase", "setup"), ("scenario", "setup"))


@pytest.fixture
def aggregate():
    """Nine good requests of 10…90 ms and a bad one of 100 ms, in stage peak of scenario spike."""
    aggregate = Aggregate()
    add_requests(aggregate, *range(10, 100, 10), stage="peak")
    add_requests(aggregate, 100, stage="peak", status="500", has_failed=True)
    add_values(aggregate, "checks", "rate", 1, 1, 1, 0)
    return aggregate


@pytest.mark.parametrize(
    ("selector", "expression", "passed", "observed"),
    [
        ("http_req_failed", "rate<0.2", True, 0.1),
        ("http_req_failed", "rate<0.1", False, 0.1),
        ("http_req_failed", "rate<=0.1", True, 0.1),
        ("http_req_failed{status:200}", "rate==0", True, 0.0),
        ("http_req_duration", "max<5000", True, 100),
        ("http_req_duration{stage:peak}", "avg>55", False, 55),
        ("http_req_duration{stage:peak}", "avg>=55", True, 55),
        ("http_reqs", "count===10", True, 10),
        ("http_reqs", "rate!=1", False, 1),
        ("checks", "rate>0.7", True, 0.75),
    ],
)
def test_a_threshold_holds_if_the_figure_is_within_its_limit(aggregate, selector, expression, passed, observed):
    result = evaluate(one(selector, expression), aggregate, REGISTRY, duration_s=10.0)

    assert (result.passed, result.reason) == (passed, None)
    assert result.observed == pytest.approx(observed)


@pytest.mark.parametrize(
    ("selector", "expression"),
    [
        ("http_req_duration{endpoint:none}", "p(95)<500"),
        ("http_req_failed{endpoint:none}", "rate<0.01"),
        ("group_duration", "avg<1"),
        ("vus", "value<5"),
        ("auth_failures{endpoint:none}", "count==0"),
        ("auth_failures{status:404}", "count==0"),
    ],
)
def test_without_data_a_threshold_fails(aggregate, selector, expression):
    result = evaluate(one(selector, expression), aggregate, REGISTRY, duration_s=10.0)

    assert (result.passed, result.observed, result.reason) == (False, None, "no data")


@pytest.mark.parametrize(
    ("selector", "scenario"),
    [
        ("auth_failures", None),
        ("auth_failures", "spike"),
        ("auth_failures{stage:peak}", "spike"),
        ("auth_failures{status:500,stage:peak}", None),
        ("dropped_iterations", None),
    ],
)
def test_a_counter_starts_at_zero_where_its_tags_were_carried(aggregate, selector, scenario):
    result = evaluate(one(selector, "count==0", scenario), aggregate, REGISTRY, duration_s=10.0)

    assert (result.passed, result.observed) == (True, 0)


def test_a_counter_of_a_scenario_that_did_not_run_has_no_data(aggregate):
    result = evaluate(one("auth_failures", "count==0", scenario="load"), aggregate, REGISTRY, duration_s=10.0)

    assert (result.passed, result.reason) == (False, "no data")


def test_a_quantile_among_dropped_arrivals_fails_whatever_is_promised(aggregate):
    aggregate.request(request_tags(stage="peak")).latency.add_infinite(5)
    promises = ["p(50)<500", "p(95)<500", "p(95)>0"]
    thresholds, _ = read({"http_req_latency": promises})

    results = evaluate_all(thresholds, aggregate, REGISTRY, duration_s=10.0)

    assert [result.passed for result in results] == [True, False, False]
    assert results[1].reason == "infinite: dropped arrivals never came to an end"


@pytest.mark.parametrize(
    ("kind", "op", "limit", "observed", "close"),
    [
        ("trend", "<", 500.0, 451.0, True),
        ("trend", "<", 500.0, 449.0, False),
        ("trend", ">", 100.0, 105.0, True),
        ("trend", ">", 100.0, 120.0, False),
        ("rate", "<", 0.01, 0.0095, True),
        ("rate", "<", 0.01, 0.0, False),
        ("rate", ">", 0.95, 1.0, False),
        ("rate", ">", 0.95, 0.952, True),
        ("counter", "==", 5.0, 5.0, False),
        ("counter", "<=", 0.0, 0.0, False),
    ],
)
def test_a_threshold_is_close_when_less_than_a_tenth_is_left(kind, op, limit, observed, close):
    threshold = Threshold("m", (), f"x{op}{limit}", "x", op, limit)

    assert is_close(ThresholdResult(threshold, observed, passed=True), kind) is close


def test_a_threshold_that_failed_is_not_close():
    threshold = Threshold("m", (), "max<5", "max", "<", 5.0)

    assert not is_close(ThresholdResult(threshold, 5.1, passed=False), "trend")
