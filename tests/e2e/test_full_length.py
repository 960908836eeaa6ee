"""The suite's scenarios as users run them, at full length and with their thresholds, against the reference target."""

from pathlib import Path

import pytest

from tests.e2e.run_of import run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("scenario", ["smoke", "spike"])
def test_every_promise_is_kept_and_the_target_counts_what_was_sent(tmp_path: Path, scenario: str, workers: str) -> None:
    ended = run(tmp_path, "ywmessaging", "--scenario", scenario, "--with-target", "--workers", workers)

    told = ended.summary
    assert told["verdict"]["passed"]
    assert told["verdict"]["validity"] != "INVALID"
    assert told["target"]["requests"] == told["run"]["requests_sent"]
    assert sum(worker["requests"] for worker in told["workers"]) == told["run"]["requests_sent"]
