"""
The words with which a script declares what it is: ``scenario``, ``options``, ``setup``, ``teardown``.

Each checks what it is given and notes every problem with its place; none raises while the script is imported, so that
a user sees all mistakes at once. Keywords are declared as `TypedDict`: a type checker refuses a misspelt one, and we
answer it with a suggestion instead of a traceback.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TypedDict, TypeVar, Unpack, cast

from ywstorm.config import (
    DEFAULT_GRACEFUL_STOP,
    Connections,
    HttpDebug,
    Options,
    Thresholds,
    Timeouts,
    duration_problems,
    text_map_problems,
)
from ywstorm.errors import Problem, suggestion
from ywstorm.metrics.facts import OPEN_EXECUTORS
from ywstorm.plan import EXECUTORS, Executor, PerVUIterations, is_executor
from ywstorm.script.collector import Collector, open_collector, place_of_caller
from ywstorm.script.model import Scenario, VUFunction
from ywstorm.units import Duration, parse_duration
from ywstorm_core.net.statuses import Statuses

__all__ = ["OptionKeywords", "ScenarioKeywords", "function_problems", "options", "scenario", "setup", "teardown"]

F = TypeVar("F", bound=VUFunction)

_SCENARIO_NAME = re.compile(r"[0-9a-zA-Z_-]+")
_RESERVED_NAMES = ("setup", "teardown")
_NONE_IS_A_VALUE = ("dns_ttl",)  # elsewhere None stands for the default
_STAND_IN = PerVUIterations()  # of a scenario whose executor is none: it has a problem and will not run


class ScenarioKeywords(TypedDict, total=False):
    """What ``scenario()`` takes beside the executor."""

    name: str
    start_time: Duration
    graceful_stop: Duration
    pace: Duration | None
    tags: Mapping[str, str] | None
    env: Mapping[str, str] | None
    thresholds: Thresholds | None
    on_start: VUFunction | None
    on_stop: VUFunction | None


class OptionKeywords(TypedDict, total=False):
    """What ``options()`` takes: the fields of `ywstorm.config.Options`."""

    base_url: str
    thresholds: Thresholds | None
    tags: Mapping[str, str] | None
    timeout: Duration | Timeouts
    connections: Connections
    discard_bodies: bool
    user_agent: str
    max_redirects: int
    insecure: bool
    ca_file: str | None
    client_cert: str | None
    client_key: str | None
    reset_cookies: bool
    hosts: Mapping[str, str] | None
    dns_ttl: Duration | None
    expected_statuses: Statuses | None
    seed: int
    http_debug: HttpDebug | None
    setup_timeout: Duration
    teardown_timeout: Duration


def scenario(executor: Executor, **keywords: Unpack[ScenarioKeywords]) -> Callable[[F], F]:
    """
    Declare a coroutine function as a scenario. Stackable: one function may be several scenarios.

    Args:
        executor: When iterations start: ``ConstantVUs(vus=10, duration="30s")`` and its like.
        name: Its name; default: the function's. Letters, digits, ``_`` and ``-``.
        start_time: When it starts after the start of the run; default 0.
        graceful_stop: What running iterations get when its time is over, before they are cut off; default "30s".
        pace: Interval between the starts of a VU's iterations: iteration k is due at its first one's start + k · pace,
            and starts at once when that has passed. Default None: each starts when the one before it has ended.
        tags: Tags of every sample of this scenario.
        env: Variables that its VUs see in ``vu.env`` beside those of the run.
        thresholds: Evaluated over this scenario's samples, and only when it is selected.
        on_start: Coroutine function that each VU runs once before its first iteration, outside its duration.
        on_stop: Coroutine function that each VU runs once after its last iteration.

    Returns:
        A decorator that gives the function back unchanged.
    """
    where = place_of_caller()
    collector = open_collector("@scenario(…)")
    turn = collector.take_turn() if collector is not None else 0

    def declare(function: F) -> F:
        if collector is not None:
            _declare_scenario(collector, turn, where, executor, function, keywords)
        return function

    if inspect.isfunction(executor) and collector is not None:  # a bare @scenario
        collector.problems.append(
            Problem(where, "@scenario needs an executor", "write @scenario(ConstantVUs(vus=10, duration='30s'))")
        )
    return declare


def options(**keywords: Unpack[OptionKeywords]) -> None:
    """
    Set the options of every run of this script; at most once. Flags win over them.

    Args:
        base_url: What relative URLs are appended to.
        thresholds: Selector → expressions, for the whole run.
        tags: Tags of every sample.
        timeout: Total time of one request, default "60s"; or ``Timeouts(connect="5s", first_byte="10s", …)``.
        connections: "per_vu" (default): each VU keeps its own. "shared": those of a worker are for all its VUs.
            "per_iteration": closed after each iteration. "per_request": each request opens its own.
        discard_bodies: Drop response bodies; default False.
        user_agent: The User-Agent header.
        max_redirects: How many a request follows; default 10.
        insecure: Accept any certificate; default False.
        ca_file: Certificates to trust, in PEM, instead of the system's.
        client_cert, client_key: The certificate that this client shows, in PEM, and its key if that is another file.
        reset_cookies: Begin each iteration without cookies; default False.
        hosts: Where names are instead of where DNS says: ``{"api.example.com": "127.0.0.1:8443", "*.test": "::1"}``.
        dns_ttl: How long an address is good for new connections; default "5m", None for the whole run.
        expected_statuses: Answers that are no failure: ``[200, 404, range(300, 400)]``, "200-299"; default 200–399.
        seed: What ``vu.random`` begins with, together with the scenario and the VU's id; default 0.
        http_debug: "headers" prints each request and the head of its answer to stderr, "full" bodies too.
        setup_timeout: What ``setup()`` may take; default "60s".
        teardown_timeout: What ``teardown()`` may take; default "60s".
    """
    where = place_of_caller()
    collector = open_collector("options(…)")
    if collector is None:
        return
    known = [field.name for field in fields(Options)]
    collector.problems += _unknown_keywords(f"{where} options", keywords, known)
    declared = Options(**cast(OptionKeywords, _without_none(keywords, known)))  # type: ignore[arg-type]
    collector.problems += declared.problems(f"{where} options")
    collector.add_options(declared, where)


def setup(function: F) -> F:
    """Declare what runs once before the run; its JSON-like value is every VU's ``vu.data``."""
    collector = open_collector("@setup")
    if collector is not None:
        where = place_of_caller()
        if collector.setup is not None:
            collector.problems.append(Problem(where, "a second @setup: a script has one"))
        collector.problems += function_problems(f"{where} setup", function)
        collector.setup = function
    return function


