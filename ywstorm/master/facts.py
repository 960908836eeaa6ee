"""
What a run was, once it is over: everything that the master collected, as the one value that verdict and summary take.
"""

import secrets
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ywstorm.master.accounts import account_problems, total
from ywstorm.master.collect import Collector
from ywstorm.master.machine import machine, own_rss_bytes, versions
from ywstorm.metrics.facts import End, RunFacts, ScenarioFacts
from ywstorm.plan import OpenPlan, Segment
from ywstorm.script.model import Scenario
from ywstorm.script.run_plan import RunPlan

__all__ = ["run_facts"]

_WHOLE = Segment(0, 1)


def run_facts(
    plan: RunPlan,
    collector: Collector,
    ends: Collection[End],
    *,
    was_cut_short: bool,
    target: Mapping[str, Any] | None,
) -> RunFacts:
    """
    Put together what is known of a run that is over.

    Args:
        ends: Why it ended otherwise than planned.
        was_cut_short: Whether less load was sent than planned, and rightly so: somebody or something stopped it.
        target: What the target counted, with ``--with-target``.
    """
    records = [collector.records[index] for index in sorted(collector.records)]
    scenarios = tuple(_scenario_facts(scenario, collector, was_cut_short=was_cut_short) for scenario in plan.scenarios)
    unbalanced = account_problems(
        records,
        {scenario.name: scenario.executor.kind for scenario in plan.scenarios},
        {} if was_cut_short else _planned_iterations(plan),
        collector.requests_in_series(),
    )
    started_at = _instant(collector.start_ns)
    end_ns = collector.end_ns()
    requests_sent = sum(record.counts.requests_sent for record in records)
    return RunFacts(
        run_id=f"{started_at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        started_at=started_at,
        duration_ns=0 if collector.start_ns is None or end_ns is None else max(0, end_ns - collector.start_ns),
        requests_sent=requests_sent,
        script=plan.script_argument,
        scenarios=scenarios,
        workers=tuple(record.facts() for record in records),
        options=plan.options.to_dict(),
        overrides=plan.overrides,
        versions=versions(),
        machine=machine(),
        rss_bytes=own_rss_bytes() + sum(record.rss_bytes for record in records),
        windows=collector.windows(),
        errors=collector.errors(),
        exceptions=collector.exceptions(),
        ends=tuple(ends),
        mismatches=(*collector.mismatches, *unbalanced),
        target=target,
        requests_unanswered=max(0, requests_sent - collector.requests_answered()),
    )


def _scenario_facts(scenario: Scenario, collector: Collector, *, was_cut_short: bool) -> ScenarioFacts:
    counts = total(collector.records.values(), scenario.name)
    return ScenarioFacts(
        name=scenario.name,
        executor=scenario.executor.kind,
        # A run that came to its end is held against the plan itself, not against what workers say was due.
        planned_starts=counts.scheduled if was_cut_short else _planned_starts(scenario),
        starts=counts.started,
        iterations=counts.iterations,
        iteration_errors=counts.iteration_errors,
        dropped=counts.dropped,
        interrupted=counts.interrupted,
        vus_max=counts.vus_max,
    )


def _planned_starts(scenario: Scenario) -> int:
    """Starts of VUs, or arrivals where these are what is planned."""
    plan = scenario.executor.share(_WHOLE, scenario.vu_base)
    return plan.arrivals if isinstance(plan, OpenPlan) else sum(number > 0 for _, number in plan.events)


def _planned_iterations(plan: RunPlan) -> dict[str, int]:
    planned = {scenario.name: scenario.executor.planned_iterations for scenario in plan.scenarios}
    return {name: n for name, n in planned.items() if n is not None}


def _instant(start_ns: int | None) -> datetime:
    """The start instant as a date; now, if there was none."""
    now = datetime.now(UTC)
    if start_ns is None:
        return now
    return now - timedelta(microseconds=(time.monotonic_ns() - start_ns) // 1000)
