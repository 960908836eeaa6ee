"""How a run ends: exit code and sentence."""

import pytest

from tests.reference.runs import add_requests, clean_run, spike
from ywstorm.metrics.facts import End, EndReason
from ywstorm.metrics.thresholds import Threshold, ThresholdResult
from ywstorm.verdict.exits import PRECEDENCE, ExitCode, decide, exit_code
from ywstorm.verdict.rules import judge
from ywstorm_core.stats.aggregate import Aggregate


def result(*, passed):
    return ThresholdResult(Threshold("http_reqs", (), "count>1", "count", ">", 1.0), 4.0, passed=passed)


def answered():
    aggregate = Aggregate()
    add_requests(aggregate, 10, 20, 30, 40)
    return aggregate


def verdict(*results, aggregate=None, **changes):
    facts = clean_run(**changes)
    return decide(facts, results, judge(facts), answered() if aggregate is None else aggregate)


def ended(*reasons):
    return tuple(End(EndReason(reason), "something") for reason in reasons)


def test_the_order_of_exit_codes_is_the_documented_one():
    assert [*PRECEDENCE] == [1, 113, 111, 112, 105, 108, 110, 100, 101, 107, 99, 115]
    assert set(PRECEDENCE) == set(ExitCode) - {ExitCode.PASSED}


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        ((), 0),
        (("interrupted",), 105),
        (("aborted",), 108),
        (("failed",), 110),
        (("setup_timeout",), 100),
        (("teardown_timeout",), 101),
        (("script_error",), 107),
        (("worker_lost",), 111),
        (("internal",), 1),
        (("teardown_timeout", "interrupted"), 105),
        (("script_error", "failed"), 110),
        (("interrupted", "worker_lost"), 111),
        (("worker_lost", "internal"), 1),
    ],
)
def test_each_end_has_its_code_and_the_first_in_order_wins(reasons, code):
    assert verdict(ends=ended(*reasons)).exit_code == code


def test_exceptions_of_iterations_win_over_thresholds():
    failed = spike(iteration_errors=3)

    assert verdict(result(passed=False), scenarios=(failed,)).exit_code == 107
    assert verdict(result(passed=False)).exit_code == 99


def test_an_invalid_run_is_113_whatever_else_is_true():
    assert verdict(result(passed=False), mismatches=("x",), ends=ended("interrupted")).exit_code == 113


def test_a_lost_worker_is_111_though_its_accounts_are_open():
    assert verdict(mismatches=("x",), ends=ended("worker_lost")).exit_code == 111


def test_no_cause_at_all_is_a_pass():
    assert exit_code([]) is ExitCode.PASSED
    assert verdict().passed


@pytest.mark.parametrize(
    ("requests", "requests_sent", "code"),
    [
        ([], 0, 0),
        ([], 5, 99),
        ([{"status": "0"}], 0, 99),
        ([{"status": "0"}, {"status": "404"}], 2, 0),
        ([{"status": "200", "phase": "setup"}], 1, 0),
        ([{"status": "0", "phase": "setup"}], 1, 99),
        ([{"status": "200", "phase": "setup"}, {"status": "0"}], 2, 99),
    ],
    ids=[
        "a run without requests promised nothing",
        "all were cut off",
        "none got a connection",
        "an error is an answer",
        "only setup made requests",
        "not even setup was answered",
        "after setup nobody answered",
    ],
)
def test_a_run_of_which_no_request_was_answered_fails(requests, requests_sent, code):
    aggregate = Aggregate()
    for named in requests:
        add_requests(aggregate, 1, **named)

    assert verdict(aggregate=aggregate, requests_sent=requests_sent).exit_code == code


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (verdict(), "PASSED: no threshold was set; the measurement is valid (exit code 0)"),
        (verdict(result(passed=True)), "PASSED: the threshold holds; the measurement is valid (exit code 0)"),
        (
            verdict(result(passed=True), result(passed=True), scenarios=(spike(starts=994),)),
            "PASSED: all 2 thresholds hold; the measurement is suspect (V1) (exit code 0)",
        ),
        (
            verdict(result(passed=True), result(passed=False)),
            "FAILED: 1 of 2 thresholds failed; the measurement is valid (exit code 99)",
        ),
        (
            verdict(result(passed=False), ends=(End(EndReason.INTERRUPTED, "SIGINT"),)),
            "INTERRUPTED: interrupted by SIGINT; 1 of 1 thresholds failed; the measurement is valid (exit code 105)",
        ),
        (
            verdict(mismatches=("x",)),
            "INVALID: the measurement is not to be trusted (V12) (exit code 113)",
        ),
        (
            verdict(ends=(End(EndReason.ABORTED, "is the backend running?"),), duration_ns=0),
            "ABORTED: aborted by the script: is the backend running? (exit code 108)",
        ),
        (
            verdict(scenarios=(spike(iteration_errors=1_200),)),
            "FAILED: the script raised an exception 1,200 times; the measurement is valid (exit code 107)",
        ),
    ],
)
def test_the_sentence_names_every_cause(found, sentence):
    assert found.sentence == sentence
