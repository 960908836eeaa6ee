"""Progress as plain lines."""

from dataclasses import replace

import pytest

from ywstorm.live.lines import ProgressLines, output_line, progress_line
from ywstorm.metrics.snapshot import RunPhase, Snapshot

SECOND_NS = 1_000_000_000
RUNNING = Snapshot(
    phase=RunPhase.RUNNING,
    elapsed_ns=12 * SECOND_NS,
    planned_ns=25 * SECOND_NS,
    vus=50,
    vus_max=50,
    iterations=1234,
    iterations_per_s=98,
    requests=3456,
    requests_per_s=420,
    latency_p95_ns=35_000_000,
)
USUAL = "running 12.0s/25.0s, 50/50 VUs, 1,234 iterations (98/s), 3,456 requests (420/s), 0 failed"


@pytest.mark.parametrize(
    ("snapshot", "line"),
    [
        (Snapshot(RunPhase.STARTING), "starting workers"),
        (Snapshot(RunPhase.SETUP), "running setup()"),
        (Snapshot(RunPhase.TEARDOWN), "running teardown()"),
        (Snapshot(RunPhase.RUNNING), ""),
        (Snapshot(RunPhase.DONE), ""),
        (replace(RUNNING, phase=RunPhase.DONE), "done after 12.0s, 1,234 iterations, 3,456 requests"),
        (RUNNING, f"{USUAL}, p95 35ms"),
        (replace(RUNNING, latency_p95_ns=None), USUAL),
        (replace(RUNNING, iteration_errors=2), f"{USUAL}, 2 exceptions, p95 35ms"),
        (
            replace(RUNNING, failing=("http_req_failed: rate<0.01", "checks{check:a}: rate>0.9")),
            f"{USUAL}, p95 35ms, failing so far: http_req_failed: rate<0.01; checks{{check:a}}: rate>0.9",
        ),
        (replace(RUNNING, phase=RunPhase.STOPPING), f"{USUAL}, p95 35ms".replace("running", "stopping")),
    ],
)
def test_a_snapshot_is_told_in_one_line(snapshot: Snapshot, line: str) -> None:
    assert progress_line(snapshot) == line


def lines_of(*snapshots: Snapshot) -> list[str]:
    """First words of what is written when these snapshots come."""
    written: list[str] = []
    lines = ProgressLines(written.append)
    for snapshot in snapshots:
        lines(snapshot)
    return [line.partition("/")[0] for line in written]


def at(elapsed_s: float) -> Snapshot:
    return replace(RUNNING, elapsed_ns=round(elapsed_s * SECOND_NS))


def test_while_the_load_runs_there_is_a_line_every_two_seconds() -> None:
    lines = lines_of(at(0), *(at(n + 0.1) for n in range(7)))

    assert lines == ["running 2.1s", "running 4.1s", "running 6.1s"]


def test_a_second_in_which_the_machine_was_too_busy_leaves_no_debt_of_lines() -> None:
    assert lines_of(at(0), at(9.5), at(9.6), at(10.1)) == ["running 9.5s", "running 10.1s"]


def test_each_new_phase_has_a_line_and_only_one() -> None:
    snapshots = [Snapshot(RunPhase.SETUP), Snapshot(RunPhase.SETUP), at(0), replace(RUNNING, phase=RunPhase.DONE)]

    assert lines_of(*snapshots) == ["running setup()", "done after 12.0s, 1,234 iterations, 3,456 requests"]


def test_what_a_worker_prints_bears_its_name() -> None:
    assert output_line(1, "hello") == "worker 1 | hello"
