"""The summary as people read it."""

import re

import pytest

from tests.reference.runs import add_requests, add_values, clean_run, request_tags, spike, worker
from ywstorm.metrics.facts import End, EndReason, ErrorFacts
from ywstorm.metrics.registry import MetricDef, Registry
from ywstorm.metrics.summary import build_summary
from ywstorm.metrics.thresholds import evaluate_all, parse_thresholds
from ywstorm.report.tables import columns, figure
from ywstorm.report.text import render_text
from ywstorm.verdict.exits import decide
from ywstorm.verdict.rules import judge
from ywstorm_core.stats.aggregate import Aggregate

REGISTRY = Registry([MetricDef("items", "counter"), MetricDef("send_duration", "trend", "ms")])

THRESHOLDS = {
    "http_req_duration{endpoint:message}": ["max<2000", "avg<110", "min<10"],
    "http_req_failed": "rate<0.5",
    "send_duration{stage:off}": "max<1",
}

GOLDEN = """\
  spike.py: 10s on 2 workers, 1,234 requests sent
  scenario spike (ramping_vus): 40 iterations, 2 interrupted, up to 50 VUs
  -u 50: 50 VUs instead of 5

  █ THRESHOLDS

    http_req_duration{endpoint:message}
    ✓ 'max<2000' max=100ms
    ⚠ 'avg<110' avg=100ms (within 10% of the limit)
    ✗ 'min<10' min=100ms

    http_req_failed
    ✓ 'rate<0.5' rate=25.00%

    send_duration{stage:off}
    ✗ 'max<1' no data

  █ TOTAL RESULTS

    checks: 75.00% held, 3 of 4
    ✗ shape
      ↳ 50.00%: 1 held, 1 did not
    ✓ accepted

    CUSTOM
    items....................: 3       0.3/s
    send_duration............: avg=1.5ms   max=2ms

    HTTP
    http_reqs................: 4       0.4/s
    http_req_failed..........: 25.00%  1 of 4
    http_req_duration........: avg=52.5ms  max=100ms
      { endpoint:message }...: avg=100ms   max=100ms
    http_req_service.........: avg=52.5ms  max=100ms
    http_req_latency.........: avg=53.5ms  max=101ms
    http_req_lateness........: avg=1ms     max=1ms
    http_req_waiting.........: avg=52.5ms  max=100ms

    EXECUTION
    vus......................: 3  min=1  max=50

    NETWORK
    data_sent................: 400 B   40 B/s
    data_received............: 1.2 kB  120 B/s

  █ ENDPOINTS (http_req_duration)

    endpoint    requests      failed   rate      avg    med    p(95)    p(99)    max
    GET /me            3  1 (33.33%)  0.3/s  36.67ms   20ms  79.99ms  79.99ms   80ms
    POST /send         1           0  0.1/s    100ms  100ms    100ms    100ms  100ms

  █ ERRORS

    count  code  error     owner
    1      1404  http.404  target
        404 Not Found
        → no such route or object: compare the path with the API

  ⚠ V5 SUSPECT worker 1 used 90% of a core over 5 s: the generator was the limit: the rate is a floor; \
give it more cores (--workers) or less to do

  ✗ FAILED: 2 of 5 thresholds failed; the measurement is suspect (V5) (exit code 99)
"""


def render(aggregate, thresholds=None, *, color=False, **changes):
    parsed, problems = parse_thresholds(
        thresholds or {}, REGISTRY, known_scenarios=["spike"], known_stages={"spike": ["off"]}
    )
    assert problems == []
    facts = clean_run(**changes)
    results = evaluate_all(parsed, aggregate, REGISTRY, facts.duration_s)
    verdict = decide(facts, results, judge(facts), aggregate)
    return render_text(build_summary(facts, aggregate, REGISTRY, results, verdict, ("avg", "max")), color=color)


@pytest.fixture
def aggregate():
    aggregate = Aggregate()
    add_requests(aggregate, 10, 20)
    add_requests(aggregate, 80, status="404", error_code="1404", has_failed=True)
    add_requests(aggregate, 100, method="POST", name="POST /send", endpoint="message")
    add_values(aggregate, "checks", "rate", 1, 0, check="shape")
    add_values(aggregate, "checks", "rate", 1, 1, check="accepted")
    add_values(aggregate, "items", "counter", 3)
    add_values(aggregate, "send_duration", "trend", 1, 2)
    add_values(aggregate, "vus", "gauge", 1, 50, 3)
    return aggregate


