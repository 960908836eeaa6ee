"""A run of a script given as text: the command in a process of its own, and a server that counts what reaches it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import IO, Any
from urllib.request import urlopen

from tests.reference.summary_schema import schema_problems

__all__ = ["DEAD_URL", "ROOT", "Ended", "Server", "counting_server", "printed_until", "run", "running", "worker_lines"]

ROOT = Path(__file__).parents[2]
DEAD_URL = "http://127.0.0.1:9"  # `discard`: no system serves it any more, and none hands out its port
TIMEOUT_S = 60
IMPORTS = """
import os, sys, time
from ywstorm import (
    ConstantVUs, Counter, Gauge, PerVUIterations, RampingVUs, Rate, SharedIterations, Stage, Trend, VU,
    env, options, scenario, setup, teardown,
)
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended: with what, and what it printed. `lines` are those of stderr."""

    code: int
    out: str
    err: str
    folder: Path

    @cached_property
    def summary(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "summary.json").read_text())
        assert schema_problems(loaded) == []
        return loaded

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()

    def metric(self, name: str, /, **tags: str) -> dict[str, Any]:
        """Values of a metric of the summary, of a part of it if *tags* are given."""
        [found] = [each for each in self.summary["metrics"] if (each["name"], each["tags"]) == (name, tags)]
        values: dict[str, Any] = found["values"]
        return values


@dataclass(frozen=True)
class Server:
    """A null server that runs."""

    url: str

    def requests(self) -> int:
        with urlopen(f"{self.url}/__counts") as answer:
            return int(json.load(answer)["requests"])


def run(
    folder: Path,
    script: str,
    *flags: str,
    env: dict[str, str] | None = None,
    code: int | None = 0,
    timeout_s: float = TIMEOUT_S,
) -> Ended:
    """
    Run *script*, a suite's name or the text of a script, to its end.

    Args:
        env: Variables beside the usual ones.
        code: The exit code that it has to end with; None if that is what the test is about.
        timeout_s: How long it may take.
    """
    with running(folder, script, *flags, env=env) as process:
        out, err = process.communicate(timeout=timeout_s)
    if code is not None:
        assert process.returncode == code, f"{out}\n{err}"
    return Ended(process.returncode, out, err, folder)


@contextmanager
def running(
    folder: Path, script: str, *flags: str, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a run; what is left of it at the end is killed."""
    argument = script
    if "\n" in script:
        argument = "spike.py"
        (folder / argument).write_text(f"{IMPORTS}{dedent(script)}")
    kept = {key: value for key, value in os.environ.items() if key != "BASE_URL" and not key.startswith("YWSTORM_")}
    with subprocess.Popen(
        [sys.executable, "-m", "ywstorm", "run", argument, "--summary-export", "summary.json", *flags],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed_until(text: str, stream: IO[str] | None) -> list[str]:
    """Lines of a process that runs, up to the first that has *text* in it."""
    assert stream is not None
    lines: list[str] = []
    while not lines or text not in lines[-1]:
        lines.append(stream.readline())
        assert lines[-1], f"it ended before it printed {text!r}: {lines}"
    return lines


@contextmanager
def counting_server(delay_ms: int = 0) -> Iterator[Server]:
    """A server that gives everybody the same answer, after a while if *delay_ms* says so."""
    command = [sys.executable, "-m", "ywstorm_core.nullserver", "--delay-us", str(1000 * delay_ms)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            [line] = printed_until("listening on", process.stdout)
            yield Server(line.removeprefix("listening on ").strip())
        finally:
            process.send_signal(signal.SIGTERM)


def worker_lines(ended: Ended) -> list[str]:
    """What scripts printed on all workers, sorted, without the prefix that says which."""
    return sorted(line.partition(" | ")[2] for line in ended.lines if " | " in line)
