"""
One run, from a plan to its outcome: the master's only door.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from ywstorm.master.conductor import Conductor
from ywstorm.master.facts import run_facts
from ywstorm.master.process import WORKER_COMMAND
from ywstorm.master.watch import look
from ywstorm.metrics.aborts import marked
from ywstorm.metrics.facts import ExceptionFacts
from ywstorm.metrics.snapshot import Snapshot
from ywstorm.metrics.summary import Summary, build_summary
from ywstorm.metrics.thresholds import evaluate_all
from ywstorm.script.run_plan import RunPlan
from ywstorm.verdict.exits import decide
from ywstorm.verdict.rules import judge

__all__ = ["Outcome", "execute"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a run came to.

    Args:
        exit_code: Of DESIGN §6, as in the summary's verdict.
        exceptions: What left the user's code, one of each kind with its traceback, the most frequent first.
    """

    summary: Summary
    exit_code: int
    exceptions: tuple[ExceptionFacts, ...]


def execute(
    plan: RunPlan,
    on_progress: Callable[[Snapshot], None] | None = None,
    on_output: Callable[[int, str], None] | None = None,
    read_target: Callable[[], Mapping[str, Any] | None] | None = None,
    command: Sequence[str] = WORKER_COMMAND,
) -> Outcome:
    """
    Run a plan and judge it. Call it from the main thread: it takes SIGINT and SIGTERM for the length of the run.

    Args:
        on_progress: Gets a snapshot at each change of phase and each second.
        on_output: Gets (worker, line) of what workers print.
        read_target: Asks the target what it counted, after teardown, in a thread of its own; may return None.
        command: What each worker runs.

    Raises:
        OptionsError, ScriptError, WorkerLost, InternalError: A worker could not start, so that no load was sent; or
            ywstorm itself failed.
    """

    def show(conductor: Conductor) -> None:
        if on_progress is not None:
            on_progress(look(plan, conductor.collector, conductor.phase, time.monotonic_ns()))

    conductor = Conductor(plan, show, on_output or _ignore_output, read_target, command)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(conductor.perform())
    return _outcome(plan, conductor)


def _outcome(plan: RunPlan, conductor: Conductor) -> Outcome:
    """Turn what was collected into facts, facts into a verdict, and all of it into a summary."""
    aggregate = conductor.collector.aggregate
    facts = run_facts(
        plan,
        conductor.collector,
        conductor.ends,
        was_cut_short=conductor.was_stopped,
        target=conductor.target,
    )
    has_load = conductor.collector.start_ns is not None
    results = evaluate_all(plan.thresholds if has_load else (), aggregate, plan.registry, facts.duration_s)
    results = marked(results, conductor.abort)
    verdict = decide(facts, results, judge(facts) if has_load else [], aggregate)
    summary = build_summary(facts, aggregate, plan.registry, results, verdict, plan.trend_stats)
    return Outcome(summary, verdict.exit_code, facts.exceptions)


def _ignore_output(_worker: int, _line: str) -> None:
    """Nobody wants to see it."""
