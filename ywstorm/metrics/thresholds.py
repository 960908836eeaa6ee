"""
Promises about metrics: ``p(95)<500``, ``rate<0.01``, ``count==0``.

    threshold := aggregate operator number
    aggregate := "count" | "rate" | "value" | "avg" | "min" | "med" | "max" | "p(" number ")"
    operator  := ">" | ">=" | "<" | "<=" | "==" | "===" | "!="

The grammar is k6's; what its users suffered from is not: a threshold without data fails, because nothing was shown to
hold, and one that names what the script does not have is a mistake before the start.
"""

import math
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ywstorm.errors import Problem, suggestion
from ywstorm.metrics.registry import AGGREGATES, Kind, Metric, Origin, Registry
from ywstorm.metrics.selectors import Selector, Tags, parse_selector
from ywstorm.metrics.values import MetricValues, is_trend_stat, values
from ywstorm.units import parse_duration
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["Threshold", "ThresholdResult", "evaluate", "evaluate_all", "is_close", "parse_thresholds"]

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
}

_CLOSE = 0.1
_NO_DATA = "no data"

_EXPRESSION = re.compile(r"\s*(\w+(?:\([^()]*\))?)\s*(<=|>=|===|==|!=|<|>)\s*(\S+)\s*")
_SYNONYMS = {"average": "avg", "mean": "avg", "median": "med"}
_KEYS = ("threshold", "abort_on_fail", "delay_abort_eval")
_PHASES = ("main", "setup", "teardown")
_TIMING_TAGS = frozenset({"name", "phase", "scenario"})
_NEVER_TAGS = frozenset({"url", "ip", "proto", "tls_version"})  # k6 has them; each would be a series of its own


@dataclass(frozen=True, slots=True)
class Threshold:
    """
    One promise.

    Args:
        tags: The selection in canonical form, with ``scenario`` if the threshold belongs to one.
        expression: As the user wrote it, without blanks at its ends.
        limit: The number on the right, in the metric's unit (times: ms).
        scenario: The scenario that it was declared with, or None for the whole run.
        delay_ns: For how long after the start of the run, or of its scenario, `abort_on_fail` does not act.
    """

    metric: str
    tags: Tags
    expression: str
    aggregate: str
    op: str
    limit: float
    scenario: str | None = None
    abort_on_fail: bool = False
    delay_ns: int = 0

    @property
    def selector(self) -> Selector:
        """What it is about."""
        return Selector(self.metric, self.tags)


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """
    A promise and what came of it.

    Args:
        observed: The figure, in the metric's unit; None if there is none.
        reason: Why it failed, when that is not plain from the figure.
    """

    threshold: Threshold
    observed: float | None
    passed: bool
    reason: str | None = None

    @property
    def has_data(self) -> bool:
        """Whether there was anything to judge it by; while a run goes on, one without data has not failed yet."""
        return self.reason != _NO_DATA


def parse_thresholds(
    declared: Mapping[str, Any],
    registry: Registry,
    *,
    scenario: str | None = None,
    known_scenarios: Collection[str] = (),
    known_stages: Mapping[str, Collection[str]] | None = None,
    where: str = "thresholds",
) -> tuple[list[Threshold], list[Problem]]:
    """
    Read thresholds and check that they can be judged, before any load is sent.

    Args:
        declared: Selector → one expression, a list of them, or of mappings ``{"threshold", "abort_on_fail",
            "delay_abort_eval"}``.
        scenario: The scenario that declares them; None for those of the run.
        known_scenarios: Names of all scenarios of the script, selected or not.
        known_stages: Scenario → names of its stages.
        where: Place of the declaration, for the problems.

    Returns:
        The thresholds that are right, and all problems of the others.
    """
    parser = _Parser(registry, scenario, known_scenarios, known_stages or {}, where)
    for selection, promises in declared.items():
        parser.read(selection, promises)
    return parser.thresholds, parser.problems


