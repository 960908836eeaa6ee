"""The master's side of a run, with stand-ins for workers: every way in which a run can end."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.reference.processes import children
from ywstorm.config import Options
from ywstorm.errors import ScriptError, WorkerLost
from ywstorm.master.run import Outcome, execute
from ywstorm.metrics.registry import Registry
from ywstorm.metrics.snapshot import RunPhase, Snapshot
from ywstorm.plan import ConstantVUs
from ywstorm.script.model import Scenario, Script
from ywstorm.script.run_plan import RunPlan

COMMAND = (sys.executable, str(Path(__file__).with_name("stand_in_worker.py")))


async def nothing(_vu: Any) -> None:
    """What the stand-in would call if it did any work."""


def plan_of(do: str = "", *, workers: int = 2, graceful_stop_s: int = 30) -> RunPlan:
    """One scenario of 0.4 s with a VU per worker; the last worker misbehaves as *do* says."""
    scenario = Scenario(
        name="main",
        function=nothing,
        executor=ConstantVUs(vus=workers, duration="400ms"),
        graceful_stop_ns=graceful_stop_s * 1_000_000_000,
    )
    options = Options()
    script = Script(
        argument="script.py",
        path=Path("script.py"),
        module="script",
        is_suite=False,
        options=options,
        options_where="script.py",
        scenarios={"main": scenario},
        setup=nothing,
        teardown=nothing,
        metrics=(),
        env_names=frozenset(),
        problems=(),
    )
    return RunPlan(
        script=script,
        scenarios=(scenario,),
        options=options,
        env={"DO": do},
        tags={},
        thresholds=(),
        registry=Registry([]),
        workers=workers,
    )


class Watcher:
    """Sees what a user would see, and presses Ctrl-C *n_signals* times, as soon as the run is in *phase*."""

    def __init__(self, n_signals: int = 0, phase: RunPhase = RunPhase.RUNNING) -> None:
        self.lines: list[str] = []
        self.phases: list[RunPhase] = []
        self.snapshots: list[Snapshot] = []
        self._n_signals = n_signals
        self._phase = phase

    def on_progress(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)
        if snapshot.phase not in self.phases:
            self.phases.append(snapshot.phase)
        if self._n_signals and snapshot.phase in (self._phase, RunPhase.STOPPING):
            self._n_signals -= 1
            os.kill(os.getpid(), signal.SIGINT)

    def on_output(self, worker: int, line: str) -> None:
        self.lines.append(f"{worker}: {line}")


def run(plan: RunPlan, watcher: Watcher | None = None) -> Outcome:
    watcher = watcher or Watcher()
    return execute(plan, watcher.on_progress, watcher.on_output, command=COMMAND)


def findings(outcome: Outcome) -> list[str]:
    return [finding.text for finding in outcome.summary.verdict.findings]


@pytest.fixture(scope="module", autouse=True)
def libuv_is_awake() -> None:
    """Its first loop opens a pipe for signals that stays for the life of the process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.sleep(0))


