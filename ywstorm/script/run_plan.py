"""
From a script and flags to a plan: which scenarios run, with which executors, options, thresholds, on how many workers.

Pure but for the machine's limits, which are an argument. Every problem is found before anything is raised.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ywstorm.config import Options, Thresholds
from ywstorm.errors import OptionsError, Problem, suggestion
from ywstorm.metrics.facts import OPEN_EXECUTORS
from ywstorm.metrics.registry import Registry
from ywstorm.metrics.thresholds import Threshold, parse_thresholds
from ywstorm.metrics.values import DEFAULT_TREND_STATS
from ywstorm.script.allocation import allocated
from ywstorm.script.capacity import Capacity
from ywstorm.script.edits import edited, executor_flags
from ywstorm.script.flags import Flags
from ywstorm.script.model import Scenario, Script
from ywstorm.script.overrides import overridden

__all__ = ["RunPlan", "resolve"]

_MANY_TO_DEBUG = 5  # VUs, beyond which nobody can follow who asks what


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """
    Everything that the master needs for one run.

    Args:
        script: As loaded; flags are not applied to it.
        scenarios: The selected ones, in the order of declaration, edited by flags, each with its ``vu_base``.
        options: After flags; ``options.base_url`` and ``options.tags`` hold what counts.
        env: What ``-e`` gave.
        tags: Tags of every sample of the run.
        thresholds: Of the run, then of its scenarios, then of ``--threshold``.
        registry: Built-in metrics and the script's.
        workers: How many processes, ≥ 1 and at most the number of VUs.
        overrides: Sentences that say what flags changed.
        warnings: Sentences for the user, to be printed before the run.
        run_setup: Whether ``setup()`` is to run, if there is one.
        run_teardown: Whether ``teardown()`` is to run, if there is one.
        trend_stats: Statistics of trends in the text summary.
        verbosity: −1 quiet, 0 usual, 1 debug.
    """

    script: Script
    scenarios: tuple[Scenario, ...]
    options: Options
    env: Mapping[str, str]
    tags: Mapping[str, str]
    thresholds: tuple[Threshold, ...]
    registry: Registry
    workers: int
    overrides: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    run_setup: bool = True
    run_teardown: bool = True
    trend_stats: tuple[str, ...] = DEFAULT_TREND_STATS
    verbosity: int = 0

    @property
    def script_argument(self) -> str:
        """What the user called the script; workers load it by the same words."""
        return self.script.argument

    @property
    def max_vus(self) -> int:
        """VUs of all scenarios together; their ids are 1…max_vus."""
        return sum(scenario.executor.max_vus or 0 for scenario in self.scenarios)

    @property
    def open_scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios whose iterations start by the clock: their VUs are made as they are needed."""
        return tuple(scenario.name for scenario in self.scenarios if scenario.executor.kind in OPEN_EXECUTORS)

    @property
    def closed_vus(self) -> int:
        """VUs of all other scenarios together."""
        closed = (scenario for scenario in self.scenarios if scenario.executor.kind not in OPEN_EXECUTORS)
        return sum(scenario.executor.max_vus or 0 for scenario in closed)

    @property
    def peak_vus(self) -> int:
        """The most VUs at once: a scenario counts with its peak, from its start until its graceful_stop is over."""
        spans = [
            (each.start_time_ns, _regular_end_ns(each) + each.graceful_stop_ns, each.executor.max_vus or 0)
            for each in self.scenarios
        ]
        return max(sum(vus for start, end, vus in spans if start <= at < end) for at, _, _ in spans)

    @property
    def duration_ns(self) -> int:
        """Planned regular end of the last scenario, after the start instant."""
        return max(_regular_end_ns(scenario) for scenario in self.scenarios)

    @property
    def max_duration_ns(self) -> int:
        """The latest end of the last scenario: its graceful_stop used up."""
        return max(_regular_end_ns(scenario) + scenario.graceful_stop_ns for scenario in self.scenarios)


def _regular_end_ns(scenario: Scenario) -> int:
    return scenario.start_time_ns + scenario.executor.duration_ns