class _Parser:
    """Reads declarations one after the other and collects thresholds and problems."""

    def __init__(
        self,
        registry: Registry,
        scenario: str | None,
        known_scenarios: Collection[str],
        known_stages: Mapping[str, Collection[str]],
        where: str,
    ) -> None:
        self.thresholds: list[Threshold] = []
        self.problems: list[Problem] = []
        self._registry = registry
        self._scenario = scenario
        self._known_scenarios = known_scenarios
        self._known_stages = known_stages
        self._where = where

    def read(self, selection: object, promises: Any) -> None:
        """Read all that is promised about one selection."""
        if not isinstance(selection, str):
            return self._problem(f"{selection!r} is not a selector", "write one like 'http_req_duration{stage:peak}'")
        try:
            selector = parse_selector(selection)
            if self._scenario is not None:
                selector = selector.with_tag("scenario", self._scenario)
        except ValueError as exc:
            return self._problem(str(exc))
        metric = self._registry.get(selector.metric)
        if metric is None:
            return self._problem(f"there is no metric {selector.metric!r}", self._registry.suggestion(selector.metric))
        self._check_tags(selector, metric)
        for promise in promises if isinstance(promises, list | tuple) else [promises]:
            self._read_one(selector, metric, promise)
        return None

    def _check_tags(self, selector: Selector, metric: Metric) -> None:
        """Note tags that no series of this script will ever carry."""
        tags = dict(selector.tags)
        self._check_value("phase", tags.get("phase"), _PHASES)
        outside = _PHASES[1:] if tags.get("phase") in _PHASES[1:] else ()
        self._check_value("scenario", tags.get("scenario"), (*self._known_scenarios, *outside))
        scenario = tags.get("scenario")
        stages = self._known_stages.get(scenario, ()) if scenario else _union(self._known_stages.values())
        self._check_value("stage", tags.get("stage"), stages)
        for key in sorted(tags.keys() & _NEVER_TAGS):
            self._problem(f"no series carries the tag {key!r}", "requests are told apart by name: {name:…}")
        strange = sorted(tags.keys() - _TIMING_TAGS) if metric.origin is Origin.TIMING else []
        if strange:
            self._problem(
                f"{metric.name} is kept by scenario and name only, not by {strange[0]!r}",
                "http_req_duration and http_req_service are kept by every tag",
            )

    def _check_value(self, key: str, value: str | None, known: Iterable[str]) -> None:
        names = list(known)
        if value is not None and value not in names:
            has = f"the script has {', '.join(names)}" if names else f"the script has no {key}"
            self._problem(f"there is no {key} {value!r}", suggestion(value, names) or has)

    def _read_one(self, selector: Selector, metric: Metric, promise: Any) -> None:
        """Read one expression, or one mapping around it."""
        settings = promise if isinstance(promise, Mapping) else {"threshold": promise}
        for key in settings:
            if key not in _KEYS:
                self._problem(f"{key!r} is not a field of a threshold", suggestion(str(key), _KEYS))
        expression = settings.get("threshold")
        if not isinstance(expression, str):
            return self._problem(f"{promise!r} on {selector} is not a threshold", "write one like 'p(95)<500'")
        parsed = self._expression(expression, metric)
        delay_ns = self._delay(settings.get("delay_abort_eval", 0))
        aborts = settings.get("abort_on_fail", False)
        if not isinstance(aborts, bool):
            self._problem(f"abort_on_fail is True or False, not {aborts!r}")
        elif parsed is not None and delay_ns is not None:
            self.thresholds.append(
                Threshold(metric.name, selector.tags, expression.strip(), *parsed, self._scenario, aborts, delay_ns)
            )
        return None

    def _expression(self, text: str, metric: Metric) -> tuple[str, str, float] | None:
        """Split ``p(95)<500`` into its three parts and check each."""
        match = _EXPRESSION.fullmatch(text)
        limit = _number(match[3]) if match else None
        if match is None or limit is None:
            self._problem(f"{text!r} on {metric.name} is not a threshold", "write one like 'p(95)<500'")
            return None
        aggregate = "".join(match[1].split())
        allowed = AGGREGATES[metric.kind]
        if aggregate not in allowed and not (metric.kind == "trend" and _is_quantile(aggregate)):
            self._problem(
                f"{metric.name} is a {metric.kind} and has no {aggregate!r}", _aggregate_hint(aggregate, metric)
            )
            return None
        return aggregate, match[2], limit

    def _delay(self, value: Any) -> int | None:
        try:
            return parse_duration(value)
        except ValueError as exc:
            self._problem(f"delay_abort_eval: {exc}")
            return None

    def _problem(self, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self._where, message, hint))


