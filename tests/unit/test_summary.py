"""The summary: everything a report may tell, in the shape of its schema."""

import json
import stat

import orjson
import pytest

from tests.reference.runs import add_requests, add_values, clean_run, request_tags, spike
from ywstorm.metrics.facts import ErrorFacts, ExceptionFacts, WindowFacts
from ywstorm.metrics.registry import MetricDef, Registry
from ywstorm.metrics.summary import build_summary
from ywstorm.metrics.thresholds import evaluate_all, parse_thresholds
from ywstorm.report.json import write_summary
from ywstorm.verdict.exits import decide
from ywstorm.verdict.rules import judge
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram

REGISTRY = Registry([MetricDef("items", "counter")])
TREND = {"count", "sum", "avg", "min", "med", "max", "p(90)", "p(95)", "p(99)", "p(99.9)"}


def latency(*values_ms):
    histogram = Histogram()
    for value_ms in values_ms:
        histogram.add(value_ms * 1_000_000)
    return histogram


@pytest.fixture
def aggregate():
    aggregate = Aggregate()
    add_requests(aggregate, 10, 20, 30, endpoint="auth")
    add_requests(aggregate, 400, endpoint="auth", status="404", error_code="1404", has_failed=True)
    add_requests(aggregate, 50, method="POST", name="POST /send", stage="peak", endpoint="message")
    add_requests(aggregate, 900, phase="setup", scenario="setup")
    add_values(aggregate, "checks", "rate", 1, 1, 0, check="ok")
    add_values(aggregate, "checks", "rate", 1, check="ok", group="inner")
    add_values(aggregate, "checks", "rate", 1, check="ok", phase="setup", scenario="setup")
    return aggregate


def summarise(aggregate, thresholds=None, trend_stats=("avg", "p(95)"), **changes):
    parsed, problems = parse_thresholds(thresholds or {}, REGISTRY, known_stages={"spike": ["peak", "off"]})
    assert problems == []
    facts = clean_run(requests_sent=6, **changes)
    results = evaluate_all(parsed, aggregate, REGISTRY, facts.duration_s)
    verdict = decide(facts, results, judge(facts), aggregate)
    return build_summary(facts, aggregate, REGISTRY, results, verdict, trend_stats)


def test_the_summary_has_the_keys_of_its_schema(aggregate):
    told = summarise(aggregate).to_dict()

    assert list(told) == [
        "schema", "run", "verdict", "metrics", "endpoints", "thresholds",
        "checks", "errors", "scenarios", "workers", "windows",
    ]  # fmt: skip
    assert told["schema"] == "ywstorm.summary/1"
    assert set(told["run"]) == {
        "id", "started_at", "duration_s", "requests_sent", "script", "scenarios",
        "workers", "options", "overrides", "versions", "machine", "rss_bytes",
    }  # fmt: skip
    assert set(told["verdict"]) == {"exit_code", "passed", "validity", "findings"}
    assert set(told["metrics"][0]) == {"name", "kind", "unit", "tags", "values"}
    assert set(told["endpoints"][0]) == {
        "scenario", "method", "name", "tags", "count", "failed", "rate",
        "bytes_sent", "bytes_received", "duration", "service", "latency",
    }  # fmt: skip
    assert set(told["endpoints"][0]["latency"]) == TREND
    assert set(told["scenarios"][0]) == {
        "name", "executor", "iterations", "iteration_errors", "dropped", "interrupted", "vus_max",
    }  # fmt: skip
    assert set(told["workers"][0]) == {
        "index", "pid", "cpu_s", "cpu_share", "max_lag_ms", "rss_bytes", "requests", "state",
    }  # fmt: skip


def test_the_run_is_identified(aggregate):
    run = summarise(aggregate, overrides=("50 VUs instead of 5 (-u)",)).to_dict()["run"]

    assert run["started_at"] == "2026-09-01T12:00:00+00:00"
    assert run["duration_s"] == 10.0
    assert (run["scenarios"], run["workers"]) == (["spike"], 2)
    assert run["overrides"] == ["50 VUs instead of 5 (-u)"]


def test_metrics_are_the_untagged_totals_and_what_thresholds_name(aggregate):
    told = summarise(aggregate, {"http_reqs{stage:peak}": "count>0", "http_reqs": "count>0"}).to_dict()["metrics"]

    assert [metric["name"] for metric in told] == [*(metric.name for metric in REGISTRY), "http_reqs"]
    assert (told[-1]["tags"], told[-1]["values"]) == ({"stage": "peak"}, {"count": 1, "rate": 0.1})
    assert told[0]["values"] == {"count": 5, "rate": 0.5}


def test_thresholds_tell_what_was_promised_and_observed(aggregate):
    told = summarise(aggregate, {"http_reqs{stage:peak}": "count>1", "items{stage:off}": "count<1"}).to_dict()

    assert told["thresholds"] == [
        {
            "scenario": None,
            "metric": "http_reqs",
            "tags": {"stage": "peak"},
            "expression": "count>1",
            "observed": 1,
            "passed": False,
            "reason": None,
        },
        {
            "scenario": None,
            "metric": "items",
            "tags": {"stage": "off"},
            "expression": "count<1",
            "observed": None,
            "passed": False,
            "reason": "no data",
        },
    ]
    assert (told["verdict"]["exit_code"], told["verdict"]["passed"]) == (99, False)


