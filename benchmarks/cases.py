"""
The figures of DESIGN §8, one function each.

Peers take turns within each round, so that a machine whose clock wanders is unfair to both alike; a figure is the
median of its rounds, a ratio the median of the rounds' ratios.
"""

import http.client
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.generators import Run, run_wrk, run_ywstorm
from benchmarks.measure import PeakMemory, run_pinned
from benchmarks.report import Row
from benchmarks.servers import null_server, secure_nginx
from benchmarks.tools import BenchmarkError

__all__ = ["CASES", "Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """
    Where and how long.

    Args:
        core: The generator's core.
        server_core: The server's core.
        server: What starts the server of the cases that may choose.
        rounds: How often each figure is taken.
        short_s: Duration of the shorter run of a pair.
        long_s: Duration of the longer one.
        few: The smaller number of idle VUs.
        many: The larger number of idle VUs, and of those that think.
    """

    core: int
    server_core: int
    server: Callable[[int], AbstractContextManager[str]]
    rounds: int
    short_s: float
    long_s: float
    few: int
    many: int


def cpu_us(short: Run, long: Run) -> float:
    """Microseconds of CPU per request: starting and stopping cancel out between two runs of different length."""
    requests = long.requests - short.requests
    if requests <= 0:
        raise BenchmarkError(f"the longer run made no more requests: {short.requests} and {long.requests}")
    return (long.usage.cpu_s - short.usage.cpu_s) / requests * 1e6


def cost_of_a_request(setting: Setting) -> list[Row]:
    """CPU per request beside wrk's."""
    with setting.server(setting.server_core) as url:
        return [_beside_wrk(setting, url, "CPU per request, GET, 64 VUs, one check", goal=1.3)]


def _beside_wrk(setting: Setting, url: str, what: str, goal: float, *options: str) -> Row:
    wrk_us, ywstorm_us, ratios = [], [], []
    for _ in range(setting.rounds):
        wrk = [run_wrk(setting.core, url, seconds) for seconds in (setting.short_s, setting.long_s)]
        ours = [
            run_ywstorm(setting.core, "hello", url, *options, "--duration", f"{seconds:g}")
            for seconds in (setting.short_s, setting.long_s)
        ]
        wrk_us.append(cpu_us(*wrk))
        ywstorm_us.append(cpu_us(*ours))
        ratios.append(ywstorm_us[-1] / wrk_us[-1])
    parts = {"ywstorm µs": statistics.median(ywstorm_us), "wrk µs": statistics.median(wrk_us)}
    parts |= {"lowest": min(ratios), "highest": max(ratios)}
    return Row(what, statistics.median(ratios), "× wrk", 2.0, goal, parts=parts)


def weight_of_a_vu(setting: Setting) -> list[Row]:
    """Memory per idle VU with an open connection: the slope between few and many."""
    with setting.server(setting.server_core) as url:
        return [_weight(setting, url, "memory per idle VU with a connection", 6.0, 3.0)]


def _weight(setting: Setting, url: str, what: str, required: float, goal: float, *options: str) -> Row:
    slopes, peaks = [], []
    for _ in range(setting.rounds):
        totals = [_idle_bytes(setting, url, vus, options) for vus in (setting.few, setting.many)]
        slopes.append((totals[1] - totals[0]) / (setting.many - setting.few) / 1e3)
        peaks.append(totals[1] / 1e6)
    parts = {f"MB for {setting.many} VUs": statistics.median(peaks)}
    return Row(what, statistics.median(slopes), "KB", required, goal, parts=parts)


def _idle_bytes(setting: Setting, url: str, vus: int, options: Sequence[str]) -> int:
    memory = PeakMemory()
    # A TLS handshake costs 1 ms of a core: 10,000 of them need their time.
    seconds = setting.short_s + (vus / 500 if url.startswith("https:") else 0)
    words = [*options, "--vus", str(vus), "--duration", f"{seconds:g}"]
    run = run_ywstorm(setting.core, "idle", url, *words, watch=memory)
    if run.requests != vus:
        raise BenchmarkError(f"{run.requests} of {vus} VUs got as far as their request: let the runs last longer")
    return memory.total_bytes


def tls(setting: Setting) -> list[Row]:
    """The same two figures over TLS 1.3, where wrk does not look at certificates either."""
    with secure_nginx(setting.server_core) as url:
        return [
            _beside_wrk(setting, url, "CPU per request over TLS, 64 VUs, one check", 1.4, "--insecure-skip-tls-verify"),
            _weight(setting, url, "memory per idle VU with a TLS connection", 45.0, 25.0, "--insecure-skip-tls-verify"),
        ]


def thinking_vus(setting: Setting) -> list[Row]:
    """Many VUs with 1 s of think time on one worker: do they keep up, and at what price?"""
    shares, megabytes, cores = [], [], []
    with setting.server(setting.server_core) as url:
        for _ in range(setting.rounds):
            memory = PeakMemory()
            words = ["--vus", str(setting.many), "--duration"]
            short = run_ywstorm(setting.core, "think", url, *words, f"{setting.short_s:g}")
            long = run_ywstorm(setting.core, "think", url, *words, f"{setting.long_s:g}", watch=memory)
            shares.append(long.summary["scenarios"][0]["iterations"] / (setting.many * setting.long_s) * 100)
            megabytes.append(memory.total_bytes / 1e6)
            cores.append((long.usage.cpu_s - short.usage.cpu_s) / (setting.long_s - setting.short_s) * 100)
    who = f"{setting.many:,} VUs, 1 s think time"
    return [
        Row(f"{who}: planned iterations", statistics.median(shares), "%", 98, 99, is_floor=True),
        Row(f"{who}: memory", statistics.median(megabytes), "MB", 150, 120),
        Row(f"{who}: share of the core", statistics.median(cores), "%", None, 40),
    ]


class StartClock:
    """A watcher that asks the null server for its count: from the first request to the last first request."""

    def __init__(self, url: str, vus: int) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._vus = vus
        self._first_s = 0.0
        self.duration_s: float | None = None
        self.requests = 0

    def __call__(self, _pid: int) -> None:
        if self.duration_s is not None:
            return
        self._connection.request("GET", "/__counts")
        self.requests = json.load(self._connection.getresponse())["requests"]
        if self.requests and not self._first_s:
            self._first_s = time.perf_counter()
        if self.requests >= self._vus:
            self.duration_s = time.perf_counter() - self._first_s

    def close(self) -> None:
        """Close the connection to the server."""
        self._connection.close()


def start_of_many(setting: Setting) -> list[Row]:
    """How long the first requests of many VUs take, as the server counts them."""
    durations = []
    for _ in range(setting.rounds):
        with null_server(setting.server_core) as url:
            clock = StartClock(url, setting.many)
            vus, duration = str(setting.many), f"{setting.short_s:g}"
            run_ywstorm(setting.core, "idle", url, "--vus", vus, "--duration", duration, watch=clock, poll_s=0.005)
            clock.close()
            if clock.duration_s is None:
                raise BenchmarkError(f"{clock.requests} of {setting.many} first requests in {duration} s")
            durations.append(clock.duration_s)
    return [Row(f"start of {setting.many:,} VUs", statistics.median(durations), "s", 2.0, 1.0)]


def start_up(setting: Setting) -> list[Row]:
    """How long a user waits for the help, and for a run of one iteration."""
    help_ms, run_ms = [], []
    with setting.server(setting.server_core) as url:
        for _ in range(max(3, setting.rounds)):
            help_ms.append(run_pinned(setting.core, [sys.executable, "-m", "ywstorm", "--help"]).wall_s * 1e3)
            run = run_ywstorm(setting.core, "hello", url, "--vus", "1", "--iterations", "1")
            run_ms.append(run.usage.wall_s * 1e3)
    return [
        Row("ywstorm --help", statistics.median(help_ms), "ms", 250, 150),
        Row("ywstorm run of one iteration", statistics.median(run_ms), "ms", 1000, 600),
    ]


def second_worker(setting: Setting) -> list[Row]:
    """What a request costs with 2 workers beside 1, both at about 5,000 requests/s (500 VUs, 0.1 s think time)."""
    ratios, parts = [], {}
    with setting.server(setting.server_core) as url:
        for _ in range(setting.rounds):
            costs = []
            for workers in ("1", "2"):
                words = ["--env", "THINK=0.1", "--vus", "500", "--workers", workers, "--duration"]
                short = run_ywstorm(setting.core, "think", url, *words, f"{setting.short_s:g}")
                long = run_ywstorm(setting.core, "think", url, *words, f"{setting.long_s:g}")
                costs.append(cpu_us(short, long))
                parts[f"{workers}: µs"] = costs[-1]
            ratios.append(costs[1] / costs[0])
    return [Row("CPU per request, 2 workers beside 1", statistics.median(ratios), "×", 1.15, 1.05, parts=parts)]


def statistics_core(setting: Setting) -> list[Row]:
    """The histogram and the master's merging, measured by `bench_histogram.py`."""
    output = run_pinned(setting.core, [sys.executable, "-m", "benchmarks.bench_histogram"]).output
    record_ns = _figure(output, r"^record, Cython loop\s+([\d.]+) ns")
    master_ms = _figure(output, r"^master, a second of 2 workers\s+([\d.]+) ms")
    return [
        Row("histogram record, from Cython", record_ns, "ns", 8, 5),
        Row("master, 200 request series × 2 workers", master_ms / 10, "% core", 10, 5),  # ms in a second → %
    ]


def _figure(output: str, pattern: str) -> float:
    found = re.search(pattern, output, re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"bench_histogram.py did not print {pattern}:\n{output}")
    return float(found[1])


CASES = {
    "request": cost_of_a_request,
    "tls": tls,
    "memory": weight_of_a_vu,
    "think": thinking_vus,
    "start": start_of_many,
    "startup": start_up,
    "workers": second_worker,
    "statistics": statistics_core,
}