def _number(text: str) -> float | None:
    """Read a finite number, or return None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _aggregate_hint(aggregate: str, metric: Metric) -> str:
    """Say what can be asked of *metric* instead."""
    allowed = AGGREGATES[metric.kind]
    digits = aggregate.strip("pP()")
    if metric.kind == "trend" and _is_quantile(f"p({digits})"):
        return f"did you mean 'p({digits})'?"
    if metric.kind == "trend" and aggregate.startswith("p("):
        return "N in p(N) is a number from 0 to 100"
    synonym = _SYNONYMS.get(aggregate.lower())
    if synonym in allowed:
        return f"did you mean {synonym!r}?"
    return suggestion(aggregate, allowed) or f"a {metric.kind} has {', '.join(allowed)}"


def _is_quantile(aggregate: str) -> bool:
    return aggregate.startswith("p(") and is_trend_stat(aggregate)


def _union(groups: Iterable[Collection[str]]) -> list[str]:
    """All names of all groups, each once, in order."""
    return list(dict.fromkeys(name for group in groups for name in group))


def evaluate(threshold: Threshold, aggregate: Aggregate, registry: Registry, duration_s: float) -> ThresholdResult:
    """
    Judge one threshold by what was measured until now.

    A counter starts at 0 with the run, so it can be judged before its first sample: untagged, or when each tag of the
    selection was carried by some series. Everything else fails without data, and so does a figure that is infinite.

    Args:
        duration_s: Time since the start instant, which the rates of counters are told by.
    """
    return evaluate_all([threshold], aggregate, registry, duration_s)[0]


def evaluate_all(
    thresholds: Iterable[Threshold], aggregate: Aggregate, registry: Registry, duration_s: float
) -> list[ThresholdResult]:
    """Judge thresholds as `evaluate` does, merging the series of each selection once."""
    merged: dict[Selector, MetricValues] = {}
    results = []
    for threshold in thresholds:
        selector = threshold.selector
        if selector not in merged:
            merged[selector] = values(aggregate, registry, selector, duration_s)
        results.append(_judge(threshold, merged[selector], aggregate))
    return results


def is_close(result: ThresholdResult, kind: Kind) -> bool:
    """
    Whether a threshold holds with less than a tenth of its limit to spare.

    A rate that must be high (``rate>0.95``) is judged by the failures it leaves room for: 100 % is not close to 95 %.
    """
    threshold, observed = result.threshold, result.observed
    if not result.passed or observed is None or threshold.op in {"==", "===", "!="}:
        return False
    room = abs(observed - threshold.limit)
    must_be_high = threshold.op in {">", ">="}
    scale = 1 - threshold.limit if kind == "rate" and must_be_high else abs(threshold.limit)
    return room < _CLOSE * scale


def _judge(threshold: Threshold, found: MetricValues, aggregate: Aggregate) -> ThresholdResult:
    """Compare a figure with its limit, or say why there is none."""
    if found.n == 0 and not (found.kind == "counter" and _all_carried(threshold.tags, aggregate)):
        return ThresholdResult(threshold, None, passed=False, reason=_NO_DATA)
    observed = found.get(threshold.aggregate)
    if observed is None:
        return ThresholdResult(threshold, None, passed=False, reason="infinite: dropped arrivals never came to an end")
    return ThresholdResult(threshold, observed, passed=OPERATORS[threshold.op](observed, threshold.limit))


def _all_carried(tags: Tags, aggregate: Aggregate) -> bool:
    """Whether each of *tags* was carried by some series of this run."""
    return all(any(pair in series.tags for series in aggregate.series) for pair in tags)
