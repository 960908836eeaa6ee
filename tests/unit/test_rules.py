"""Whether a measurement is to be trusted."""

import pytest

from tests.reference.runs import clean_run, spike, worker
from ywstorm.metrics.facts import End, EndReason, Level, Validity
from ywstorm.verdict.rules import judge, validity

LOST = (End(EndReason.WORKER_LOST, "worker 1 (pid 4711) was killed by SIGKILL"),)


def levels(facts):
    """Rule and level of each finding."""
    return [(finding.rule, str(finding.level)) for finding in judge(facts)]


def test_a_clean_run_has_no_findings():
    findings = judge(clean_run())

    assert findings == []
    assert validity(findings) is Validity.VALID


@pytest.mark.parametrize(
    ("starts", "found"),
    [
        (1_000, []),
        (995, []),
        (994, [("V1", "SUSPECT")]),
        (1_006, [("V1", "SUSPECT")]),
        (990, [("V1", "SUSPECT")]),
        (989, [("V1", "INVALID")]),
        (0, [("V1", "INVALID")]),
    ],
)
def test_v1_starts_must_take_place_as_planned(starts, found):
    assert levels(clean_run(scenarios=(spike(starts=starts),))) == found


def test_v1_a_start_that_nobody_planned_is_invalid():
    assert levels(clean_run(scenarios=(spike(planned_starts=0, starts=1),))) == [("V1", "INVALID")]


def test_v1_dropped_arrivals_are_not_missing_twice():
    arrivals = spike(executor="constant_arrival_rate", planned_starts=1_000, starts=900, dropped=100)

    assert levels(clean_run(scenarios=(arrivals,))) == [("V2", "SUSPECT")]


def test_v2_iterations_that_a_closed_scenario_did_not_reach_are_not_arrivals():
    assert levels(clean_run(scenarios=(spike(executor="per_vu_iterations", dropped=100),))) == []


@pytest.mark.parametrize(
    ("share", "executor", "sleep_overrun", "found"),
    [
        (0.80, "ramping_vus", 0.0, []),
        (0.81, "ramping_vus", 0.0, [("V5", "SUSPECT")]),
        (1.00, "ramping_vus", 0.0, [("V5", "SUSPECT")]),
        (1.00, "ramping_vus", 0.05, [("V5", "SUSPECT")]),
        (1.00, "ramping_vus", 0.06, [("V5", "INVALID")]),
        (0.90, "ramping_vus", 0.06, [("V5", "SUSPECT")]),
        (0.70, "ramping_vus", 0.06, []),
        (0.90, "constant_arrival_rate", 0.0, [("V5", "SUSPECT")]),
        (0.96, "constant_arrival_rate", 0.0, [("V5", "INVALID")]),
    ],
)
def test_v5_a_busy_worker_spoils_what_follows_the_clock(share, executor, sleep_overrun, found):
    busy = worker(1, max_cpu_share_5s=share, sleep_overrun=sleep_overrun)

    assert levels(clean_run(scenarios=(spike(executor=executor),), workers=(worker(0), busy))) == found


def test_v5_names_the_worker_the_cause_and_the_remedy():
    (finding,) = judge(clean_run(workers=(worker(0), worker(1, max_cpu_share_5s=0.97))))

    assert finding.text == (
        "worker 1 used 97% of a core over 5 s: the generator was the limit: the rate is a floor; "
        "give it more cores (--workers) or less to do"
    )
    assert (finding.observed, finding.limit) == (0.97, 0.80)


def test_v12_accounts_that_do_not_balance_make_a_run_invalid():
    (finding,) = judge(clean_run(mismatches=("a", "b", "c", "d", "e")))

    assert (finding.rule, finding.level, finding.observed) == ("V12", Level.INVALID, 5)
    assert finding.text == (
        "the accounts do not balance: a; b; c; and 2 more; this is a bug in ywstorm: please report it"
    )


def test_what_a_lost_worker_owes_is_only_suspect():
    facts = clean_run(ends=LOST, mismatches=("its totals are missing",), scenarios=(spike(starts=500),))

    assert levels(facts) == [("V1", "SUSPECT"), ("V12", "SUSPECT")]


@pytest.mark.parametrize(
    ("counted", "unanswered", "balances"),
    [
        pytest.param(4, 0, True, id="all counted"),
        pytest.param(3, 0, False, id="an answered one is missing"),
        pytest.param(3, 1, True, id="the one without an answer was never read"),
        pytest.param(2, 1, False, id="more are missing than went unanswered"),
        pytest.param(5, 1, False, id="the target saw one that was never sent"),
    ],
)
def test_the_target_may_count_fewer_only_of_what_went_unanswered(counted: int, unanswered: int, balances: bool):
    target = {"url": "http://h", "requests": counted, "by_endpoint": {}}

    assert balances is (judge(clean_run(target=target, requests_unanswered=unanswered)) == [])


def test_what_the_target_counted_must_be_what_was_sent():
    assert judge(clean_run(target={"url": "http://h", "requests": 4, "by_endpoint": {}})) == []

    (finding,) = judge(clean_run(target={"url": "http://h", "requests": 5, "by_endpoint": {}}))

    assert (finding.rule, finding.level) == ("V12", Level.INVALID)
    assert "4 requests were sent and the target counted 5" in finding.text


def test_the_worst_finding_decides():
    suspect = judge(clean_run(scenarios=(spike(starts=994),)))
    both = judge(clean_run(scenarios=(spike(starts=994),), mismatches=("a",)))

    assert validity(suspect) is Validity.SUSPECT
    assert validity(both) is Validity.INVALID
