"""
The harness: server on one core, generator on another, every figure of DESIGN §8 beside its limit.

    python -m benchmarks.run                      everything, about 9 minutes
    python -m benchmarks.run --quick              the same with tiny loads: proves the harness, not the product
    python -m benchmarks.run request --server null

Exit code 1 when a required limit does not hold, 2 when something is missing.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES, Setting
from benchmarks.report import Row, render
from benchmarks.servers import SERVERS
from benchmarks.tools import BenchmarkError, missing_tools

__all__ = ["main"]


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.splitlines()[1])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"which figures: {', '.join(CASES)} (default: all)")
    parser.add_argument("--server", choices=sorted(SERVERS), default="nginx", help="far end (default: nginx)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is taken (default: 3)")
    parser.add_argument("--short", type=float, default=5, metavar="SECONDS", help="shorter run of a pair (default: 5)")
    parser.add_argument("--long", type=float, default=15, metavar="SECONDS", help="longer run (default: 15)")
    parser.add_argument("--core", type=int, default=0, help="core of the generator (default: 0)")
    parser.add_argument("--server-core", type=int, default=1, help="core of the server (default: 1)")
    parser.add_argument("--quick", action="store_true", help="one round of 1 s and 2 s, hundreds of VUs")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), metavar="FILE", help="where it is kept")
    given = parser.parse_args(words)
    unknown = sorted(set(given.cases) - set(CASES))
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    return given


def setting_of(given: argparse.Namespace) -> Setting:
    """What the cases need to know."""
    cores, server = (given.core, given.server_core), SERVERS[given.server]
    if given.quick:
        return Setting(*cores, server, rounds=1, short_s=1, long_s=2, few=50, many=500)
    return Setting(*cores, server, given.rounds, given.short, given.long, few=1_000, many=10_000)


def obstacles(given: argparse.Namespace, cases: Sequence[str]) -> list[str]:
    """Everything that stands in the way, in sentences."""
    tools = ["taskset"]
    tools += ["wrk"] if {"request", "tls"} & set(cases) else []
    tools += ["nginx"] if given.server == "nginx" or "tls" in cases else []
    tools += ["openssl"] if "tls" in cases else []
    found = missing_tools(tools)
    lost = {given.core, given.server_core} - os.sched_getaffinity(0)
    if lost or given.core == given.server_core:
        found.append(f"server and generator need a core each: cores {given.core} and {given.server_core} cannot be had")
    return found


def document(given: argparse.Namespace, rows: Sequence[Row]) -> dict[str, Any]:
    """The result as JSON: figures only with machine and date."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"platform": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()},
        "options": {key: str(value) for key, value in vars(given).items()},
        "rows": [asdict(row) | {"state": row.state} for row in rows],
    }


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the JSON; see the head of this file for the exit code."""
    given = parse(words)
    cases = given.cases or list(CASES)
    hindrances = obstacles(given, cases)
    if hindrances:
        print("\n".join(hindrances), file=sys.stderr)
        return 2
    os.sched_setaffinity(0, {given.server_core})  # what measures must not disturb what is measured
    setting = setting_of(given)
    rows: list[Row] = []
    failures: list[str] = []
    for case in cases:
        print(f"measuring: {case} …", file=sys.stderr, flush=True)
        try:
            rows += CASES[case](setting)
        except BenchmarkError as error:  # the other figures are still worth having
            failures.append(f"{case}: {error}")
    print(render(rows))
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(document(given, rows), indent=2, ensure_ascii=False) + "\n")
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures or not all(row.holds(row.required) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
