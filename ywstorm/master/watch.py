"""
How a run stands while it goes on: one value a second, for live displays and for decisions about the run.

A threshold without a figure is not failing yet, only at the end. Whether a failing one aborts the run is to be decided
from the same results.
"""

from ywstorm.master.collect import Collector, Second
from ywstorm.metrics.snapshot import RunPhase, Snapshot
from ywstorm.metrics.thresholds import evaluate_all
from ywstorm.script.run_plan import RunPlan
from ywstorm.units import NS_PER_S

__all__ = ["look"]


def look(plan: RunPlan, collector: Collector, phase: RunPhase, now_ns: int) -> Snapshot:
    """Say how the run of *plan* stands at *now_ns* of CLOCK_MONOTONIC, by what workers have told until then."""
    if collector.start_ns is None:
        return Snapshot(phase)
    elapsed_ns = max(0, (collector.end_ns() or now_ns) - collector.start_ns)
    n_complete = collector.n_complete()
    last = collector.seconds[n_complete - 1] if n_complete else Second()
    scenarios = [counts for record in collector.records.values() for counts in record.counts.scenarios.values()]
    return Snapshot(
        phase=phase,
        elapsed_ns=elapsed_ns,
        planned_ns=max(scenario.start_time_ns + scenario.executor.duration_ns for scenario in plan.scenarios),
        vus=collector.vus_at_end_of(n_complete - 1) if n_complete else 0,
        vus_max=plan.max_vus,
        iterations=sum(counts.iterations for counts in scenarios),
        iteration_errors=sum(counts.iteration_errors for counts in scenarios),
        requests=collector.requests,
        failed=collector.failed,
        requests_per_s=last.requests,
        latency_p95_ns=last.latency.quantile(0.95) if last.requests else None,
        failing=_failing(plan, collector, elapsed_ns / NS_PER_S),
    )


def _failing(plan: RunPlan, collector: Collector, elapsed_s: float) -> tuple[str, ...]:
    """Thresholds that have a figure and would fail if the run ended now."""
    results = evaluate_all(plan.thresholds, collector.aggregate, plan.registry, elapsed_s)
    return tuple(
        f"{result.threshold.selector}: {result.threshold.expression}"
        for result in results
        if not result.passed and result.observed is not None
    )
