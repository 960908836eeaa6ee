"""``ywstorm inspect``: what ``ywstorm run`` would do with the same flags, without doing it."""

import json
from typing import Any

import click

from ywstorm.cli.output import ends_well, print_data, warn
from ywstorm.cli.plan_options import SETTINGS, SectionedCommand, flags_of, option, plan_options
from ywstorm.metrics.thresholds import Threshold
from ywstorm.report.json import summary_schema
from ywstorm.script.loader import load_script
from ywstorm.script.model import Scenario
from ywstorm.script.run_plan import RunPlan, resolve
from ywstorm.units import NS_PER_S

__all__ = ["inspect", "plan_dict", "requirements"]

SCHEMA = "ywstorm.plan/1"
_OUTPUT = "Output"


def _print_schema(ctx: click.Context, param: click.Parameter, is_given: bool) -> None:  # noqa: ARG001 (click's)
    """Print the schema of summaries and exit: no script is needed for it."""
    if is_given:
        ends_well(_schema)()


def _schema() -> int:
    print_data(summary_schema())
    return 0


@click.command(cls=SectionedCommand, context_settings=SETTINGS)
@plan_options
@option(_OUTPUT, "--execution-requirements", is_flag=True, help="Only what it needs: VUs, time, workers.")
@option(
    _OUTPUT,
    "--summary-schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of summaries instead.",
)
@ends_well
def inspect(script: str, execution_requirements: bool, **given: Any) -> int:
    """
    Print as JSON what `run` would do with the same flags.

    Scenarios with their executors, options, thresholds, peak VUs, planned duration and workers. No load is sent, and
    setup() does not run. What is wrong ends with exit code 104, as in `run`.
    """
    flags = flags_of(given)
    plan = resolve(load_script(script, flags.variables()), flags)
    for warning in plan.warnings:
        warn(warning)
    told = requirements(plan) if execution_requirements else plan_dict(plan)
    print_data(f"{json.dumps(told, indent=2, ensure_ascii=False)}\n")
    return 0


def requirements(plan: RunPlan) -> dict[str, Any]:
    """
    Give what a run needs: the short form.

    ``duration_s`` is the planned regular end, ``max_duration_s`` the latest, with each graceful_stop used up.
    """
    return {
        "peak_vus": plan.peak_vus,
        "duration_s": _s(plan.duration_ns),
        "max_duration_s": _s(plan.max_duration_ns),
        "workers": plan.workers,
    }


def plan_dict(plan: RunPlan) -> dict[str, Any]:
    """Give the whole plan, JSON-like. Of variables only the names: their values may be secrets."""
    options = plan.options.to_dict()
    del options["thresholds"]
    return {
        "schema": SCHEMA,
        "script": plan.script_argument,
        **requirements(plan),
        "setup": plan.script.setup is not None and plan.run_setup,
        "teardown": plan.script.teardown is not None and plan.run_teardown,
        "scenarios": [_scenario(scenario) for scenario in plan.scenarios],
        "not_selected": [name for name in plan.script.scenarios if all(each.name != name for each in plan.scenarios)],
        "options": options,
        "thresholds": [_threshold(threshold) for threshold in plan.thresholds],
        "metrics": [{"name": each.name, "kind": each.kind, "unit": each.unit} for each in plan.script.metrics],
        "variables": sorted(plan.script.env_names | plan.env.keys()),
        "overrides": list(plan.overrides),
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    executor = scenario.executor
    bounds = executor.stage_bounds()
    return {
        "name": scenario.name,
        "about": executor.describe(),
        "executor": executor.to_dict(),
        "peak_vus": executor.max_vus,
        "planned_iterations": executor.planned_iterations,
        "start_s": _s(scenario.start_time_ns),
        "duration_s": _s(executor.duration_ns),
        "graceful_stop_s": _s(scenario.graceful_stop_ns),
        "pace_s": _s(scenario.pace_ns),
        "stages": [{"name": name, "start_s": _s(start_ns)} for start_ns, name in bounds],
        "on_start": scenario.on_start is not None,
        "on_stop": scenario.on_stop is not None,
        "tags": dict(scenario.tags),
        "variables": sorted(scenario.env),
        "declared_at": scenario.where,
    }


def _threshold(threshold: Threshold) -> dict[str, Any]:
    return {
        "scenario": threshold.scenario,
        "metric": threshold.metric,
        "tags": dict(threshold.tags),
        "expression": threshold.expression,
        "abort_on_fail": threshold.abort_on_fail,
    }


def _s(ns: int) -> float:
    return ns / NS_PER_S
