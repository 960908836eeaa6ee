"""Which metrics a run has."""

import pytest

from ywstorm.metrics.registry import MetricDef, Origin, Registry


def test_built_in_metrics_are_there_without_being_declared():
    registry = Registry()

    assert registry.problems == []
    assert registry["http_req_duration"].unit == "ms"
    assert registry["http_req_tls_handshaking"].origin is Origin.TIMING
    assert registry["checks"].kind == "rate"
    assert len(list(registry)) == 24


def test_custom_metrics_follow_in_the_order_of_their_declaration():
    registry = Registry([MetricDef("zeta", "counter"), MetricDef("alpha", "trend", "ms")])

    assert [metric.name for metric in registry if metric.is_custom] == ["zeta", "alpha"]
    assert registry["alpha"].unit == "ms"


def test_the_same_declaration_twice_is_one_metric():
    registry = Registry([MetricDef("sent", "trend", "ms", "a.py:1"), MetricDef("sent", "trend", "ms", "b.py:2")])

    assert registry.problems == []


@pytest.mark.parametrize("name", ["ab", "_x", "message_send_duration", "A1", "a" * 129])
def test_names_that_are_allowed(name):
    assert name in Registry([MetricDef(name, "counter")])


@pytest.mark.parametrize("name", ["", "a", "1st", "with-dash", "with space", "ümlaut", "a" * 130, "name\n"])
def test_names_that_are_not_allowed(name):
    registry = Registry([MetricDef(name, "counter", where="spike.py:3")])

    assert name not in registry
    assert [problem.where for problem in registry.problems] == ["spike.py:3"]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (MetricDef("sent", "counter"), "the metric 'sent' is declared twice, as trend in ms and as counter"),
        (
            MetricDef("sent", "trend", "bytes"),
            "the metric 'sent' is declared twice, as trend in ms and as trend in bytes",
        ),
        (MetricDef("http_req", "counter"), "the name 'http_req' is reserved"),
        (MetricDef("http_reqs", "counter"), "the metric 'http_reqs' is built in"),
    ],
)
def test_a_name_that_is_taken_is_a_problem(second, message):
    registry = Registry([MetricDef("sent", "trend", "ms"), second])

    assert [problem.message for problem in registry.problems] == [message]


def test_a_misspelt_metric_gets_a_suggestion():
    assert Registry().suggestion("http_req_duraton") == "did you mean 'http_req_duration'?"