def resolve(script: Script, flags: Flags, capacity: Capacity | None = None) -> RunPlan:
    """
    Apply flags to a script.

    Args:
        script: As loaded.
        flags: What the command line and its variables said.
        capacity: What the machine allows; None asks it.

    Raises:
        OptionsError: Something is wrong with the script or with the flags; it lists all of it.
    """
    scenarios, problems = _selected(script, flags)
    problems = [*script.problems, *problems, *flags.problems()]
    registry = Registry(script.metrics)
    problems += registry.problems
    thresholds, threshold_problems = _thresholds(script, scenarios, flags, registry)
    problems += threshold_problems
    if problems:
        raise OptionsError(problems)

    edits = [edited(scenario, flags) for scenario in scenarios]
    options, option_changes = overridden(script, flags)
    problems = options.problems("flags")
    for scenario, _ in edits:
        problems += scenario.executor.problems(f"scenario {scenario.name!r}")
    if problems:
        raise OptionsError(problems)
    planned, workers = allocated(
        [scenario for scenario, _ in edits], flags.workers, capacity or Capacity.of_this_machine()
    )
    return RunPlan(
        script=script,
        scenarios=planned,
        options=options,
        env=flags.variables(),
        tags=options.tags,
        thresholds=tuple(thresholds),
        registry=registry,
        workers=workers,
        overrides=(*(change for _, changes in edits for change in changes), *option_changes),
        warnings=tuple(_warnings(script, flags, options, planned)),
        run_setup=flags.run_setup,
        run_teardown=flags.run_teardown,
        trend_stats=flags.text_trend_stats(),
        verbosity=flags.verbosity,
    )


def _selected(script: Script, flags: Flags) -> tuple[tuple[Scenario, ...], list[Problem]]:
    """Pick the scenarios that ``--scenario`` names; without it all of a script, and none of a suite."""
    names = ", ".join(script.scenarios)
    problems = [
        Problem("--scenario", f"there is no scenario {name!r}", suggestion(name, script.scenarios) or f"one of {names}")
        for name in flags.scenarios
        if name not in script.scenarios
    ]
    scenarios = tuple(
        scenario for name, scenario in script.scenarios.items() if not flags.scenarios or name in flags.scenarios
    )
    if script.is_suite and not flags.scenarios:
        hint = " ".join(_tag_hints(script, flags)) or f"one of {names}"
        problems.append(Problem("--scenario", f"the suite {script.argument} needs to know which scenario to run", hint))
        return (), problems
    editing = executor_flags(flags)
    if editing and len(scenarios) > 1:
        problems.append(
            Problem(
                " ".join(editing), f"edits one scenario, not {len(scenarios)}", f"name it: --scenario, one of {names}"
            )
        )
    return scenarios, problems


def _thresholds(
    script: Script, scenarios: tuple[Scenario, ...], flags: Flags, registry: Registry
) -> tuple[list[Threshold], list[Problem]]:
    """Read all thresholds of the script and of the flags, and keep those that this run is judged by."""
    stages = {
        name: [stage for _, stage in scenario.executor.stage_bounds()]
        for name, scenario in script.scenarios.items()
        if not scenario.executor.problems("")
    }
    declarations: list[tuple[str | None, Thresholds, str]] = [
        (None, script.options.thresholds, f"{script.options_where} thresholds"),
        *(
            (each.name, each.thresholds, f"{each.where} scenario {each.name!r} thresholds")
            for each in script.scenarios.values()
        ),
        (None, flags.declared_thresholds(), "--threshold"),
    ]
    kept: list[Threshold] = []
    problems: list[Problem] = []
    selected = {scenario.name for scenario in scenarios}
    for owner, declared, where in declarations:
        if not isinstance(declared, Mapping):  # noted where it was declared
            continue
        read, found = parse_thresholds(
            declared, registry, scenario=owner, known_scenarios=script.scenarios, known_stages=stages, where=where
        )
        problems += found
        if flags.has_thresholds and (owner is None or owner in selected):
            kept += read
    return kept, problems


def _warnings(script: Script, flags: Flags, options: Options, scenarios: Iterable[Scenario]) -> list[str]:
    found = _tag_hints(script, flags)
    if options.insecure:
        found.append("TLS certificates are not verified: anybody may answer as the service")
    vus = sum(scenario.executor.max_vus or 0 for scenario in scenarios)
    if options.http_debug is not None and vus > _MANY_TO_DEBUG:
        found.append(f"http_debug prints every request of up to {vus:,} VUs, which takes time and room: try -u 1 -i 1")
    return found


def _tag_hints(script: Script, flags: Flags) -> list[str]:
    """Tags that look as if they were meant to select a scenario."""
    tags = flags.run_tags()
    return [
        f"tags do not select; did you mean --scenario {tags[key]}?"
        for key in ("scenario", "name")
        if tags.get(key) in script.scenarios and tags[key] not in flags.scenarios
    ]