def test_endpoints_join_what_only_ywstorm_tells_apart(aggregate):
    first, second = summarise(aggregate).to_dict()["endpoints"]

    assert (first["name"], first["tags"], first["count"], first["failed"]) == ("GET /me", {"endpoint": "auth"}, 4, 1)
    assert (first["rate"], first["bytes_sent"], first["bytes_received"]) == (0.4, 400, 1200)
    assert first["duration"]["avg"] == pytest.approx(115)
    assert first["latency"]["max"] == pytest.approx(401)
    assert (second["name"], second["method"], second["count"]) == ("POST /send", "POST", 1)


def test_requests_with_other_tags_of_the_script_are_another_endpoint(aggregate):
    add_requests(aggregate, 10, endpoint="probe")

    names = [(e["name"], e["tags"]["endpoint"]) for e in summarise(aggregate).to_dict()["endpoints"]]

    assert names == [("GET /me", "auth"), ("POST /send", "message"), ("GET /me", "probe")]


def test_an_arrival_that_was_dropped_is_no_endpoint():
    aggregate = Aggregate()
    aggregate.request(request_tags()).latency.add_infinite(3)

    assert summarise(aggregate).endpoints == ()


def test_checks_are_counted_by_name_and_scenario_in_phase_main(aggregate):
    assert summarise(aggregate).to_dict()["checks"] == [{"name": "ok", "scenario": "spike", "passes": 3, "fails": 1}]


def test_errors_are_explained_the_most_frequent_first(aggregate):
    errors = (
        ErrorFacts(1404, 1, "404 Not Found", "http://127.0.0.1:9/api/me"),
        ErrorFacts(1212, 7, "connection refused", "http://127.0.0.1:9/api/me"),
    )

    refused, missing = summarise(aggregate, errors=errors).to_dict()["errors"]

    assert set(refused) == {"code", "name", "owner", "count", "sample", "hint"}
    assert (refused["name"], refused["count"], refused["sample"]) == ("tcp.refused", 7, "connection refused")
    assert refused["hint"].endswith("is the server running at http://127.0.0.1:9?")
    assert (missing["name"], missing["owner"]) == ("http.404", "target")


def test_exceptions_are_errors_of_the_script(aggregate):
    exceptions = (ExceptionFacts("KeyError: 'token'", "Traceback …", 3),)
    changes = {"exceptions": exceptions, "scenarios": (spike(iteration_errors=3),)}

    (error,) = summarise(aggregate, **changes).to_dict()["errors"]

    assert (error["code"], error["name"], error["owner"]) == (1800, "script.exception", "script")
    assert (error["count"], error["sample"]) == (3, "KeyError: 'token'")


def test_windows_tell_the_latency_of_each_second(aggregate):
    windows = (WindowFacts(0, 2, 1, 50, latency(10, 20)), WindowFacts(1, 0, 0, 50, latency()))

    first, second = summarise(aggregate, windows=windows).to_dict()["windows"]

    assert (first["t_s"], first["requests"], first["failed"], first["vus"]) == (0, 2, 1, 50)
    assert (first["p(50)"], first["p(99)"]) == (pytest.approx(10, rel=5e-4), pytest.approx(20, rel=5e-4))
    assert (second["p(50)"], second["p(95)"], second["p(99)"]) == (None, None, None)


def test_findings_are_told_with_what_was_observed(aggregate):
    (finding,) = summarise(aggregate, scenarios=(spike(starts=994),)).to_dict()["verdict"]["findings"]

    assert (finding["rule"], finding["level"], finding["observed"], finding["limit"]) == ("V1", "SUSPECT", 0.006, 0.005)


def test_the_target_is_told_of_when_there_was_one(aggregate):
    target = {"url": "http://127.0.0.1:9/api", "requests": 6, "by_endpoint": {"GET /me": 6}}

    assert summarise(aggregate, target=target).to_dict()["target"] == target


def test_trend_stats_are_added_to_those_of_the_schema(aggregate):
    told = summarise(aggregate, trend_stats=("avg", "p(75)")).to_dict()

    assert set(told["endpoints"][0]["duration"]) == TREND | {"p(75)"}


def test_the_file_holds_the_summary_and_nothing_else_is_left_behind(aggregate, tmp_path):
    summary = summarise(aggregate)
    path = tmp_path / "summary.json"
    path.write_text("an older one")

    write_summary(summary, path)

    assert orjson.loads(path.read_bytes()) == json.loads(json.dumps(summary.to_dict()))
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


def test_a_file_that_cannot_be_written_leaves_the_old_one(aggregate, tmp_path):
    path = tmp_path / "summary.json"
    path.mkdir()

    with pytest.raises(OSError, match="summary"):
        write_summary(summarise(aggregate), path)

    assert list(tmp_path.iterdir()) == [path]