def teardown(function: F) -> F:
    """Declare what runs once after the run, also when it was aborted, but not when setup failed."""
    collector = open_collector("@teardown")
    if collector is not None:
        where = place_of_caller()
        if collector.teardown is not None:
            collector.problems.append(Problem(where, "a second @teardown: a script has one"))
        collector.problems += function_problems(f"{where} teardown", function)
        collector.teardown = function
    return function


def _declare_scenario(
    collector: Collector,
    turn: int,
    where: str,
    executor: object,
    function: VUFunction,
    keywords: ScenarioKeywords,
) -> None:
    """Check one scenario and note it with its problems."""
    name = keywords.get("name") or getattr(function, "__name__", "")
    place = f"{where} scenario {name!r}"
    start_time = keywords.get("start_time", 0)
    graceful_stop = keywords.get("graceful_stop", DEFAULT_GRACEFUL_STOP)
    tags, variables = keywords.get("tags") or {}, keywords.get("env") or {}
    thresholds = keywords.get("thresholds") or {}
    pace = keywords.get("pace")
    start_problems = duration_problems(start_time, f"{place} start_time")
    pace_problems = _pace_problems(pace, executor, f"{place} pace")
    stop_problems = duration_problems(graceful_stop, f"{place} graceful_stop")
    collector.problems += [
        *_unknown_keywords(place, keywords, ScenarioKeywords.__annotations__),
        *_name_problems(place, name),
        *_executor_problems(place, executor),
        *function_problems(place, function),
        *start_problems,
        *stop_problems,
        *pace_problems,
        *text_map_problems(tags, f"{place} tags"),
        *text_map_problems(variables, f"{place} env"),
    ]
    if not isinstance(thresholds, Mapping):
        collector.problems.append(
            Problem(f"{place} thresholds", f"{thresholds!r} is not a dict of selector: expressions")
        )
    for hook in ("on_start", "on_stop"):
        if (hook_function := keywords.get(hook)) is not None:
            collector.problems += function_problems(f"{place} {hook}", hook_function)
    collector.add_scenario(
        turn,
        Scenario(
            name=str(name),
            function=function,
            executor=cast(Executor, executor) if is_executor(executor) else _STAND_IN,
            start_time_ns=0 if start_problems else parse_duration(start_time),
            graceful_stop_ns=0 if stop_problems else parse_duration(graceful_stop),
            pace_ns=0 if pace is None or pace_problems else parse_duration(pace),
            tags=tags,
            env=variables,
            thresholds=thresholds,
            on_start=keywords.get("on_start"),
            on_stop=keywords.get("on_stop"),
            where=where,
        ),
    )


