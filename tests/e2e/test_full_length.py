"""The suite's scenarios as users run them, at full length and with their thresholds, against the reference target."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, run
from tests.e2e.suite_runs import Target, running_target
from tests.reference.postgres import NO_POSTGRES, find_binaries, running_postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCENARIOS = ("smoke", "load", "spike", "soak", "conversation")
LONGEST_S = 420  # soak takes 300


@pytest.fixture(scope="module")
def postgres() -> Iterator[Target]:
    with running_postgres() as dsn, running_target("--db", dsn, "--bcrypt-cost", "10") as target:
        yield target


def assert_kept(ended: Ended, counted: int) -> None:
    """Every promise was kept, and the target counted what was sent."""
    told = ended.summary
    assert told["verdict"]["passed"]
    assert told["verdict"]["validity"] != "INVALID"
    assert told["run"]["requests_sent"] == counted
    assert sum(worker["requests"] for worker in told["workers"]) == counted


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_on_sqlite(tmp_path: Path, scenario: str, workers: str) -> None:
    arguments = ("--scenario", scenario, "--with-target", "--workers", workers)

    ended = run(tmp_path, "ywmessaging", *arguments, timeout_s=LONGEST_S)

    assert_kept(ended, ended.summary["target"]["requests"])


@pytest.mark.skipif(find_binaries() is None, reason=NO_POSTGRES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_on_postgres(tmp_path: Path, scenario: str, postgres: Target) -> None:
    before = postgres.counts()

    ended = run(tmp_path, "ywmessaging", "--scenario", scenario, "--base-url", postgres.root, timeout_s=LONGEST_S)

    assert_kept(ended, (postgres.counts() - before).total())
