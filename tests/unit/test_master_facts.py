"""From what workers told to facts, live looks and first frames: pure functions of a plan and a collector."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ywstorm import wire
from ywstorm.config import Options
from ywstorm.errors import InternalError, OptionsError, ScriptError
from ywstorm.master.brief import configuration, start_error
from ywstorm.master.collect import Collector
from ywstorm.master.facts import run_facts
from ywstorm.master.watch import look
from ywstorm.metrics.facts import End, EndReason
from ywstorm.metrics.registry import Registry
from ywstorm.metrics.snapshot import RunPhase, ScenarioSnapshot, Snapshot
from ywstorm.metrics.thresholds import parse_thresholds
from ywstorm.plan import PerVUIterations, RampingVUs, Stage, executor_from_dict
from ywstorm.script.model import Scenario, Script
from ywstorm.script.run_plan import RunPlan
from ywstorm_core.stats.aggregate import Aggregate

SECOND = 1_000_000_000
START = 1_000 * SECOND
INTERRUPTED = (End(EndReason.INTERRUPTED, "SIGINT"),)
RAMP_UNSEEN = ScenarioSnapshot("ramp", start_ns=SECOND, duration_ns=5 * SECOND, vus_max=4)
FIXED_UNSEEN = ScenarioSnapshot("fixed", duration_ns=4 * SECOND, planned_iterations=6, vus_max=3)
UNSEEN = (RAMP_UNSEEN, FIXED_UNSEEN)


async def browse(_vu: Any) -> None:
    """What both scenarios would call."""


def plan_of(thresholds: dict[str, Any] | None = None) -> RunPlan:
    ramp = RampingVUs(start_vus=0, stages=[Stage("2s", 4), Stage("2s", 0), Stage("0s", 2), Stage("1s", 2)])
    scenarios = (
        Scenario(name="ramp", function=browse, executor=ramp, start_time_ns=SECOND, tags={"team": "a"}),
        Scenario(
            name="fixed", function=browse, executor=PerVUIterations(vus=3, iterations=2, max_duration="4s"), vu_base=4
        ),
    )
    options = Options(base_url="http://h/api", thresholds=thresholds or {})
    registry = Registry([])
    parsed, problems = parse_thresholds(thresholds or {}, registry)
    assert problems == []
    script = Script(
        argument="shop.py",
        path=Path("shop.py"),
        module="shop",
        is_suite=False,
        options=options,
        options_where="shop.py:1",
        scenarios={scenario.name: scenario for scenario in scenarios},
        setup=None,
        teardown=None,
        metrics=(),
        env_names=frozenset(),
        problems=(),
    )
    return RunPlan(
        script=script,
        scenarios=scenarios,
        options=options,
        env={"K": "V"},
        tags={"run": "1"},
        thresholds=tuple(parsed),
        registry=registry,
        workers=2,
        overrides=("--vus 4",),
    )


def collected(*, ramp: wire.ScenarioCounts, fixed: wire.ScenarioCounts, ended: bool = True) -> Collector:
    """One worker's two seconds: three requests of 10, 20 and 30 ms in the first, the last of which failed."""
    collector = Collector(max_vus=7)
    collector.start_ns = START
    collector.add_worker(0, pid=4711)
    aggregate = Aggregate()
    tags = (("method", "GET"), ("name", "/"), ("phase", "main"), ("scenario", "ramp"), ("status", "200"))
    for latency_ms in (10, 20, 30):
        aggregate.request(tags).fold_values(
            due_ns=0, begin_ns=0, done_ns=latency_ms * 1_000_000, has_failed=latency_ms == 30
        )
    counts = wire.Counts({"ramp": ramp, "fixed": fixed}, 3, 3, 2, 1, 0, 0)
    health = wire.Health(cpu_s=0.5, rss_bytes=1000)
    collector.on_window(0, wire.Window(0, START, START + SECOND, aggregate.cut(), counts, health, [], []))
    if ended:
        collector.on_window(
            0, wire.Window(1, START + SECOND, START + SECOND * 2, aggregate.cut(), counts, health, [], [])
        )
        collector.records[0].end_ns = START + 1_900_000_000
        collector.on_totals(0, wire.Totals(aggregate.totals(), counts))
    return collector


RAMP = wire.ScenarioCounts(vus_max=4, scheduled=5, started=5, iterations_started=9, iterations=9)
FIXED = wire.ScenarioCounts(vus_max=3, scheduled=3, started=3, iterations_started=6, iterations=6)


def test_a_run_that_came_to_its_end_is_held_against_the_plan() -> None:
    facts = run_facts(plan_of(), collected(ramp=RAMP, fixed=FIXED), (), was_cut_short=False, target=None)

    ramp, fixed = facts.scenarios
    assert (ramp.planned_starts, ramp.starts, ramp.iterations, ramp.vus_max) == (5, 5, 9, 4)
    assert (fixed.planned_starts, fixed.starts, fixed.iterations, fixed.vus_max) == (3, 3, 6, 3)
    assert facts.mismatches == ()
    assert (facts.duration_ns, facts.requests_sent) == (1_900_000_000, 3)
    assert (facts.script, facts.overrides, facts.ends) == ("shop.py", ("--vus 4",), ())
    assert [(window.t_s, window.requests, window.failed) for window in facts.windows] == [(0, 3, 1), (1, 0, 0)]
    assert facts.rss_bytes > 1000
    assert facts.started_at.utcoffset() is not None
    assert {"ywstorm", "python"} <= facts.versions.keys()
    assert facts.machine["cores"] >= 1


