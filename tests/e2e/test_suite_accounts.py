"""
All five scenarios against the reference target, on both of its databases: every figure is exact.

Stages are shortened as a user would do it; `test_full_length.py` runs them as they are declared.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, run
from tests.e2e.suite_runs import ITERATIONS, LOGIN, PROBES, Target, count_of, counted_main, running_target
from tests.reference.postgres import NO_POSTGRES, find_binaries, running_postgres

USERS = 2
SHORT = {
    "smoke": ("-u", "2", "-i", "2"),
    "load": ("--stage", "1s:4", "--stage", "2s:4", "--stage", "1s:0"),
    "spike": ("-u", "8", "-d", "5s"),
    "soak": ("-u", "3", "-d", "3s"),
    "conversation": ("--stage", "1s:4", "--stage", "2s:4", "--stage", "1s:0"),
}
PROMISES = {"smoke": 10, "load": 10, "spike": 10, "soak": 8, "conversation": 7}
TAGS = {
    LOGIN: "auth",
    "GET /auth/me": "auth",
    "POST /messages/send": "message",
    "GET /messages/conversations": "conversations",
    "GET /messages/conversations/:id": "conversation",
    "POST /messages/conversations/:id/reply": "reply",
    "PATCH /messages/conversations/:id/read": "read",
    "GET /analytics/summary": "analytics",
}


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Target]:
    with running_target() as target:
        yield target


@pytest.fixture(scope="module")
def postgres() -> Iterator[Target]:
    with running_postgres() as dsn, running_target("--db", dsn) as target:
        yield target


def shortened(folder: Path, scenario: str, target: Target, workers: str) -> tuple[Ended, Counter[str]]:
    """Run *scenario*; the summary and what the target counted meanwhile."""
    before = target.counts()
    arguments = ("--scenario", scenario, "--base-url", target.root, "--workers", workers, *SHORT[scenario])
    ended = run(folder, "ywmessaging", *arguments, "-e", f"USERS={USERS}")
    return ended, target.counts() - before


def assert_exact(ended: Ended, counted: Counter[str], scenario: str) -> None:
    """Target, summary and custom metrics agree to the last request."""
    told = ended.summary
    [facts] = told["scenarios"]
    iterations, logins = facts["iterations"], count_of(ended, "auth_successes")
    assert iterations > 0
    assert (facts["interrupted"], facts["iteration_errors"]) == (0, 0)

    load = Counter({LOGIN: logins} | dict.fromkeys(ITERATIONS[scenario], iterations))
    before = Counter({"GET /health": 1} | dict.fromkeys(("POST /auth/register", LOGIN), USERS))
    before[PROBES[scenario]] += USERS
    assert counted_main(ended) == load
    assert counted == load + before
    assert told["run"]["requests_sent"] == counted.total() == sum(worker["requests"] for worker in told["workers"])

    n_main = ended.metric("http_reqs")["count"]
    assert n_main == load.total()
    assert count_of(ended, "successful_requests") + count_of(ended, "api_errors") == n_main
    assert count_of(ended, "message_send_duration") == sum(
        count for name, count in load.items() if name.startswith("POST /messages")
    )
    assert count_of(ended, "conversation_fetch_duration") == load["GET /messages/conversations"]
    assert count_of(ended, "analytics_duration") == load["GET /analytics/summary"]
    assert sum(check["passes"] for check in told["checks"]) == 2 * n_main + (iterations if scenario == "smoke" else 0)
    assert sum(check["fails"] for check in told["checks"]) == 0


def assert_kept(ended: Ended, scenario: str) -> None:
    """Every promise was asked about, had data and was kept; nothing failed."""
    told = ended.summary
    assert told["verdict"]["passed"]
    assert len(told["thresholds"]) == PROMISES[scenario]
    assert all(threshold["passed"] and threshold["observed"] is not None for threshold in told["thresholds"])
    assert {threshold["scenario"] for threshold in told["thresholds"]} == {scenario}
    assert (count_of(ended, "api_errors"), count_of(ended, "auth_failures"), told["errors"]) == (0, 0, [])
    assert {each["name"]: each["tags"]["endpoint"] for each in told["endpoints"]} == {
        name: TAGS[name] for name in (LOGIN, *ITERATIONS[scenario])
    }


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("scenario", SHORT)
def test_on_sqlite(tmp_path: Path, scenario: str, workers: str, sqlite: Target) -> None:
    ended, counted = shortened(tmp_path, scenario, sqlite, workers)

    assert len(ended.summary["workers"]) == int(workers)
    assert_exact(ended, counted, scenario)
    assert_kept(ended, scenario)


@pytest.mark.skipif(find_binaries() is None, reason=NO_POSTGRES)
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("scenario", SHORT)
def test_on_postgres(tmp_path: Path, scenario: str, workers: str, postgres: Target) -> None:
    ended, counted = shortened(tmp_path, scenario, postgres, workers)

    assert len(ended.summary["workers"]) == int(workers)
    assert_exact(ended, counted, scenario)
    assert_kept(ended, scenario)


def test_the_reference_target_may_be_started_with_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, "ywmessaging", "--scenario", "conversation", *SHORT["conversation"], "--with-target")

    assert ended.summary["target"]["requests"] == ended.summary["run"]["requests_sent"]
    assert ended.summary["target"]["by_endpoint"]["POST /messages/conversations/:id/reply"] > 0
