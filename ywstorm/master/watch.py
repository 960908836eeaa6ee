"""
How a run stands while it goes on: one value a second, for live displays and for decisions about the run.

A threshold without data is not failing yet, only at the end.
"""

from ywstorm.master.accounts import total
from ywstorm.master.collect import Collector, Second
from ywstorm.metrics.aborts import Abort, find_abort
from ywstorm.metrics.facts import OPEN_EXECUTORS
from ywstorm.metrics.snapshot import RunPhase, ScenarioSnapshot, Snapshot
from ywstorm.metrics.thresholds import evaluate_all
from ywstorm.script.model import Scenario
from ywstorm.script.run_plan import RunPlan
from ywstorm.units import NS_PER_S

__all__ = ["broken", "look"]


def look(plan: RunPlan, collector: Collector, phase: RunPhase, now_ns: int) -> Snapshot:
    """Say how the run of *plan* stands at *now_ns* of CLOCK_MONOTONIC, by what workers have told until then."""
    if collector.start_ns is None:
        return Snapshot(phase, scenarios=tuple(_look(scenario, collector, Second()) for scenario in plan.scenarios))
    elapsed_ns = max(0, (collector.end_ns() or now_ns) - collector.start_ns)
    n_complete = collector.n_complete()
    last = collector.seconds[n_complete - 1] if n_complete else Second()
    scenarios = tuple(_look(scenario, collector, last) for scenario in plan.scenarios)
    counts = [counts for record in collector.records.values() for counts in record.counts.scenarios.values()]
    return Snapshot(
        phase=phase,
        elapsed_ns=elapsed_ns,
        planned_ns=max(scenario.start_ns + scenario.duration_ns for scenario in scenarios),
        vus=collector.vus_at_end_of(n_complete - 1) if n_complete else 0,
        vus_max=collector.vus_max(),
        iterations=sum(scenario.iterations for scenario in scenarios),
        iterations_per_s=last.iterations.total(),
        iteration_errors=sum(each.iteration_errors for each in counts),
        requests=collector.requests,
        failed=collector.failed,
        requests_per_s=last.requests,
        latency_p95_ns=last.latency.quantile(0.95) if last.requests else None,
        failing=_failing(plan, collector, elapsed_ns / NS_PER_S),
        scenarios=scenarios,
    )


def _look(scenario: Scenario, collector: Collector, last: Second) -> ScenarioSnapshot:
    """Say how one scenario stands."""
    executor = scenario.executor
    is_open = executor.kind in OPEN_EXECUTORS
    counts = total(collector.records.values(), scenario.name)
    return ScenarioSnapshot(
        name=scenario.name,
        start_ns=scenario.start_time_ns,
        duration_ns=executor.duration_ns,
        planned_iterations=None if is_open else executor.planned_iterations,
        vus=counts.vus,
        vus_max=counts.vus_max if is_open else executor.max_vus or 0,
        iterations=counts.iterations,
        iterations_per_s=last.iterations[scenario.name],
        dropped=counts.dropped,
    )


def _failing(plan: RunPlan, collector: Collector, elapsed_s: float) -> tuple[str, ...]:
    """Thresholds that have data and would fail if the run ended now."""
    results = evaluate_all(plan.thresholds, collector.aggregate, plan.registry, elapsed_s)
    return tuple(
        f"{result.threshold.selector}: {result.threshold.expression}"
        for result in results
        if not result.passed and result.has_data
    )


def broken(plan: RunPlan, collector: Collector, now_ns: int) -> Abort | None:
    """Give the threshold that is to end the run now, if there is one; none before the first whole second."""
    if collector.start_ns is None or not collector.n_complete():
        return None
    starts_ns = {scenario.name: scenario.start_time_ns for scenario in plan.scenarios}
    return find_abort(plan.thresholds, collector.aggregate, plan.registry, now_ns - collector.start_ns, starts_ns)
