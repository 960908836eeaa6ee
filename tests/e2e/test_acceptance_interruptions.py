"""Ctrl-C, killed workers, a killed master: what is known is told, and nothing stays behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, counting_server, printed_until, run, running

TALKATIVE = """
@teardown
async def tidy(vu: VU) -> None:
    await vu.get("/after")
    print("tidied up")

@scenario(ConstantVUs(vus=4, duration="60s"))
async def spike(vu: VU) -> None:
    await vu.get("/")
    if vu.iteration == 0:
        print("one iteration", flush=True)
    await vu.sleep(0.01)
"""
STUBBORN = """
@teardown
async def tidy(vu: VU) -> None:
    print("tidied up")

@scenario(ConstantVUs(vus=2, duration="60s"))
async def spike(vu: VU) -> None:
    print("one iteration", flush=True)
    await vu.sleep(50)
"""


def ended_of(process: subprocess.Popen[str], folder: Path) -> Ended:
    out, err = process.communicate(timeout=30)
    return Ended(process.returncode, out, err, folder)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie, which only waits for its new parent to look, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(is_so: Callable[[], bool], timeout_s: float = 10) -> None:
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, "it did not become so"
        time.sleep(0.01)


def test_the_first_signal_ends_in_a_full_summary_with_balanced_accounts(tmp_path: Path) -> None:
    with counting_server(delay_ms=30) as server:
        with running(tmp_path, TALKATIVE, "--base-url", server.url, "--workers", "2") as process:
            printed_until("one iteration", process.stderr)
            os.kill(process.pid, signal.SIGINT)
            ended = ended_of(process, tmp_path)
        counted = server.requests()

    told = ended.summary
    assert ended.code == told["verdict"]["exit_code"] == 105
    assert "interrupted by SIGINT" in ended.out
    assert "█ ENDPOINTS" in ended.out
    assert "worker 0 | tidied up" in ended.lines
    assert told["run"]["requests_sent"] == counted
    assert ended.metric("iterations")["count"] == ended.metric("http_reqs")["count"] == counted - 1
    assert told["scenarios"][0]["interrupted"] == 0
    assert told["verdict"]["findings"] == []


def test_the_second_signal_cuts_off_what_runs(tmp_path: Path) -> None:
    with running(tmp_path, STUBBORN, "--workers", "2") as process:
        printed_until("one iteration", process.stderr)
        os.kill(process.pid, signal.SIGINT)
        printed_until("stopping", process.stderr)
        os.kill(process.pid, signal.SIGINT)
        ended = ended_of(process, tmp_path)

    assert ended.code == 105
    assert "tidied up" not in ended.err
    assert ended.summary["run"]["duration_s"] < 20
    assert ended.summary["scenarios"][0]["interrupted"] == 2
    assert ended.summary["verdict"]["findings"] == []


def test_graceful_stop_ends_what_would_not_end(tmp_path: Path) -> None:
    with running(tmp_path, STUBBORN, "--graceful-stop", "100ms") as process:
        printed_until("one iteration", process.stderr)
        os.kill(process.pid, signal.SIGTERM)
        ended = ended_of(process, tmp_path)

    assert ended.code == 105
    assert "worker 0 | tidied up" in ended.lines
    assert ended.summary["scenarios"][0]["interrupted"] == 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_worker_is_named_with_its_signal(tmp_path: Path, number: signal.Signals) -> None:
    with (
        counting_server() as server,
        running(tmp_path, TALKATIVE, "--base-url", server.url, "--workers", "2") as process,
    ):
        printed_until("worker 1 | one iteration", process.stderr)
        victim = children_of(process.pid)[1]
        os.kill(victim, number)
        ended = ended_of(process, tmp_path)

    told = ended.summary
    assert ended.code == told["verdict"]["exit_code"] == 111
    assert f"worker 1 (pid {victim}) was killed by {number.name}" in ended.out
    assert "worker 0 | tidied up" in ended.lines
    assert [worker["state"] == "ended" for worker in told["workers"]] == [True, False]
    assert told["workers"][1]["pid"] == victim
    assert told["run"]["duration_s"] < 20
    assert told["verdict"]["validity"] != "INVALID"


def test_nothing_outlives_a_master_that_was_killed(tmp_path: Path) -> None:
    arguments = ("--with-target", "--workers", "2")
    with running(tmp_path, TALKATIVE, *arguments) as process:
        printed_until("worker 1 | one iteration", process.stderr)
        children = children_of(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(child) for child in children))

    assert len(children) == 3


def test_a_master_that_is_killed_takes_a_worker_along_whose_script_never_yields(tmp_path: Path) -> None:
    script = """
    @scenario(ConstantVUs(vus=1, duration="60s"))
    async def spike(vu: VU) -> None:
        print("spinning", flush=True)
        while True:
            pass
    """
    with running(tmp_path, script) as process:
        printed_until("spinning", process.stderr)
        [worker] = children_of(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(worker))


def test_no_descriptor_is_left_after_the_load(tmp_path: Path) -> None:
    script = """
    import contextlib

    def sockets() -> int:
        links = []
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(FileNotFoundError):  # that of the listing itself
                links.append(os.readlink(f"/proc/self/fd/{number}"))
        return sum(link.startswith("socket:") for link in links)

    @setup
    async def prepare(vu: VU) -> int:
        return sockets()

    @teardown
    async def tidy(vu: VU) -> None:
        print("left behind:", sockets() - vu.data)

    @scenario(RampingVUs(start_vus=20, stages=[Stage("200ms", 0), Stage(0, 20), Stage("200ms", 5)]))
    async def spike(vu: VU) -> None:
        unanswered = vu.get("/")
        for headers in ({}, {"Connection": "close"}):
            await vu.get("/", headers=headers)
        await vu.sleep(0.01)
        raise KeyError("on the way")
    """
    with counting_server() as server:
        ended = run(tmp_path, script, "--base-url", server.url, "--workers", "1", code=107)

    assert ended.metric("iterations")["count"] > 40
    assert "worker 0 | left behind: 0" in ended.lines
