"""
Runs made by hand: an aggregate that holds what a few requests left, and facts about a run in which nothing went wrong.
"""

from datetime import UTC, datetime
from typing import Any

from ywstorm.metrics.facts import RunFacts, ScenarioFacts, WorkerFacts
from ywstorm.metrics.selectors import Tags, canonical
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["add_requests", "add_values", "clean_run", "request_tags", "spike", "tags", "worker"]

NS_PER_MS = 1_000_000


def tags(**named: str) -> Tags:
    """Canonical tags, of phase main unless another one is named."""
    return canonical({"phase": "main", **named}.items())


def request_tags(**named: str) -> Tags:
    """Tags of a request that went well, with those that are named changed or added."""
    usual = {
        "scenario": "spike",
        "method": "GET",
        "name": "GET /me",
        "status": "200",
        "expected_response": "true",
    }
    return tags(**{**usual, **named})


def add_requests(
    aggregate: Aggregate,
    *durations_ms: int,
    has_failed: bool = False,
    has_connection: bool = True,
    sent: int = 100,
    received: int = 300,
    **named: str,
) -> None:
    """Fold requests that waited for so long each and began 1 ms late."""
    for duration_ms in durations_ms:
        waiting_ns = duration_ms * NS_PER_MS
        series_tags = request_tags(**named)
        aggregate.request(series_tags).fold_values(
            due_ns=0,
            begin_ns=NS_PER_MS,
            done_ns=NS_PER_MS + waiting_ns,
            waiting_ns=waiting_ns,
            bytes_sent=sent,
            bytes_received=received,
            has_failed=has_failed,
            has_connection=has_connection,
        )
        kept = {"name", "phase", "scenario"}
        aggregate.timing(tuple(pair for pair in series_tags if pair[0] in kept)).fold_values(
            waiting_ns=waiting_ns, has_connection=has_connection
        )


def add_values(aggregate: Aggregate, metric: str, kind: Any, *numbers: float, **named: str) -> None:
    """Add values to a sink; gauges get instants in the order of the values."""
    series = aggregate.sink(metric, kind, tags(**{"scenario": "spike", **named}))
    for at_ns, number in enumerate(numbers):
        series.add(number, at_ns)


def clean_run(**changes: Any) -> RunFacts:
    """A run of 10 s on two workers that went as planned, with the fields that are named changed."""
    usual: dict[str, Any] = {
        "run_id": "01",
        "started_at": datetime(2026, 9, 1, 12, 0, tzinfo=UTC),
        "duration_ns": 10_000_000_000,
        "requests_sent": 4,
        "script": "spike.py",
        "scenarios": (spike(),),
        "workers": (worker(0), worker(1)),
    }
    return RunFacts(**{**usual, **changes})


def spike(**changes: Any) -> ScenarioFacts:
    """A closed scenario all of whose starts took place."""
    usual: dict[str, Any] = {
        "name": "spike",
        "executor": "ramping_vus",
        "planned_starts": 1_000,
        "starts": 1_000,
        "iterations": 40,
        "vus_max": 50,
    }
    return ScenarioFacts(**{**usual, **changes})


def worker(index: int, **changes: Any) -> WorkerFacts:
    """A worker that was never short of anything."""
    return WorkerFacts(
        index=index, pid=4710 + index, **{"cpu_s": 1.0, "cpu_share": 0.1, "max_cpu_share_5s": 0.3, **changes}
    )
