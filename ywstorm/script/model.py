"""A script as values: what the loader found in it, before any flag was applied."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ywstorm.config import Options, Thresholds
from ywstorm.errors import Problem
from ywstorm.metrics.registry import MetricDef
from ywstorm.plan import Executor

if TYPE_CHECKING:  # to read a script one need not load the engine
    from ywstorm_core.loop.vu import VirtualUser

__all__ = ["Scenario", "Script", "VUFunction"]

VUFunction: TypeAlias = Callable[["VirtualUser"], Coroutine[Any, Any, Any]]
"""What scenarios, setup, teardown, on_start and on_stop are: a coroutine function of one VU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    A named pair of a coroutine function and an executor.

    Args:
        name: Unique in its script, ``^[0-9a-zA-Z_-]+$``.
        function: One call is one iteration.
        executor: When iterations start.
        start_time_ns: Offset of this scenario's start from the start instant of the run.
        graceful_stop_ns: What running iterations get after the executor's regular end.
        pace_ns: Interval between the starts of a VU's iterations; 0 for as soon as possible.
        tags: Tags of every sample of this scenario; they win over the run's.
        env: Variables of this scenario's VUs; they win over the run's.
        thresholds: Evaluated only when this scenario is selected, over its samples; as they were written.
        on_start: Runs once per VU before its first iteration.
        on_stop: Runs once per VU after its last iteration.
        where: ``file:line`` of the declaration.
        vu_base: The scenario's VU number i (1…) is VU ``vu_base + i`` of the run; set when the run is planned.
    """

    name: str
    function: VUFunction
    executor: Executor
    start_time_ns: int = 0
    graceful_stop_ns: int = 30_000_000_000
    pace_ns: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=dict)
    on_start: VUFunction | None = None
    on_stop: VUFunction | None = None
    where: str = ""
    vu_base: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """
    Everything that a script declared while it was imported.

    Args:
        argument: What the user called it: a path or a suite's name. Workers load it by the same words.
        path: The file; of a suite, its package's ``__init__.py``.
        module: Name in ``sys.modules``.
        is_suite: Whether it is one of the suites that come with ywstorm.
        options: As declared, or all defaults.
        options_where: ``file:line`` of ``options()``, or the file if there is none.
        scenarios: By name, in the order of declaration.
        setup: Runs once before the run, or None.
        teardown: Runs once after it, or None.
        metrics: Custom metrics, in the order of declaration.
        env_names: Variables that the script asked for while it was imported.
        problems: What is wrong with all of the above, in the order of the file.
    """

    argument: str
    path: Path
    module: str
    is_suite: bool
    options: Options
    options_where: str
    scenarios: dict[str, Scenario]
    setup: VUFunction | None
    teardown: VUFunction | None
    metrics: tuple[MetricDef, ...]
    env_names: frozenset[str]
    problems: tuple[Problem, ...]