def a_run(aggregate, **changes):
    usual = {
        "requests_sent": 1_234,
        "scenarios": (spike(interrupted=2),),
        "overrides": ("-u 50: 50 VUs instead of 5",),
        "workers": (worker(0), worker(1, max_cpu_share_5s=0.9)),
        "errors": (ErrorFacts(1404, 1, "404 Not Found", "http://127.0.0.1:9/api/me"),),
    }
    return render(aggregate, THRESHOLDS, **{**usual, **changes})


def test_a_whole_report(aggregate):
    assert a_run(aggregate) == GOLDEN


def test_colours_change_nothing_but_the_colour(aggregate):
    coloured = a_run(aggregate, color=True)

    assert coloured != GOLDEN
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == GOLDEN


def test_a_run_that_never_measured_says_why_and_nothing_else():
    ends = (End(EndReason.ABORTED, "is the backend running at http://127.0.0.1:9?"),)
    text = render(Aggregate(), duration_ns=0, requests_sent=0, scenarios=(spike(iterations=0, vus_max=0),), ends=ends)

    assert text.splitlines()[0] == "  spike.py: 0s on 2 workers, 0 requests sent"
    assert "█" not in text
    assert text.splitlines()[-1] == (
        "  ✗ ABORTED: aborted by the script: is the backend running at http://127.0.0.1:9? (exit code 108)"
    )


def test_what_the_target_counted_stands_beside_what_was_sent(aggregate):
    text = render(aggregate, target={"url": "http://127.0.0.1:9/api", "requests": 4, "by_endpoint": {}})

    assert text.splitlines()[0] == "  spike.py: 10s on 2 workers, 4 requests sent, 4 counted by the target"


def test_certificates_that_were_not_verified_are_told(aggregate):
    assert "\n  ⚠ TLS certificates were not verified\n" in render(aggregate, options={"insecure": True})
    assert "TLS certificates" not in render(aggregate, options={"insecure": False})


def test_a_run_that_passed_has_no_section_of_errors(aggregate):
    text = render(aggregate, {"http_reqs": "count>1"})

    assert "ERRORS" not in text
    assert text.splitlines()[-1] == ("  ✓ PASSED: the threshold holds; the measurement is valid (exit code 0)")


def test_several_scenarios_are_told_apart(aggregate):
    add_requests(aggregate, 10, scenario="load")
    add_values(aggregate, "checks", "rate", 1, check="shape", scenario="load")

    text = render(aggregate, scenarios=(spike(), spike(name="load", executor="constant_vus")))

    assert "GET /me (spike)" in text
    assert "GET /me (load)" in text
    assert "✓ shape (load)" in text


def test_endpoints_that_differ_by_a_tag_only_show_it(aggregate):
    add_requests(aggregate, 10, endpoint="probe")

    text = render(aggregate)

    assert "GET /me {endpoint:probe}" in text
    assert "POST /send {" not in text


def test_a_part_of_a_metric_that_is_all_of_it_is_not_repeated(aggregate):
    text = render(aggregate, {"http_reqs{scenario:spike}": "count>1"}, scenarios=(spike(),))

    assert "{ scenario:spike }" not in text


def test_a_figure_that_is_infinite_is_told_as_more_than_what_was_seen():
    aggregate = Aggregate()
    add_requests(aggregate, 10)
    aggregate.request(request_tags()).latency.add_infinite()

    assert re.search(r"http_req_latency\.+: avg>11ms +max>11ms\n", render(aggregate))


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (None, "ms", "–"),
        (0, "ms", "0s"),
        (1234.5, "ms", "1.23s"),
        (0.0123, "ms", "12.3µs"),
        (1500, "bytes", "1.5 kB"),
        (12, "", "12"),
        (1234567, "", "1,234,567"),
        (0.123456, "", "0.1235"),
        (1234.5678, "", "1,235"),
        (3, "s", "3 s"),
    ],
)
def test_figures_are_written_in_their_unit(number, unit, text):
    assert figure(number, unit) == text


def test_columns_line_up():
    assert columns([("name", "count"), ("a", "1"), ("bcdefg", "1,000")]) == [
        "name    count",
        "a           1",
        "bcdefg  1,000",
    ]
    assert columns([]) == []
