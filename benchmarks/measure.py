"""
Runs a command on one core and says what it cost: CPU of the whole process tree, wall time, peak memory.

CPU comes from wait4(2): user and system time of the command and of every descendant that was waited for, exact at the
end. Memory is the sum over processes of their high-water marks (VmHWM), sampled, because it dies with the process.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tools import BenchmarkError, tool

__all__ = ["PeakMemory", "Usage", "pinned", "run_pinned"]

Watcher = Callable[[int], None]
"""Called with the command's pid again and again while it runs."""

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Usage:
    """What one command cost."""

    wall_s: float
    cpu_s: float
    exit_code: int
    output: str


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """*command*, held on one core together with its descendants."""
    return [tool("taskset"), "--cpu-list", str(core), *command]


def run_pinned(core: int, command: Sequence[str], watch: Watcher | None = None, poll_s: float = POLL_S) -> Usage:
    """
    Run *command* to its end on *core*.

    Args:
        core: Number of the core.
        command: Program and arguments.
        watch: Called with the pid every *poll_s* seconds.
        poll_s: Pause between two calls of *watch*.

    Raises:
        BenchmarkError: It ended with another code than 0; the text holds the end of its output.
    """
    with tempfile.TemporaryFile("w+") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(pinned(core, command), stdout=output, stderr=subprocess.STDOUT)
        while watch is not None and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            watch(process.pid)
            time.sleep(poll_s)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait for it again
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise BenchmarkError(f"{' '.join(command)} ended with {process.returncode}:\n{text[-4000:]}")
    return Usage(wall_s, usage.ru_utime + usage.ru_stime, process.returncode, text)


class PeakMemory:
    """A watcher that keeps the highest high-water mark of every process of the tree."""

    def __init__(self) -> None:
        self._peak_bytes: dict[int, int] = {}

    @property
    def total_bytes(self) -> int:
        """Sum of the high-water marks of all processes seen."""
        return sum(self._peak_bytes.values())

    def __call__(self, pid: int) -> None:
        try:
            self._peak_bytes[pid] = max(self._peak_bytes.get(pid, 0), _high_water_bytes(pid))
            children = [
                int(child)
                for task in Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()
            ]
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            return
        for child in children:
            self(child)


def _high_water_bytes(pid: int) -> int:
    """VmHWM of a process; 0 for one that has ended but was not waited for."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
