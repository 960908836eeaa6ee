"""Thresholds that end a run: from when on, which one, and what is said of it."""

from typing import Any

import pytest

from tests.reference.runs import add_requests, add_values, clean_run
from ywstorm.metrics.aborts import Abort, find_abort, marked
from ywstorm.metrics.facts import End, EndReason
from ywstorm.metrics.registry import MetricDef, Registry
from ywstorm.metrics.thresholds import ThresholdResult, evaluate_all, parse_thresholds
from ywstorm.verdict.exits import decide
from ywstorm_core.stats.aggregate import Aggregate

NS_PER_S = 1_000_000_000
REGISTRY = Registry([MetricDef("errors", "counter"), MetricDef("size", "trend")])
STARTS_NS = {"spike": 0, "late": 60 * NS_PER_S}


def thresholds(scenario: str | None = None, **promises: Any) -> list[Any]:
    read, problems = parse_thresholds(promises, REGISTRY, scenario=scenario, known_scenarios=STARTS_NS)
    assert problems == []
    return read


def acting(expression: str, delay: str = "0s") -> dict[str, Any]:
    """A promise that ends the run when it is broken."""
    return {"threshold": expression, "abort_on_fail": True, "delay_abort_eval": delay}


def half_failed() -> Aggregate:
    aggregate = Aggregate()
    add_requests(aggregate, 10, 20)
    add_requests(aggregate, 30, 40, has_failed=True, expected_response="false", status="500")
    return aggregate


def abort(read: list[Any], at_s: float, aggregate: Aggregate | None = None) -> Abort | None:
    return find_abort(read, aggregate or half_failed(), REGISTRY, round(at_s * NS_PER_S), STARTS_NS)


@pytest.mark.parametrize(
    ("promise", "at_s", "is_over"),
    [
        pytest.param(acting("rate<0.1"), 1, True, id="broken: at once"),
        pytest.param(acting("rate<0.6"), 1, False, id="kept"),
        pytest.param("rate<0.1", 1, False, id="broken, but it may not end the run"),
        pytest.param({"threshold": "rate<0.1", "abort_on_fail": False}, 1, False, id="broken, but told not to"),
        pytest.param(acting("rate<0.1", "10s"), 9.9, False, id="broken, but its delay is not over"),
        pytest.param(acting("rate<0.1", "10s"), 10, True, id="broken after its delay"),
    ],
)
def test_a_broken_promise_ends_the_run_if_it_says_so_and_its_delay_is_over(
    promise: Any, at_s: float, is_over: bool
) -> None:
    assert (abort(thresholds(http_req_failed=promise), at_s) is not None) == is_over


@pytest.mark.parametrize(("at_s", "is_over"), [(69, False), (70, True)])
def test_the_delay_of_a_scenarios_threshold_counts_from_its_start(at_s: float, is_over: bool) -> None:
    aggregate = Aggregate()
    add_requests(aggregate, 10, scenario="late", has_failed=True)

    read = thresholds("late", http_req_failed=acting("rate<0.1", "10s"))

    assert (abort(read, at_s, aggregate) is not None) == is_over


def test_a_threshold_without_data_ends_nothing_yet() -> None:
    read = thresholds(size=acting("p(95)<10"))

    assert abort(read, 5) is None
    assert not evaluate_all(read, half_failed(), REGISTRY, 5)[0].passed


def test_an_infinite_figure_ends_the_run() -> None:
    aggregate = half_failed()
    series = aggregate.request((("phase", "main"), ("scenario", "spike")))
    series.latency.add_infinite(9)  # type: ignore[attr-defined]

    found = abort(thresholds(http_req_latency=acting("p(95)<5000")), 12.34, aggregate)

    assert found is not None
    assert found.text == "http_req_latency: p(95)<5000 after 12.3s, at infinity"


def test_the_first_broken_promise_in_the_order_of_the_script_is_the_one() -> None:
    aggregate = half_failed()
    add_values(aggregate, "errors", "counter", 7)
    read = thresholds(http_req_failed=[acting("rate<0.6"), acting("rate<0.1")], errors=acting("count<5"))

    found = abort(read, 83.21, aggregate)

    assert found is not None
    assert found.result.threshold is read[1]
    assert found.text == "http_req_failed: rate<0.1 after 1m23.2s, at 0.5"


def test_the_final_result_stays_broken_and_says_when() -> None:
    read = thresholds(http_req_failed=[acting("rate<0.4"), "rate<0.9"])
    found = abort(read, 2)
    mended = [ThresholdResult(threshold, 0.39, passed=True) for threshold in read]

    first, second = marked(mended, found)

    assert (first.passed, first.observed, first.reason) == (False, 0.39, "ended the run after 2s, at 0.5")
    assert second == mended[1]


def test_without_an_abort_results_are_what_they_are() -> None:
    results = [ThresholdResult(threshold, 0.39, passed=True) for threshold in thresholds(http_req_failed="rate<0.4")]

    assert marked(results, None) == results


def test_the_run_ends_with_99_and_names_the_threshold() -> None:
    found = abort(thresholds(http_req_failed=acting("rate<0.1")), 12)
    assert found is not None

    verdict = decide(clean_run(ends=(End(EndReason.THRESHOLD, found.text),)), [], [], half_failed())

    assert verdict.exit_code == 99
    assert verdict.sentence == (
        "FAILED: ended by the threshold http_req_failed: rate<0.1 after 12s, at 0.5; the measurement is valid"
        " (exit code 99)"
    )
