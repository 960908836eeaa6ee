"""
The summary of a run: schema ``ywstorm.summary/1`` as frozen values. Reports render it and compute nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ywstorm.metrics.breakdown import Check, Endpoint, Error, checks, endpoints, errors
from ywstorm.metrics.facts import Finding, RunFacts, ScenarioFacts, Validity, WindowFacts, WorkerFacts
from ywstorm.metrics.registry import Metric, Registry
from ywstorm.metrics.selectors import Selector, Tags
from ywstorm.metrics.thresholds import ThresholdResult
from ywstorm.metrics.values import DEFAULT_TREND_STATS, MetricValues, TrendValues, values
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["SCHEMA", "MetricSummary", "Summary", "Verdict", "build_summary"]

SCHEMA = "ywstorm.summary/1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    How the run ends.

    Args:
        findings: Validity rules that did not hold; `validity` is the worst of their levels.
        sentence: All of it for people, in one sentence.
    """

    exit_code: int
    validity: Validity
    findings: tuple[Finding, ...]
    sentence: str

    @property
    def passed(self) -> bool:
        """Whether every promise was kept and nothing went wrong."""
        return self.exit_code == 0


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A metric, or the part of it that a threshold is about."""

    metric: Metric
    tags: Tags
    values: MetricValues

    @property
    def selector(self) -> Selector:
        """What the values were merged from."""
        return Selector(self.metric.name, self.tags)


@dataclass(frozen=True, slots=True)
class Summary:
    """
    All that a report tells of a run.

    Args:
        run: Identity and circumstances, JSON-like.
        metrics: Untagged totals in the registry's order, then what thresholds name.
        target: What ``--with-target`` read from the target; None without it.
        trend_stats: Which figures of a trend the user wants to see.
    """

    run: Mapping[str, Any]
    verdict: Verdict
    metrics: tuple[MetricSummary, ...]
    endpoints: tuple[Endpoint, ...]
    thresholds: tuple[ThresholdResult, ...]
    checks: tuple[Check, ...]
    errors: tuple[Error, ...]
    scenarios: tuple[ScenarioFacts, ...]
    workers: tuple[WorkerFacts, ...]
    windows: tuple[WindowFacts, ...]
    target: Mapping[str, Any] | None = None
    trend_stats: tuple[str, ...] = DEFAULT_TREND_STATS

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as the schema has it: dicts, lists, strings, numbers and None only."""
        told: dict[str, Any] = {
            "schema": SCHEMA,
            "run": dict(self.run),
            "verdict": _verdict(self.verdict),
            "metrics": [self._metric(metric) for metric in self.metrics],
            "endpoints": [self._endpoint(endpoint) for endpoint in self.endpoints],
            "thresholds": [_threshold(result) for result in self.thresholds],
            "checks": [asdict(check) for check in self.checks],
            "errors": [asdict(error) for error in self.errors],
            "scenarios": [_fields(scenario, _SCENARIO_FIELDS) for scenario in self.scenarios],
            "workers": [_fields(worker, _WORKER_FIELDS) for worker in self.workers],
            "windows": [_window(window) for window in self.windows],
        }
        if self.target is not None:
            told["target"] = dict(self.target)
        return told

    def _metric(self, summary: MetricSummary) -> dict[str, Any]:
        metric = summary.metric
        return {
            "name": metric.name,
            "kind": metric.kind,
            "unit": metric.unit,
            "tags": dict(summary.tags),
            "values": summary.values.to_dict(self.trend_stats),
        }

    def _endpoint(self, endpoint: Endpoint) -> dict[str, Any]:
        trends = ("duration", "service", "latency")
        return {
            **_fields(endpoint, _ENDPOINT_FIELDS),
            "tags": dict(endpoint.tags),
            **{trend: getattr(endpoint, trend).to_dict(self.trend_stats) for trend in trends},
        }


_ENDPOINT_FIELDS = ("scenario", "method", "name", "tags", "count", "failed", "rate", "bytes_sent", "bytes_received")
_SCENARIO_FIELDS = ("name", "executor", "iterations", "iteration_errors", "dropped", "interrupted", "vus_max")
_WORKER_FIELDS = ("index", "pid", "cpu_s", "cpu_share", "max_lag_ms", "rss_bytes", "requests", "state")


def _fields(value: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "exit_code": verdict.exit_code,
        "passed": verdict.passed,
        "validity": str(verdict.validity),
        "findings": [{**asdict(finding), "level": str(finding.level)} for finding in verdict.findings],
    }


def _threshold(result: ThresholdResult) -> dict[str, Any]:
    threshold = result.threshold
    return {
        "scenario": threshold.scenario,
        "metric": threshold.metric,
        "tags": dict(threshold.tags),
        "expression": threshold.expression,
        "observed": result.observed,
        "passed": result.passed,
        "reason": result.reason,
    }


def _window(window: WindowFacts) -> dict[str, Any]:
    latency = TrendValues(window.latency)
    return {
        **_fields(window, ("t_s", "requests", "failed", "vus")),
        **{quantile: latency.get(quantile) for quantile in ("p(50)", "p(95)", "p(99)")},
    }


def build_summary(
    facts: RunFacts,
    aggregate: Aggregate,
    registry: Registry,
    results: Iterable[ThresholdResult],
    verdict: Verdict,
    trend_stats: Sequence[str] = DEFAULT_TREND_STATS,
) -> Summary:
    """
    Compute everything that a report may tell.

    Args:
        results: The thresholds' final results, in the order of their declaration.
        trend_stats: Figures of trends to show, and to add to the JSON summary if it lacks them.
    """
    thresholds = tuple(results)
    selectors = [Selector(metric.name) for metric in registry] + [result.threshold.selector for result in thresholds]
    return Summary(
        run=_run(facts),
        verdict=verdict,
        metrics=tuple(
            MetricSummary(registry[s.metric], s.tags, values(aggregate, registry, s, facts.duration_s))
            for s in dict.fromkeys(selectors)
        ),
        endpoints=endpoints(aggregate, facts.duration_s),
        thresholds=thresholds,
        checks=checks(aggregate),
        errors=errors(facts.errors, facts.exceptions),
        scenarios=facts.scenarios,
        workers=facts.workers,
        windows=facts.windows,
        target=facts.target,
        trend_stats=tuple(trend_stats),
    )


def _run(facts: RunFacts) -> dict[str, Any]:
    return {
        "id": facts.run_id,
        "started_at": facts.started_at.isoformat(),
        "duration_s": facts.duration_s,
        "requests_sent": facts.requests_sent,
        "script": facts.script,
        "scenarios": [scenario.name for scenario in facts.scenarios],
        "workers": len(facts.workers),
        "options": dict(facts.options),
        "overrides": list(facts.overrides),
        "versions": dict(facts.versions),
        "machine": dict(facts.machine),
        "rss_bytes": facts.rss_bytes,
    }
