"""
From a script and flags to a plan: which scenarios run, with which executors, options, thresholds, on how many workers.

Pure but for the machine's limits, which are an argument. Every problem is found before anything is raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from urllib.parse import urlsplit

from ywstorm.config import Options, Thresholds, not_yet
from ywstorm.errors import OptionsError, Problem, suggestion
from ywstorm.metrics.registry import Registry
from ywstorm.metrics.thresholds import Threshold, parse_thresholds
from ywstorm.metrics.values import DEFAULT_TREND_STATS
from ywstorm.script.capacity import RESERVED_DESCRIPTORS, Capacity
from ywstorm.script.edits import edited, executor_flags
from ywstorm.script.flags import Flags
from ywstorm.script.model import Scenario, Script

__all__ = ["RunPlan", "resolve"]


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
        return sum(scenario.executor.max_vus for scenario in self.scenarios)


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
    options, option_changes = _overridden(script, flags)
    problems = options.problems("flags") or not_yet(options, script.options_where)
    for scenario, _ in edits:
        problems += scenario.executor.problems(f"scenario {scenario.name!r}")
    if problems:
        raise OptionsError(problems)
    return _within(
        capacity or Capacity.of_this_machine(),
        flags.workers,
        RunPlan(
            script=script,
            scenarios=_numbered([scenario for scenario, _ in edits]),
            options=options,
            env=flags.variables(),
            tags=options.tags,
            thresholds=tuple(thresholds),
            registry=registry,
            workers=1,
            overrides=(*(change for _, changes in edits for change in changes), *option_changes),
            warnings=tuple(_tag_hints(script, flags)),
            run_setup=flags.run_setup,
            run_teardown=flags.run_teardown,
            trend_stats=flags.text_trend_stats(),
            verbosity=flags.verbosity,
        ),
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


def _numbered(scenarios: list[Scenario]) -> tuple[Scenario, ...]:
    """Give each scenario the VU ids after those of the scenarios before it."""
    bases = accumulate((scenario.executor.max_vus for scenario in scenarios), initial=0)
    return tuple(replace(scenario, vu_base=base) for scenario, base in zip(scenarios, bases, strict=False))


def _overridden(script: Script, flags: Flags) -> tuple[Options, list[str]]:
    """Apply flags to the options; say what they changed."""
    was = script.options
    base_url = _base_url(script, flags)
    options = replace(
        was,
        base_url=was.base_url if base_url is None else base_url,
        timeout=was.timeout if flags.timeout is None else flags.timeout,
        insecure=was.insecure or flags.insecure,
        tags={**was.tags, **flags.run_tags()},
    )
    changes = [
        f"{name}: {getattr(options, name)}, not {getattr(was, name) or 'none'}"
        for name in ("base_url", "timeout", "insecure")
        if getattr(options, name) != getattr(was, name)
    ]
    return options, changes


def _base_url(script: Script, flags: Flags) -> str | None:
    """
    Give the base URL of the flags, or None if the script's stands.

    A script that asks for BASE_URL has seen the flag's value. When it made its own base URL of it, such as one with
    ``/api`` at its end, it knew better.
    """
    url = flags.base_url
    if url is None or ("BASE_URL" in script.env_names and _origin(script.options.base_url) == _origin(url)):
        return None
    return url


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _tag_hints(script: Script, flags: Flags) -> list[str]:
    """Tags that look as if they were meant to select a scenario."""
    tags = flags.run_tags()
    return [
        f"tags do not select; did you mean --scenario {tags[key]}?"
        for key in ("scenario", "name")
        if tags.get(key) in script.scenarios and tags[key] not in flags.scenarios
    ]


def _within(capacity: Capacity, asked: str, plan: RunPlan) -> RunPlan:
    """Decide the number of workers, and refuse more VUs than their descriptors allow."""
    workers = min(capacity.cores if asked == "auto" else int(asked), plan.max_vus)
    per_worker = -(-plan.max_vus // workers)
    most = capacity.descriptors - RESERVED_DESCRIPTORS
    if per_worker > most:
        raise OptionsError(
            [
                Problem(
                    "VUs",
                    f"{per_worker:,} in one worker need a connection each, and a process may have {max(most, 0):,}",
                    "raise the hard limit (ulimit -Hn), use fewer VUs or more --workers",
                )
            ]
        )
    return replace(plan, workers=workers)
