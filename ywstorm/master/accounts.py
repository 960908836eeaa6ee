"""
Do the accounts balance? Every figure of a run is kept in two places that must agree to the last unit.

Pure: records and plans in, sentences out, one for each account that does not balance. A worker that was lost has no
last word, so its accounts stay open: that loss is a finding of its own.
"""

from collections.abc import Iterable, Mapping

from ywstorm.master.record import WorkerRecord
from ywstorm.metrics.facts import OPEN_EXECUTORS
from ywstorm.wire import ScenarioCounts

__all__ = ["account_problems", "total"]


def total(records: Iterable[WorkerRecord], scenario: str) -> ScenarioCounts:
    """Add up what all workers did for one scenario. All peak together, so the sum of their peaks is the peak."""
    counts = [record.counts.scenarios.get(scenario, ScenarioCounts()) for record in records]
    return ScenarioCounts(*(sum(values) for values in zip(*map(_fields, counts), strict=True)))


def account_problems(
    records: Iterable[WorkerRecord],
    executors: Mapping[str, str],
    planned_iterations: Mapping[str, int],
    requests_in_series: int,
) -> list[str]:
    """
    Hold the final counts against each other.

    Args:
        records: All workers.
        executors: Kind of the executor by scenario.
        planned_iterations: By scenario, for those whose plan has a number of them and was not cut short.
        requests_in_series: Requests that the merged series hold, of all phases.
    """
    records = list(records)
    problems = [problem for record in records if record.has_totals for problem in _worker_problems(record, executors)]
    if all(record.has_totals for record in records):
        ended = sum(record.counts.requests_ok + record.counts.requests_failed for record in records)
        if ended != requests_in_series:
            problems.append(f"workers count {ended} requests that ended, the series hold {requests_in_series}")
        for name, planned in planned_iterations.items():
            counts = total(records, name)
            if planned != counts.iterations_started + counts.dropped:
                problems.append(
                    f"scenario {name}: {planned} iterations planned, but {counts.iterations_started} started"
                    f" + {counts.dropped} dropped"
                )
    return problems


def _worker_problems(record: WorkerRecord, executors: Mapping[str, str]) -> list[str]:
    counts = record.counts
    who = f"worker {record.index}"
    problems = []
    if counts.requests_in_flight:
        problems.append(f"{who}: {counts.requests_in_flight} requests still in flight at the end")
    ended = counts.requests_ok + counts.requests_failed + counts.requests_cut_off
    if counts.requests_started != ended + counts.requests_in_flight:
        problems.append(
            f"{who}: {counts.requests_started} requests started, but {counts.requests_ok} ok"
            f" + {counts.requests_failed} failed + {counts.requests_cut_off} cut off"
        )
    for name, scenario in counts.scenarios.items():
        is_open = executors[name] in OPEN_EXECUTORS
        if scenario.scheduled != scenario.started + (scenario.dropped if is_open else 0):
            problems.append(
                f"{who}, scenario {name}: {scenario.scheduled} starts scheduled, but {scenario.started} started"
                + (f" + {scenario.dropped} dropped" if is_open else "")
            )
        if is_open and scenario.started != scenario.iterations_started:
            problems.append(
                f"{who}, scenario {name}: {scenario.started} arrivals started,"
                f" but {scenario.iterations_started} iterations"
            )
        if scenario.iterations_started != scenario.iterations + scenario.interrupted:
            problems.append(
                f"{who}, scenario {name}: {scenario.iterations_started} iterations started, but"
                f" {scenario.iterations} ended + {scenario.interrupted} interrupted"
            )
        if scenario.vus:
            problems.append(f"{who}, scenario {name}: {scenario.vus} VUs still active at the end")
    return problems


def _fields(counts: ScenarioCounts) -> tuple[int, ...]:
    return tuple(getattr(counts, name) for name in counts.__dataclass_fields__)