def test_a_run_that_was_cut_short_is_held_against_what_was_due_until_then() -> None:
    ramp = wire.ScenarioCounts(scheduled=2, started=2, iterations_started=1, interrupted=1)
    fixed = wire.ScenarioCounts(scheduled=3, started=3, iterations_started=4, iterations=4)

    facts = run_facts(plan_of(), collected(ramp=ramp, fixed=fixed), INTERRUPTED, was_cut_short=True, target=None)

    assert [scenario.planned_starts for scenario in facts.scenarios] == [2, 3]
    assert facts.mismatches == ()
    assert facts.ends == INTERRUPTED


def test_iterations_that_neither_started_nor_were_dropped_are_a_mismatch() -> None:
    fixed = wire.ScenarioCounts(scheduled=3, started=3, iterations_started=5, iterations=5)

    facts = run_facts(plan_of(), collected(ramp=RAMP, fixed=fixed), (), was_cut_short=False, target=None)

    assert facts.mismatches == ("scenario fixed: 6 iterations planned, but 5 started + 0 dropped",)


def test_a_run_without_load_took_no_time() -> None:
    collector = Collector(max_vus=7)
    collector.add_worker(0, pid=1)

    facts = run_facts(plan_of(), collector, INTERRUPTED, was_cut_short=True, target={"requests": 0})

    assert (facts.duration_ns, facts.requests_sent, facts.windows) == (0, 0, ())
    assert facts.target == {"requests": 0}


def test_a_live_look_tells_the_last_second_that_is_complete() -> None:
    plan = plan_of({"http_req_failed": ["rate<0.5", "rate<0.1"], "checks": "rate>0.9"})
    collector = collected(ramp=RAMP, fixed=FIXED, ended=False)

    snapshot = look(plan, collector, RunPhase.RUNNING, START + 1_500_000_000)

    assert snapshot == Snapshot(
        phase=RunPhase.RUNNING,
        elapsed_ns=1_500_000_000,
        planned_ns=6 * SECOND,
        vus=0,
        vus_max=7,
        iterations=15,
        iterations_per_s=15,
        requests=3,
        failed=1,
        requests_per_s=3,
        latency_p95_ns=30_000_000,
        failing=("http_req_failed: rate<0.1",),
        scenarios=(
            replace(RAMP_UNSEEN, iterations=9, iterations_per_s=9),
            replace(FIXED_UNSEEN, iterations=6, iterations_per_s=6),
        ),
    )


@pytest.mark.parametrize(
    ("start_ns", "snapshot"),
    [
        (None, Snapshot(RunPhase.SETUP, scenarios=UNSEEN)),
        (START, Snapshot(RunPhase.SETUP, planned_ns=6 * SECOND, vus_max=7, scenarios=UNSEEN)),
    ],
)
def test_a_look_before_the_load_sees_nothing(start_ns: int | None, snapshot: Snapshot) -> None:
    collector = Collector(max_vus=7)
    collector.start_ns = start_ns
    collector.add_worker(0, pid=1)

    assert look(plan_of(), collector, RunPhase.SETUP, START - 1) == snapshot


def test_time_stands_still_after_the_last_iteration() -> None:
    snapshot = look(plan_of(), collected(ramp=RAMP, fixed=FIXED), RunPhase.TEARDOWN, START + 99 * SECOND)

    assert snapshot.elapsed_ns == 1_900_000_000


def test_a_worker_is_told_the_whole_plan() -> None:
    plan = plan_of({"checks": "rate>0.9"})

    (frame,) = wire.Decoder().feed(wire.encode(configuration(plan, 1)))

    assert isinstance(frame, wire.Configure)
    assert (frame.index, frame.count, frame.script, frame.base_url) == (1, 2, "shop.py", "http://h/api")
    assert (frame.env, frame.tags, frame.verbosity) == ({"K": "V"}, {"run": "1"}, 0)
    assert "thresholds" not in frame.options
    assert Options(**frame.options).timeout_ns == plan.options.timeout_ns
    told = [(spec.name, spec.function, spec.start_time_ns, spec.tags, spec.vu_base) for spec in frame.scenarios]
    assert told == [("ramp", "browse", SECOND, {"team": "a"}, 0), ("fixed", "browse", 0, {}, 4)]
    executors = [executor_from_dict(spec.executor) for spec in frame.scenarios]
    assert executors == [scenario.executor for scenario in plan.scenarios]


@pytest.mark.parametrize(
    ("exit_code", "error"), [(104, OptionsError), (107, ScriptError), (1, InternalError), (99, InternalError)]
)
def test_the_refusal_of_a_worker_is_the_error_it_would_have_raised_here(exit_code: int, error: type[Exception]) -> None:
    refusal = start_error(wire.Failed(exit_code, "it said so", "Traceback …"))

    assert type(refusal) is error
    assert "it said so" in str(refusal)