def _without_none(keywords: Mapping[str, object], known: list[str]) -> dict[str, object]:
    """Drop unknown keywords, and those whose value None stands for their default."""
    return {
        key: value for key, value in keywords.items() if key in known and (value is not None or key in _NONE_IS_A_VALUE)
    }


def _unknown_keywords(place: str, keywords: Mapping[str, object], known: object) -> list[Problem]:
    names = list(cast(Mapping[str, object], known))
    return [
        Problem(place, f"there is no option {key!r}", suggestion(key, names) or f"there are {', '.join(names)}")
        for key in keywords
        if key not in names
    ]


def _name_problems(place: str, name: object) -> list[Problem]:
    if not isinstance(name, str) or _SCENARIO_NAME.fullmatch(name) is None:
        return [Problem(place, f"{name!r} is not a name for a scenario", "use letters, digits, '_' and '-'")]
    if name in _RESERVED_NAMES:
        return [Problem(place, f"{name!r} is the name of a phase", "give the scenario another: name='…'")]
    return []


def _executor_problems(place: str, executor: object) -> list[Problem]:
    if is_executor(executor):
        return cast(Executor, executor).problems(place)
    classes = [cls.__name__ for cls in EXECUTORS.values()]
    if isinstance(executor, type) and executor.__name__ in classes:
        return [Problem(place, f"{executor.__name__} is a class, not an executor", f"write {executor.__name__}(…)")]
    hint = suggestion(executor.replace("_", ""), classes) if isinstance(executor, str) else ""
    return [Problem(place, f"{executor!r} is not an executor", hint or f"there are {', '.join(classes)}")]


def _pace_problems(pace: object, executor: object, place: str) -> list[Problem]:
    if pace is None:
        return []
    if getattr(executor, "kind", "") in OPEN_EXECUTORS:
        return [Problem(place, "an arrival rate sets the pace already", "leave pace out, or use ConstantVUs")]
    return duration_problems(pace, place, is_zero_allowed=False)


def function_problems(place: str, function: object) -> list[Problem]:
    """A script's function must be ``async def f(vu)``."""
    name = getattr(function, "__name__", repr(function))
    if not inspect.iscoroutinefunction(function):
        return [Problem(place, f"{name} is not a coroutine function", f"write async def {name}(vu): without yield")]
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        return [Problem(place, f"{name} cannot be called with the VU alone: {error}", f"write async def {name}(vu):")]
    return []
