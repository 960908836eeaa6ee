"""
What a worker is told before the run, and what its refusal means here: values only.
"""

from ywstorm.errors import InternalError, OptionsError, Problem, ScriptError, YwstormError
from ywstorm.script.run_plan import RunPlan
from ywstorm.wire import Configure, Failed, ScenarioSpec

__all__ = ["configuration", "start_error"]


def configuration(plan: RunPlan, index: int) -> Configure:
    """Return the first frame for worker *index*: the whole plan, from which it takes its own segment."""
    options = plan.options.to_dict()
    del options["thresholds"]  # judged here only
    return Configure(
        index=index,
        count=plan.workers,
        script=plan.script_argument,
        env=dict(plan.env),
        tags=dict(plan.tags),
        base_url=plan.options.base_url,
        options=options,
        scenarios=[
            ScenarioSpec(
                name=scenario.name,
                function=scenario.function.__name__,
                executor=scenario.executor.to_dict(),
                start_time_ns=scenario.start_time_ns,
                graceful_stop_ns=scenario.graceful_stop_ns,
                tags=dict(scenario.tags),
                env=dict(scenario.env),
                vu_base=scenario.vu_base,
                pace_ns=scenario.pace_ns,
            )
            for scenario in plan.scenarios
        ],
        verbosity=plan.verbosity,
    )


def start_error(failed: Failed) -> YwstormError:
    """Return the error that a worker which could not start would have raised here."""
    if failed.exit_code == OptionsError.exit_code:
        return OptionsError([Problem("", failed.message)])
    if failed.exit_code == ScriptError.exit_code:
        return ScriptError(failed.message, failed.traceback)
    return InternalError(f"a worker could not start: {failed.message}\n{failed.traceback}".rstrip())
