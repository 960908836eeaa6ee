"""The suite against a server that counts requests by address and messages by user."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, run
from tests.e2e.suite_runs import Target, running_target

CROWD = ("--scenario", "soak", "-u", "20", "-d", "2s", "-e", "USERS=2")


@pytest.fixture
def target() -> Iterator[Target]:
    with running_target("--rate-limits") as started:
        yield started


def crowd(folder: Path, target: Target, *flags: str, code: int = 0) -> Ended:
    """Twenty virtual users: some 180 requests, of which the server takes 100 from one address."""
    return run(folder, "ywmessaging", *CROWD, "--base-url", target.root, *flags, code=code)


def test_one_address_is_not_enough_as_was_foreseen(tmp_path: Path, target: Target) -> None:
    ended = crowd(tmp_path, target, code=99)

    assert "this run needs FORWARDED_FOR=1: it sends up to " in ended.err
    [error] = [each for each in ended.summary["errors"] if each["name"] == "http.429"]
    assert error["count"] > 0
    assert "rate limit" in error["hint"]
    assert ended.summary["run"]["requests_sent"] == target.counts().total()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_for_each_virtual_user_is(tmp_path: Path, target: Target, workers: str) -> None:
    ended = crowd(tmp_path, target, "-e", "FORWARDED_FOR=1", "--workers", workers)

    assert "this run needs" not in ended.err
    assert ended.summary["errors"] == []
    assert ended.summary["run"]["requests_sent"] == target.counts().total() > 100


def test_one_user_is_not_enough_for_many_messages(tmp_path: Path, target: Target) -> None:
    """A minute of twenty virtual users is planned; the warning comes before it, and the run need not last."""
    flags = ("--scenario", "soak", "-u", "20", "-i", "120", "-d", "1s", "--graceful-stop", "0s", "--no-thresholds")
    variables = ("-e", "USERS=1", "-e", "FORWARDED_FOR=1")

    ended = run(tmp_path, "ywmessaging", *flags, *variables, "--base-url", target.root)

    assert "this run needs 2 users: it sends up to 500 requests and 120 messages" in ended.err