@pytest.fixture(autouse=True)
def no_child_is_left() -> Any:
    """Whatever the end of a run was: no process, no zombie, no descriptor of it stays."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    others = children()
    yield
    assert children() == others
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_run_goes_through_all_phases_and_its_accounts_balance(workers: int) -> None:
    watcher = Watcher()

    outcome = run(plan_of(workers=workers), watcher)

    assert outcome.exit_code == 0
    assert findings(outcome) == []
    assert watcher.phases == [RunPhase.STARTING, RunPhase.SETUP, RunPhase.RUNNING, RunPhase.TEARDOWN, RunPhase.DONE]
    sent = sum(worker.requests for worker in outcome.summary.workers)
    assert outcome.summary.run["requests_sent"] == sent > 0
    assert sum(window.requests for window in outcome.summary.windows) == sent
    assert [worker.state for worker in outcome.summary.workers] == ["ended"] * workers
    assert 0.4 <= outcome.summary.run["duration_s"] < 1
    assert sorted(watcher.lines) == sorted([f"{k}: hello from {k}" for k in range(workers)] + ["0: teardown on 0"])


def test_the_target_is_read_after_teardown() -> None:
    watcher = Watcher()

    def read_target() -> dict[str, Any]:
        assert watcher.phases[-1] is RunPhase.TEARDOWN
        return {"url": "http://127.0.0.1:1", "requests": 0, "by_endpoint": {}}

    outcome = execute(plan_of(), watcher.on_progress, read_target=read_target, command=COMMAND)

    assert outcome.summary.target == {"url": "http://127.0.0.1:1", "requests": 0, "by_endpoint": {}}
    assert outcome.exit_code == 113
    assert "target counted 0" in findings(outcome)[0]


@pytest.mark.parametrize(
    ("do", "exit_code", "sentence"),
    [
        ("fail:Start", 110, "failed by the script: not good enough"),
        ("abort:Start", 108, "aborted by the script: enough"),
        ("raise", 107, "the script raised KeyError: 'token' in setup()"),
        ("die:Start", 111, "was killed by SIGSEGV"),
        ("exit:RunTeardown", 111, "exited with status 3"),
        ("die:Finish", 111, "was killed by SIGSEGV"),
        ("nonsense:Start", 111, "was killed because it sent nonsense: a frame announces 4294967295 bytes"),
        ("miscount", 113, "the measurement is not to be trusted (V12)"),
    ],
)
def test_what_goes_wrong_is_named_and_has_its_exit_code(do: str, exit_code: int, sentence: str) -> None:
    outcome = run(plan_of(do, workers=1))

    assert outcome.exit_code == exit_code
    assert sentence in outcome.summary.verdict.sentence


def test_a_lost_worker_is_named_and_the_others_keep_their_figures() -> None:
    watcher = Watcher()

    outcome = run(plan_of("die:Start"), watcher)

    survivor, lost = outcome.summary.workers
    assert outcome.exit_code == 111
    assert f"worker 1 (pid {lost.pid}) was killed by SIGSEGV" in outcome.summary.verdict.sentence
    assert (survivor.state, lost.state) == ("ended", "was killed by SIGSEGV")
    assert "0: teardown on 0" in watcher.lines


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        ("die:Configure", WorkerLost, "was killed by SIGSEGV before it was ready"),
        ("exit:Configure", WorkerLost, "exited with status 3 before it was ready"),
        ("refuse:Configure", ScriptError, "ValueError: no"),
    ],
)
def test_a_worker_that_cannot_start_ends_the_run_before_any_load(do: str, error: type[Exception], message: str) -> None:
    watcher = Watcher()

    with pytest.raises(error, match=message):
        run(plan_of(do), watcher)

    assert watcher.phases == [RunPhase.STARTING]


def test_what_a_dying_worker_printed_last_is_shown() -> None:
    watcher = Watcher()

    with pytest.raises(WorkerLost):
        run(plan_of("exit:Configure"), watcher)

    assert "1: cannot go on" in watcher.lines


def test_a_warning_of_several_workers_is_shown_once() -> None:
    watcher = Watcher()

    outcome = run(plan_of("warn:Start"), watcher)

    assert outcome.exit_code == 0
    assert "1: warning: too many names" in watcher.lines


def test_the_first_signal_lets_iterations_end_and_runs_teardown() -> None:
    watcher = Watcher(n_signals=1)

    outcome = run(plan_of("wait", workers=1), watcher)

    assert outcome.exit_code == 105
    assert "interrupted by SIGINT" in outcome.summary.verdict.sentence
    assert findings(outcome) == []
    assert watcher.phases[-3:] == [RunPhase.STOPPING, RunPhase.TEARDOWN, RunPhase.DONE]
    assert "0: teardown on 0" in watcher.lines


def test_the_second_signal_cuts_off_and_skips_teardown() -> None:
    watcher = Watcher(n_signals=2)

    outcome = run(plan_of("stubborn", workers=1), watcher)

    assert outcome.exit_code == 105
    assert outcome.summary.workers[0].state == "ended"
    assert RunPhase.TEARDOWN not in watcher.phases


def test_after_the_second_signal_a_worker_that_hangs_is_killed() -> None:
    outcome = run(plan_of("hang:Stop", workers=1), Watcher(n_signals=2))

    assert outcome.exit_code == 105
    assert outcome.summary.workers[0].state == "was killed because it did not end in time"


def test_a_signal_before_the_load_sends_none_and_leaves_setup_without_teardown() -> None:
    watcher = Watcher(n_signals=1, phase=RunPhase.STARTING)

    outcome = run(plan_of(), watcher)

    assert outcome.exit_code == 105
    assert outcome.summary.run["requests_sent"] == 0
    assert watcher.phases == [RunPhase.STARTING, RunPhase.DONE]


def test_handlers_of_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    run(plan_of())

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
