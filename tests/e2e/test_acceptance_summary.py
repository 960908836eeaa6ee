"""The summary as JSON has exactly the fields that are promised, with figures that agree; its text says the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.run_of import Ended, run

SCRIPT = """
options(thresholds={
    "http_req_duration{name:GET /analytics/summary}": ["p(95)<5000", "p(95)<0.001"],
    "iterations": "count>=4",
    "messages_sent": "count>0",
    "unseen": "avg<1",
})
unseen = Trend("unseen")
sent = Counter("messages_sent")

@setup
async def prepare(vu: VU) -> None:
    await vu.get("/nowhere")

@scenario(RampingVUs(start_vus=2, stages=[Stage("600ms", 2), Stage("600ms", 1)]), thresholds={"checks": "rate==1"})
async def spike(vu: VU) -> None:
    response = await vu.get("/analytics/summary", name="GET /analytics/summary", tags={"endpoint": "analytics"})
    vu.check("refused", response.status == 401)
    vu.check("even", vu.iteration % 2 == 0)
    await vu.sleep(0.1)
"""

TREND = "count sum avg min med max p(90) p(95) p(99) p(99.9)"
FIELDS = {
    "": "schema run verdict metrics endpoints thresholds checks errors scenarios workers windows target",
    "run": (
        "id started_at duration_s requests_sent script scenarios workers options overrides versions machine rss_bytes"
    ),
    "verdict": "exit_code passed validity findings",
    "metrics": "name kind unit tags values",
    "metrics counter": "count rate",
    "metrics gauge": "last min max",
    "metrics rate": "rate passes fails",
    "metrics trend": TREND,
    "endpoints": "scenario method name tags count failed rate bytes_sent bytes_received duration service latency",
    "endpoints duration": TREND,
    "endpoints service": TREND,
    "endpoints latency": TREND,
    "thresholds": "scenario metric tags expression observed passed reason",
    "checks": "name scenario passes fails",
    "errors": "code name owner count sample hint",
    "scenarios": "name executor iterations iteration_errors dropped interrupted vus_max",
    "workers": "index pid cpu_s cpu_share max_lag_ms rss_bytes requests state",
    "windows": "t_s requests failed vus p(50) p(95) p(99)",
    "target": "url requests by_endpoint",
}
BUILT_IN = {
    *("http_reqs", "http_req_failed", "http_reqs_resent", "http_req_duration", "http_req_service", "http_req_latency"),
    *("http_req_lateness", "http_req_blocked", "http_req_looking_up", "http_req_connecting"),
    *("http_req_tls_handshaking", "http_req_sending", "http_req_waiting", "http_req_receiving"),
    *("data_sent", "data_received", "iterations", "iteration_duration", "iteration_errors", "dropped_iterations"),
    *("checks", "group_duration", "vus", "vus_max"),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return run(tmp_path_factory.mktemp("summary"), SCRIPT, "--with-target", "--workers", "2", code=99)


def objects(told: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """All objects of a summary that a row of FIELDS is about."""
    section, _, part = path.partition(" ")
    found = told[section] if section else told
    for each in found if isinstance(found, list) else [found]:
        if section == "metrics" and part:
            if each["kind"] == part:
                yield each["values"]
        else:
            yield each[part] if part else each


@pytest.mark.parametrize(("path", "fields"), FIELDS.items(), ids=FIELDS)
def test_every_object_has_the_promised_fields_and_no_other(ended: Ended, path: str, fields: str) -> None:
    seen = list(objects(ended.summary, path))

    assert seen
    for each in seen:
        assert " ".join(each) == fields


def test_what_ran_is_told(ended: Ended) -> None:
    told = ended.summary
    started_at = datetime.fromisoformat(told["run"]["started_at"])

    assert told["schema"] == "ywstorm.summary/1"
    assert started_at.utcoffset() == timedelta(0)
    assert timedelta(0) < datetime.now(UTC) - started_at < timedelta(minutes=5)
    assert 1.2 <= told["run"]["duration_s"] < 3
    assert (told["run"]["script"], told["run"]["scenarios"], told["run"]["workers"]) == ("spike.py", ["spike"], 2)
    assert told["run"]["rss_bytes"] > sum(worker["rss_bytes"] for worker in told["workers"])
    assert told["verdict"] == {"exit_code": 99, "passed": False, "validity": "VALID", "findings": []}
    assert {metric["name"] for metric in told["metrics"]} == {*BUILT_IN, "unseen", "messages_sent"}


def test_figures_agree_with_each_other(ended: Ended) -> None:
    told = ended.summary
    n = ended.metric("iterations")["count"]
    [scenario], [endpoint] = told["scenarios"], told["endpoints"]

    assert (scenario["iterations"], scenario["executor"], scenario["vus_max"]) == (n, "ramping_vus", 2)
    assert (endpoint["count"], endpoint["failed"], endpoint["tags"]) == (n, n, {"endpoint": "analytics"})
    assert told["run"]["requests_sent"] == told["target"]["requests"] == n + 1
    assert told["target"]["by_endpoint"]["GET /analytics/summary"] == n
    assert [window["t_s"] for window in told["windows"]] == list(range(len(told["windows"])))
    assert told["windows"][0]["vus"] == 2
    assert ended.metric("http_reqs")["rate"] == pytest.approx(n / told["run"]["duration_s"])
    assert [(check["name"], check["passes"] + check["fails"]) for check in told["checks"]] == [
        ("refused", n),
        ("even", n),
    ]
    [error] = told["errors"]  # that of setup is none of the load's
    assert (error["code"], error["name"], error["owner"], error["count"]) == (1401, "http.401", "target", n)


def test_quantiles_lie_in_order_between_minimum_and_maximum(ended: Ended) -> None:
    for name in ("http_req_duration", "http_req_service", "http_req_latency", "iteration_duration"):
        values = ended.metric(name)
        ordered = [values[each] for each in ("min", "med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max")]
        assert ordered == sorted(ordered), name
        assert values["sum"] == pytest.approx(values["count"] * values["avg"])
    assert ended.metric("http_req_service")["max"] >= ended.metric("http_req_duration")["max"]
    assert ended.metric("unseen") == {field: 0 if field == "count" else None for field in TREND.split()}


# By expression: what was observed, whether that passes, and why not when there is nothing to observe.
THRESHOLDS = {
    "p(95)<5000": (True, True, None),
    "p(95)<0.001": (True, False, None),
    "count>=4": (True, True, None),
    "count>0": (True, False, None),
    "avg<1": (False, False, "no data"),
    "rate==1": (True, False, None),
}


@pytest.mark.parametrize(("expression", "expected"), THRESHOLDS.items(), ids=THRESHOLDS)
def test_a_threshold_is_told_with_observed_and_limit(
    ended: Ended, expression: str, expected: tuple[bool, bool, str | None]
) -> None:
    [told] = [each for each in ended.summary["thresholds"] if each["expression"] == expression]
    [line] = [line for line in ended.out.splitlines() if f"'{expression}'" in line]
    aggregate = re.match(r"[\w()]+", expression)

    assert (told["observed"] is not None, told["passed"], told["reason"]) == expected
    assert line.strip()[0] in ("✓⚠" if told["passed"] else "✗")
    assert aggregate is not None
    assert (f"{aggregate[0]}=" if told["reason"] is None else told["reason"]) in line


def test_observed_is_the_value_of_the_metric(ended: Ended) -> None:
    by_expression = {each["expression"]: each for each in ended.summary["thresholds"]}
    part = ended.metric("http_req_duration", name="GET /analytics/summary")

    assert by_expression["p(95)<0.001"]["observed"] == part["p(95)"]
    assert by_expression["count>=4"]["observed"] == ended.metric("iterations")["count"]
    assert by_expression["count>0"]["observed"] == 0  # a counter starts at 0 with the run
    assert by_expression["rate==1"]["observed"] == ended.metric("checks")["rate"]
    assert by_expression["rate==1"]["scenario"] == "spike"
    assert "4 of 6 thresholds failed" in ended.out.splitlines()[-1]


def test_the_text_has_its_sections_in_order(ended: Ended) -> None:
    places = [ended.out.index(f"█ {title}") for title in ("THRESHOLDS", "TOTAL RESULTS", "ENDPOINTS", "ERRORS")]

    assert places == sorted(places)
    assert ended.out.splitlines()[-1].strip().startswith("✗ FAILED: 4 of 6 thresholds failed")
    assert "\x1b" not in ended.out  # a pipe is no terminal


def test_what_flags_changed_and_which_figures_they_asked_for_is_told(tmp_path: Path) -> None:
    script = (
        "\n@scenario(ConstantVUs(vus=2, duration='5s'))\nasync def spike(vu: VU) -> None:\n    await vu.sleep(0.01)\n"
    )

    ended = run(tmp_path, script, "-u", "1", "-d", "200ms", "--summary-trend-stats", "max,p(42)")

    [override] = ended.summary["run"]["overrides"]
    assert "1 VU" in override
    assert "--vus, --duration" in override
    assert override in ended.out
    [line] = [line for line in ended.out.splitlines() if "iteration_duration" in line]
    assert re.search(r"max=\S+ +p\(42\)=\S+$", line)
    assert "p(42)" in ended.metric("iteration_duration")
