"""The generators that are compared: each run gives its number of requests beside what it cost."""

import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import POLL_S, Usage, Watcher, run_pinned
from benchmarks.tools import BenchmarkError, tool

__all__ = ["Run", "run_wrk", "run_ywstorm"]

SCRIPTS = Path(__file__).parent / "scripts"
WRK_REQUESTS = re.compile(r"(\d+) requests in")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a generator. *summary* is ywstorm's own (DESIGN §7), empty for others."""

    usage: Usage
    requests: int
    summary: dict[str, Any]


def run_wrk(core: int, url: str, duration_s: float, connections: int = 64) -> Run:
    """wrk with one thread, which checks no status and keeps no names: the floor."""
    command = [tool("wrk"), "-t1", f"-c{connections}", f"-d{duration_s:g}s", f"{url}/"]
    usage = run_pinned(core, command)
    found = WRK_REQUESTS.search(usage.output)
    if found is None:
        raise BenchmarkError(f"wrk did not say how many requests it made:\n{usage.output}")
    return Run(usage, int(found[1]), {})


def run_ywstorm(
    core: int, script: str, url: str, *options: str, watch: Watcher | None = None, poll_s: float = POLL_S
) -> Run:
    """
    One run of a script in `scripts/`, every feature on, with one worker unless *options* say otherwise.

    Args:
        core: Where the whole process tree is held.
        script: File name without its suffix.
        url: Base URL.
        options: Further words of the command line.
        watch: See `run_pinned`.
        poll_s: See `run_pinned`.
    """
    with tempfile.TemporaryDirectory(prefix="ywstorm-bench-") as folder:
        export = Path(folder, "summary.json")
        workers = () if "--workers" in options else ("--workers", "1")
        command = [sys.executable, "-m", "ywstorm", "run", str(SCRIPTS / f"{script}.py"), "--base-url", url]
        command += [*workers, *options, "--quiet", "--no-color", "--summary-export", str(export)]
        usage = run_pinned(core, command, watch, poll_s)
        summary = json.loads(export.read_text())
    return Run(usage, summary["run"]["requests_sent"], summary)
