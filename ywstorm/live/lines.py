"""
Progress as plain lines, for logs and CI: one every two seconds, and one at the end.

The lines are functions of a `Snapshot`; time is taken from it, so nothing here reads a clock. Who prints them (and with
them what workers write) decides the stream.
"""

from collections.abc import Callable

from ywstorm.metrics.snapshot import RunPhase, Snapshot
from ywstorm.units import NS_PER_S, format_count, format_duration, plural

__all__ = ["ProgressLines", "output_line", "progress_line", "seconds"]

EVERY_NS = 2 * NS_PER_S


class ProgressLines:
    """
    Takes every snapshot of a run and writes the lines that are worth a reader's time.

    Args:
        write: Gets each line, without its line end.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._phase: RunPhase | None = None
        self._due_ns = EVERY_NS

    def __call__(self, snapshot: Snapshot) -> None:
        """Write a line if the phase is a new one, or when two seconds of load have passed since the last."""
        is_new_phase = snapshot.phase is not self._phase
        self._phase = snapshot.phase
        if is_new_phase or (snapshot.phase is RunPhase.RUNNING and snapshot.elapsed_ns >= self._due_ns):
            # A slow second must not leave a debt of lines behind: the next is due two seconds from now.
            self._due_ns = snapshot.elapsed_ns - snapshot.elapsed_ns % EVERY_NS + EVERY_NS
            line = progress_line(snapshot)
            if line:
                self._write(line)


def progress_line(snapshot: Snapshot) -> str:
    """
    Say where the run is.

    Returns:
        ``running 12.0s/25.0s, 50/50 VUs, 1,234 iterations (98/s), 3,456 requests (420/s), 0 failed, p95 35ms``; few
        words for phases without load; "" when the phase has nothing to say (the load has not begun).
    """
    match snapshot.phase:
        case RunPhase.STARTING:
            return "starting workers"
        case RunPhase.SETUP:
            return "running setup()"
        case RunPhase.TEARDOWN:
            return "running teardown()"
        case _ if snapshot.elapsed_ns <= 0:
            return ""
        case RunPhase.DONE:
            iterations, requests = plural(snapshot.iterations, "iteration"), plural(snapshot.requests, "request")
            return f"done after {seconds(snapshot.elapsed_ns)}, {iterations}, {requests}"
    parts = [
        f"{snapshot.phase} {seconds(snapshot.elapsed_ns)}/{seconds(snapshot.planned_ns)}",
        f"{snapshot.vus}/{snapshot.vus_max} VUs",
        f"{format_count(snapshot.iterations)} iterations ({format_count(snapshot.iterations_per_s)}/s)",
        f"{format_count(snapshot.requests)} requests ({format_count(snapshot.requests_per_s)}/s)",
        f"{format_count(snapshot.failed)} failed",
    ]
    if snapshot.iteration_errors:
        parts.append(f"{format_count(snapshot.iteration_errors)} exceptions")
    if snapshot.latency_p95_ns is not None:
        parts.append(f"p95 {format_duration(snapshot.latency_p95_ns)}")
    if snapshot.failing:
        parts.append(f"failing so far: {'; '.join(snapshot.failing)}")
    return ", ".join(parts)


def output_line(worker: int, text: str) -> str:
    """What a worker wrote, with its name before it: ``worker 1 | text``."""
    return f"worker {worker} | {text}"


def seconds(ns: int) -> str:
    """Write seconds to a tenth, so that the figures of successive lines stand in one column."""
    return f"{ns / NS_PER_S:.1f}s"
