"""
A run as it stands at one instant: what the master knows each second, and what live displays are drawn from.

Master and displays stand on one row of the house and never import each other; this value is what passes between them.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["RunPhase", "ScenarioSnapshot", "Snapshot"]


class RunPhase(StrEnum):
    """Where a run is, in this order; phases are never skipped backwards."""

    STARTING = "starting"
    SETUP = "setup"
    RUNNING = "running"
    STOPPING = "stopping"
    TEARDOWN = "teardown"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ScenarioSnapshot:
    """
    One look at one scenario.

    Args:
        start_ns: When it starts, after the start instant.
        duration_ns: From there to its regular end; with a number of iterations, the latest.
        planned_iterations: Number of iterations in all, when they decide the end; None when time does.
        vus: VUs active when the workers last told.
        vus_max: The most VUs that the plan ever has; with an arrival rate, that were needed so far.
        iterations: Iterations that came to their end.
        iterations_per_s: Those among them that ended in the last complete second.
        dropped: Iterations that were planned and never started.
    """

    name: str
    start_ns: int = 0
    duration_ns: int = 0
    planned_iterations: int | None = None
    vus: int = 0
    vus_max: int = 0
    iterations: int = 0
    iterations_per_s: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    One look at a run.

    Args:
        elapsed_ns: Time since the start instant; 0 before it.
        planned_ns: Latest regular end of all scenarios, after the start instant.
        vus: VUs active at the end of the last second that every worker has told about.
        vus_max: The most VUs that the plan ever has; with an arrival rate, that were needed so far.
        iterations: Iterations that came to their end.
        iterations_per_s: Those among them that ended in the last complete second.
        iteration_errors: Exceptions that left the user's code.
        requests: Requests of phase main that ended.
        failed: Those among them that failed.
        requests_per_s: Requests that ended in the last complete second.
        latency_p95_ns: 95th percentile of latency in that second; None if it had no request (or only dropped ones).
        failing: Thresholds that would fail if the run ended now, as ``"metric{selector}: expression"``.
        scenarios: Each of them, in the order of the plan.
    """

    phase: RunPhase
    elapsed_ns: int = 0
    planned_ns: int = 0
    vus: int = 0
    vus_max: int = 0
    iterations: int = 0
    iterations_per_s: int = 0
    iteration_errors: int = 0
    requests: int = 0
    failed: int = 0
    requests_per_s: int = 0
    latency_p95_ns: int | None = None
    failing: tuple[str, ...] = ()
    scenarios: tuple[ScenarioSnapshot, ...] = ()
