"""Arrivals in the books: what is planned, what the workers told, what the live look and the verdict make of it."""

from dataclasses import replace

import pytest

from tests.reference.runs import clean_run, spike
from tests.unit.test_master_facts import START, browse, plan_of
from ywstorm import wire
from ywstorm.master.accounts import account_problems
from ywstorm.master.collect import Collector
from ywstorm.master.facts import run_facts
from ywstorm.master.record import WorkerRecord
from ywstorm.master.watch import look
from ywstorm.metrics.facts import End, EndReason
from ywstorm.metrics.snapshot import RunPhase
from ywstorm.plan import ConstantArrivalRate, ConstantVUs, RampingArrivalRate, Stage
from ywstorm.script.model import Scenario
from ywstorm.script.run_plan import RunPlan
from ywstorm.units import NS_PER_S
from ywstorm.verdict.rules import judge
from ywstorm_core.stats.aggregate import Aggregate

STEADY = Scenario(
    name="steady", function=browse, executor=ConstantArrivalRate(rate=10, duration="3s", max_vus=5_000), vu_base=2
)
LOOPING = Scenario(name="looping", function=browse, executor=ConstantVUs(vus=2, duration="3s"))
PLAN = replace(plan_of(), scenarios=(LOOPING, STEADY))
BALANCED = wire.ScenarioCounts(
    vus_max=4, scheduled=15, started=12, iterations_started=12, iterations=11, interrupted=1, dropped=3
)


def collected(*of_workers: wire.ScenarioCounts, plan: RunPlan = PLAN) -> Collector:
    """What workers told of the scenario `steady`, each in one window of a second and in its totals."""
    collector = Collector(plan.closed_vus, plan.open_scenarios)
    collector.start_ns = START
    for index, steady in enumerate(of_workers):
        aggregate = Aggregate()
        looping = wire.ScenarioCounts(vus_max=1, scheduled=1, started=1)
        counts = wire.Counts({"looping": looping, "steady": steady})
        collector.add_worker(index, pid=index + 1)
        window = wire.Window(0, START, START + NS_PER_S, aggregate.cut(), counts, wire.Health(cpu_s=0.1), [], [])
        collector.on_window(index, window)
        collector.on_totals(index, wire.Totals(aggregate.totals(), counts))
        collector.records[index].end_ns = START + 3 * NS_PER_S
    return collector


def test_a_run_that_came_to_its_end_is_held_against_the_planned_arrivals() -> None:
    facts = run_facts(PLAN, collected(BALANCED, BALANCED), (), was_cut_short=False, target=None)
    _, steady = facts.scenarios

    assert (steady.planned_starts, steady.starts, steady.dropped, steady.vus_max) == (30, 24, 6, 8)
    assert facts.mismatches == ()
    assert [(finding.rule, str(finding.level)) for finding in judge(facts)] == [("V2", "SUSPECT")]


def test_an_arrival_that_no_worker_scheduled_is_missed() -> None:
    short = replace(BALANCED, scheduled=14, started=11, iterations_started=11, iterations=10)

    facts = run_facts(PLAN, collected(BALANCED, short), (), was_cut_short=False, target=None)

    assert facts.mismatches == ("scenario steady: 30 iterations planned, but 23 started + 6 dropped",)
    assert [(finding.rule, str(finding.level)) for finding in judge(facts)] == [
        ("V1", "INVALID"),
        ("V2", "SUSPECT"),
        ("V12", "INVALID"),
    ]


def test_a_run_that_was_cut_short_is_held_against_what_was_due_until_then() -> None:
    interrupted = (End(EndReason.INTERRUPTED, "SIGINT"),)

    facts = run_facts(PLAN, collected(BALANCED), interrupted, was_cut_short=True, target=None)

    assert (facts.scenarios[1].planned_starts, facts.mismatches) == (15, ())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"dropped": 2}, "15 starts scheduled, but 12 started + 2 dropped"),
        ({"started": 13, "scheduled": 16}, "13 arrivals started, but 12 iterations"),
        ({"iterations": 12}, "12 iterations started, but 12 ended + 1 interrupted"),
    ],
)
def test_an_account_of_arrivals_that_does_not_balance_is_a_sentence(changes: dict[str, int], problem: str) -> None:
    counts = wire.Counts({"steady": replace(BALANCED, **changes)})
    record = WorkerRecord(0, 1, counts=counts, has_totals=True)

    assert account_problems([record], {"steady": STEADY.executor.kind}, {}, 0) == [
        f"worker 0, scenario steady: {problem}"
    ]


def test_vus_that_were_not_needed_are_not_counted() -> None:
    collector = collected(BALANCED, BALANCED)
    collector.finish()
    snapshot = look(PLAN, collector, RunPhase.DONE, START + 3 * NS_PER_S)
    [gauge] = [series for series in collector.aggregate.series if series.metric == "vus_max"]

    assert (PLAN.max_vus, PLAN.closed_vus, PLAN.open_scenarios) == (5_002, 2, ("steady",))
    assert gauge.last == 10  # type: ignore[attr-defined]
    assert (snapshot.vus_max, [scenario.vus_max for scenario in snapshot.scenarios]) == (10, [2, 8])


def test_a_rate_that_was_not_kept_is_told_as_one() -> None:
    [finding] = judge(clean_run(scenarios=(spike(executor="constant_arrival_rate", starts=900),)))

    assert finding.rule == "V1"
    assert finding.text.startswith("spike: 900 starts took place where 1,000 were planned")
    assert finding.text.endswith("use a lower rate or more cores")


def test_the_plan_of_a_ramp_counts_whole_iterations() -> None:
    ramp = replace(STEADY, executor=RampingArrivalRate(stages=[Stage("3s", 10)], max_vus=5))
    plan = replace(PLAN, scenarios=(LOOPING, ramp))
    counts = replace(BALANCED, scheduled=15, started=15, iterations_started=15, iterations=15, interrupted=0, dropped=0)

    facts = run_facts(plan, collected(counts, plan=plan), (), was_cut_short=False, target=None)

    assert (facts.scenarios[1].planned_starts, facts.mismatches) == (15, ())
