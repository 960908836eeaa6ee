"""
What the master knows when a run is over, as plain values: the input of the verdict and of the summary.

Everything that was counted by series is in the `Aggregate`; here is the rest: scenarios, workers, windows, errors, how
the run ended. The master builds one `RunFacts`, nobody changes it, and neither the verdict nor the summary asks
anything else about a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ywstorm_core.stats.histogram import Histogram

__all__ = [
    "OPEN_EXECUTORS",
    "End",
    "EndReason",
    "ErrorFacts",
    "ExceptionFacts",
    "Finding",
    "Level",
    "RunFacts",
    "ScenarioFacts",
    "Validity",
    "WindowFacts",
    "WorkerFacts",
]

OPEN_EXECUTORS = frozenset({"constant_arrival_rate", "ramping_arrival_rate"})
"""Kinds of executors whose starts follow the clock, so that starting late is the generator's fault."""


class EndReason(StrEnum):
    """Why a run did not simply come to its planned end. Several can hold at once."""

    INTERRUPTED = "interrupted"
    THRESHOLD = "threshold"
    ABORTED = "aborted"
    FAILED = "failed"
    SETUP_TIMEOUT = "setup_timeout"
    TEARDOWN_TIMEOUT = "teardown_timeout"
    SCRIPT_ERROR = "script_error"
    WORKER_LOST = "worker_lost"
    INTERNAL = "internal"


class Level(StrEnum):
    """How much a finding takes away from the measurement."""

    SUSPECT = "SUSPECT"
    INVALID = "INVALID"


class Validity(StrEnum):
    """Whether the measurement is to be trusted: the worst level of all findings."""

    VALID = "VALID"
    SUSPECT = "SUSPECT"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class End:
    """
    One reason why the run ended as it did.

    Args:
        text: What happened, without a full stop: ``"SIGINT"``, ``"worker 1 (pid 4711) was killed by SIGKILL"``, the
            reason given to ``vu.abort``, the threshold that was broken.
    """

    reason: EndReason
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A validity rule that did not hold.

    Args:
        rule: Its number in the table of rules: ``"V5"``.
        observed: What was measured, in the rule's unit (shares are 0…1, counts are counts).
        limit: What it would have had to stay within, in the same unit.
        text: One sentence: what happened and what to do.
    """

    rule: str
    level: Level
    observed: float
    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """
    What became of one scenario, all workers together, phase main.

    Args:
        executor: Kind of the executor: ``"ramping_vus"``.
        planned_starts: Starts that were due before the scenario ended: of VUs (closed model; a VU that ramps up again
            counts again), of arrivals (open model). Of a run that was cut short, only those due until then.
        starts: How many of these took place.
        iterations: Calls of the user's coroutine that came to their end, also by an exception.
        iteration_errors: Exceptions that left an iteration, ``on_start`` or ``on_stop``.
        dropped: Iterations that were planned and never started: arrivals without a free VU, and what iteration-bound
            executors had left at ``max_duration``.
        interrupted: Iterations that were cut off.
        vus_max: Most VUs that were active at once.
    """

    name: str
    executor: str
    planned_starts: int = 0
    starts: int = 0
    iterations: int = 0
    iteration_errors: int = 0
    dropped: int = 0
    interrupted: int = 0
    vus_max: int = 0

    @property
    def is_open(self) -> bool:
        """Whether its iterations start by the clock, not when the previous one has ended."""
        return self.executor in OPEN_EXECUTORS


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """
    What one worker process did and how well it was.

    Args:
        cpu_s: User and system time of its life.
        cpu_share: CPU time ÷ wall time while scenarios ran; 1.0 is one full core.
        max_cpu_share_5s: The same over the busiest 5 s in a row; 0.0 if scenarios ran for less than 5 s.
        max_lag_ms: Longest time for which its event loop did not come round.
        rss_bytes: High-water mark of its resident memory.
        requests: Requests whose first byte it sent.
        sleep_overrun: By what share of the time asked for its sleeps ended late: 0.05 = 5 %.
        state: ``"ended"``, or how it was lost.
    """

    index: int
    pid: int
    cpu_s: float = 0.0
    cpu_share: float = 0.0
    max_cpu_share_5s: float = 0.0
    max_lag_ms: float = 0.0
    rss_bytes: int = 0
    requests: int = 0
    sleep_overrun: float = 0.0
    state: str = "ended"


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """
    One second of the run, all workers together, phase main.

    Args:
        t_s: Start of the second, counted from the start instant.
        vus: VUs that were active at its end.
        latency: ``http_req_latency`` of the requests that ended in it.
    """

    t_s: int
    requests: int
    failed: int
    vus: int
    latency: Histogram


@dataclass(frozen=True, slots=True)
class ErrorFacts:
    """
    All errors of one code, in all phases.

    Args:
        code: A number of ``ywstorm_core.errors``; 1000 + status for 4xx and 5xx.
        sample: The text of one of them.
        url: The URL that one was sent to, or "".
    """

    code: int
    count: int
    sample: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """
    All exceptions of one kind that left the user's code.

    Args:
        kind: Type and text, ``"KeyError: 'token'"``.
        traceback: The user's frames of the first one.
    """

    kind: str
    traceback: str
    count: int


@dataclass(frozen=True, slots=True)
class RunFacts:
    """
    A run that is over.

    Args:
        started_at: The start instant, in UTC.
        duration_ns: Start instant to the end of the last iteration; 0 if no scenario started.
        requests_sent: Requests whose first byte the kernel took, in any phase.
        script: The script or suite as it was named on the command line.
        options: Options in force, JSON-like.
        overrides: What flags changed, one sentence each.
        versions: ``{"ywstorm": "0.1.0", "python": "3.11.9", …}``.
        machine: Cores, memory, kernel: JSON-like.
        rss_bytes: Sum of the high-water marks of the master and all workers.
        windows: One per second, in order.
        ends: Why the run ended otherwise than planned; empty if it did not.
        mismatches: Accounts that do not balance, one sentence each; must be empty.
        target: What ``--with-target`` read from the target after teardown: ``{"url", "requests", "by_endpoint"}``.
        requests_unanswered: Of `requests_sent`, those that no whole answer came to: the target may not have seen them.
    """

    run_id: str
    started_at: datetime
    duration_ns: int
    requests_sent: int
    script: str
    scenarios: tuple[ScenarioFacts, ...]
    workers: tuple[WorkerFacts, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    rss_bytes: int = 0
    windows: tuple[WindowFacts, ...] = ()
    errors: tuple[ErrorFacts, ...] = ()
    exceptions: tuple[ExceptionFacts, ...] = ()
    ends: tuple[End, ...] = ()
    mismatches: tuple[str, ...] = ()
    target: Mapping[str, Any] | None = None
    requests_unanswered: int = 0

    @property
    def duration_s(self) -> float:
        """`duration_ns` in seconds, which rates are computed with."""
        return self.duration_ns / 1e9
