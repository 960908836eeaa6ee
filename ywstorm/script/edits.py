"""
Flags that edit a scenario: ``-u -d -i --stage --graceful-stop``.

``-u`` sets the VUs (a ramp is scaled so that its peak is that number; of an arrival rate it is the most VUs), ``-d``
the duration (stages are scaled), ``-i`` makes it SharedIterations, ``--stage`` RampingVUs; with ``--stage``, ``-u`` is
the number that the ramp starts from. A scenario whose iterations arrive at a rate stays open: ``--stage`` makes it
RampingArrivalRate, and targets are rates.
"""

from dataclasses import replace

from ywstorm.plan import ConstantArrivalRate, Executor, RampingArrivalRate, RampingVUs, SharedIterations, Stage
from ywstorm.script.flags import Flags
from ywstorm.script.model import Scenario
from ywstorm.units import format_duration, parse_duration, parse_stage

__all__ = ["edited", "executor_flags"]


def executor_flags(flags: Flags) -> list[str]:
    """Name the given flags that edit an executor, and so need exactly one selected scenario."""
    given = {
        "--vus": flags.vus is not None,
        "--duration": flags.duration is not None,
        "--iterations": flags.iterations is not None,
        "--stage": bool(flags.stages),
    }
    return [flag for flag, is_given in given.items() if is_given]


def edited(scenario: Scenario, flags: Flags) -> tuple[Scenario, list[str]]:
    """
    Apply flags without problems to a scenario without problems.

    Returns:
        The scenario, whose executor may now have problems, and sentences for the summary that say what was changed
        from what.
    """
    changes = []
    executor = _edited_executor(scenario.executor, flags)
    if executor != scenario.executor and not executor.problems(""):
        given = ", ".join(executor_flags(flags))
        changes.append(f"{scenario.name}: {executor.describe()}, not {scenario.executor.describe()} ({given})")
    graceful_stop_ns = scenario.graceful_stop_ns
    if flags.graceful_stop is not None and parse_duration(flags.graceful_stop) != graceful_stop_ns:
        was, graceful_stop_ns = graceful_stop_ns, parse_duration(flags.graceful_stop)
        changes.append(
            f"{scenario.name}: graceful stop {format_duration(graceful_stop_ns)}, not {format_duration(was)}"
            " (--graceful-stop)"
        )
    return replace(scenario, executor=executor, graceful_stop_ns=graceful_stop_ns), changes


def _edited_executor(executor: Executor, flags: Flags) -> Executor:
    if flags.stages:
        return _ramp(executor, flags)
    if flags.iterations is not None:
        vus = _n_vus(executor, flags.iterations) if flags.vus is None else flags.vus
        executor = SharedIterations(vus=vus, iterations=flags.iterations)
    elif flags.vus is not None:
        executor = executor.with_vus(flags.vus)
    return executor if flags.duration is None else executor.with_duration(parse_duration(flags.duration))


def _n_vus(executor: Executor, iterations: int) -> int:
    """How many VUs share *iterations*: those that there were; the limit of an open scenario is no wish for so many."""
    is_open = isinstance(executor, ConstantArrivalRate | RampingArrivalRate)
    return 1 if is_open or executor.max_vus is None else min(executor.max_vus, iterations)


def _ramp(executor: Executor, flags: Flags) -> RampingVUs | RampingArrivalRate:
    """Make the ramp of ``--stage``; what it says nothing about stays as it was."""
    stages = tuple(Stage(*parse_stage(text)) for text in flags.stages)
    match executor:
        case ConstantArrivalRate(rate=rate, time_unit=time_unit, max_vus=max_vus):
            rising = RampingArrivalRate(start_rate=rate or 0, time_unit=time_unit, stages=stages, max_vus=max_vus)
            return rising if flags.vus is None else rising.with_vus(flags.vus)
        case RampingArrivalRate():
            changed = replace(executor, stages=stages)
            return changed if flags.vus is None else changed.with_vus(flags.vus)
        case RampingVUs(start_vus=start_vus):
            return replace(executor, stages=stages, start_vus=start_vus if flags.vus is None else flags.vus)
        case _:
            return RampingVUs(stages=stages, start_vus=1 if flags.vus is None else flags.vus)
