"""
The summary for people: promises first, then figures, then what went wrong, and last the verdict in one sentence.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from ywstorm.metrics.breakdown import Endpoint
from ywstorm.metrics.facts import Level
from ywstorm.metrics.registry import Origin
from ywstorm.metrics.selectors import Selector
from ywstorm.metrics.summary import MetricSummary, Summary
from ywstorm.metrics.thresholds import ThresholdResult, is_close
from ywstorm.metrics.values import RateValues
from ywstorm.report.tables import Paint, columns, dotted, figure, figures, percent
from ywstorm.units import format_count, format_duration, plural

__all__ = ["render_text"]

_EXECUTION = ("iterations", "iteration_duration", "iteration_errors", "dropped_iterations", "vus", "vus_max")
_NETWORK = ("data_sent", "data_received")
_ENDPOINT_STATS = ("avg", "med", "p(95)", "p(99)", "max")


def render_text(summary: Summary, *, color: bool = False) -> str:
    """
    Render a summary for a terminal.

    Args:
        color: Whether to use ANSI colours.

    Returns:
        Lines, each ended by a newline.
    """
    return _Text(summary, Paint(color)).render()


class _Text:
    """Renders one summary, section by section; a section without content is left out."""

    def __init__(self, summary: Summary, paint: Paint) -> None:
        self._summary = summary
        self._paint = paint
        self._metrics = {metric.selector: metric for metric in summary.metrics}

    def render(self) -> str:
        sections = (
            ("THRESHOLDS", self._thresholds()),
            ("TOTAL RESULTS", self._totals()),
            ("ENDPOINTS (http_req_duration)", self._endpoints()),
            ("ERRORS", self._errors()),
        )
        lines = list(self._run())
        for title, content in sections:
            body = list(content)
            if body:
                lines += ["", f"  {self._paint.heading(f'█ {title}')}", ""]
                lines += [f"    {line}".rstrip() for line in body]
        return "\n".join([*lines, "", *self._verdict(), ""])

    def _run(self) -> Iterator[str]:
        """What ran, in a few lines."""
        run = self._summary.run
        workers = plural(run["workers"], "worker")
        duration = format_duration(round(run["duration_s"] * 1e9))
        sent = plural(run["requests_sent"], "request")
        target = self._summary.target
        counted = "" if target is None else f", {format_count(target['requests'])} counted by the target"
        yield f"  {run['script']}: {duration} on {workers}, {sent} sent{counted}"
        for scenario in self._summary.scenarios:
            parts = [plural(scenario.iterations, "iteration")]
            shortfalls = {"interrupted": scenario.interrupted, "dropped": scenario.dropped}
            parts += [f"{format_count(n)} {what}" for what, n in shortfalls.items() if n]
            parts.append(f"up to {plural(scenario.vus_max, 'VU')}")
            yield f"  scenario {scenario.name} ({scenario.executor}): {', '.join(parts)}"
        for override in run["overrides"]:
            yield f"  {override}"
        if run["options"].get("insecure"):
            yield f"  {self._paint.warning('⚠ TLS certificates were not verified')}"

    def _thresholds(self) -> Iterator[str]:
        """Each selection, under it its promises."""
        heading: Selector | None = None
        for result in sorted(self._summary.thresholds, key=lambda result: str(result.threshold.selector)):
            selector = result.threshold.selector
            if selector != heading:
                if heading is not None:
                    yield ""
                heading = selector
                yield str(selector)
            yield self._threshold(result, self._metrics[selector])

    def _threshold(self, result: ThresholdResult, about: MetricSummary) -> str:
        threshold = result.threshold
        if result.observed is None:
            observed = result.reason or ""
        elif threshold.aggregate == "rate" and about.metric.kind == "rate":
            observed = f"rate={percent(result.observed)}"
        else:
            suffix = "/s" if threshold.aggregate == "rate" else ""
            observed = f"{threshold.aggregate}={figure(result.observed, about.metric.unit)}{suffix}"
        line = f"'{threshold.expression}' {observed}"
        if result.observed is not None and result.reason:
            line += f" ({result.reason})"
        if not result.passed:
            return f"{self._paint.bad('✗')} {line}"
        if is_close(result, about.metric.kind):
            return f"{self._paint.warning('⚠')} {line} (within 10% of the limit)"
        return f"{self._paint.good('✓')} {line}"

    def _totals(self) -> Iterator[str]:
        """Checks, then the metrics by group."""
        seen = [m for m in self._summary.metrics if self._is_telling(m)]
        groups = {
            "CUSTOM": [m for m in seen if m.metric.is_custom or m.metric.name == "group_duration"],
            "HTTP": [m for m in seen if m.metric.name.startswith("http_") and not m.metric.is_custom],
            "EXECUTION": [m for m in seen if m.metric.name in _EXECUTION],
            "NETWORK": [m for m in seen if m.metric.name in _NETWORK],
        }
        blocks = [list(self._checks())]
        width = max((len(_label(m)) for m in seen), default=0) + 3
        cells = self._aligned(seen)
        for title, group in groups.items():
            if group:
                lines = [f"{dotted(_label(m), width)} {cells[m.selector]}" for m in _with_parts_below(group)]
                blocks.append([self._paint.heading(title), *lines])
        for i, block in enumerate(block for block in blocks if block):
            if i:
                yield ""
            yield from block

    def _is_telling(self, summary: MetricSummary) -> bool:
        """
        Whether a metric deserves a line.

        It does not if nothing was seen of it, if it is a part of a request that took no time in any (TLS without TLS),
        or if it is narrowed down to the only scenario there was.
        """
        if summary.metric.name == "checks" or not summary.values.n:
            return False
        if summary.metric.origin is Origin.TIMING and not summary.values.get("max"):
            return False
        scenarios = self._summary.scenarios
        return not (len(scenarios) == 1 and summary.tags == (("scenario", scenarios[0].name),))

    def _checks(self) -> Iterator[str]:
        """The share of checks that held, and each check with its failures."""
        total = self._metrics[Selector("checks")].values
        if not isinstance(total, RateValues) or not total.n:
            return
        yield f"checks: {percent(total.rate)} held, {format_count(total.passes)} of {format_count(total.n)}"
        several = len(self._summary.scenarios) > 1
        for check in self._summary.checks:
            name = f"{check.name} ({check.scenario})" if several else check.name
            if not check.fails:
                yield f"{self._paint.good('✓')} {name}"
                continue
            yield f"{self._paint.bad('✗')} {name}"
            share = percent(check.passes / (check.passes + check.fails))
            yield f"  ↳ {share}: {format_count(check.passes)} held, {format_count(check.fails)} did not"

    def _aligned(self, metrics: Sequence[MetricSummary]) -> dict[Selector, str]:
        """The figures of each metric as text, lined up with those of the same kind."""
        lines: dict[Selector, str] = {}
        for kind in ("counter", "gauge", "rate", "trend"):
            same = [m for m in metrics if m.metric.kind == kind]
            rows = [figures(m.values, m.metric.unit, self._summary.trend_stats) for m in same]
            lines.update(zip((m.selector for m in same), columns(rows, left=len(rows[0])) if rows else [], strict=True))
        return lines

    def _endpoints(self) -> Iterator[str]:
        """One row for each endpoint."""
        found = self._summary.endpoints
        if not found:
            return
        names = _names(found, with_scenario=len(self._summary.scenarios) > 1)
        header = ("endpoint", "requests", "failed", "rate", *_ENDPOINT_STATS)
        rows = [_row(endpoint, name) for endpoint, name in zip(found, names, strict=True)]
        head, *body = columns([header, *rows])
        yield self._paint.faint(head)
        for endpoint, line in zip(found, body, strict=True):
            yield self._paint.bad(line) if endpoint.failed else line

    def _errors(self) -> Iterator[str]:
        """One row for each kind of error, below it what it said and what to do."""
        found = self._summary.errors
        rows = [(format_count(e.count), str(e.code), e.name, e.owner) for e in found]
        header = ("count", "code", "error", "owner")
        lines = columns([header, *rows], left=4) if rows else []
        for i, line in enumerate(lines):
            if i == 0:
                yield self._paint.faint(line)
                continue
            yield self._paint.bad(line)
            error = found[i - 1]
            if error.sample:
                yield f"    {error.sample}"
            if error.hint:
                yield f"    → {error.hint}"

    def _verdict(self) -> Iterator[str]:
        """What is wrong with the measurement, then the sentence."""
        verdict = self._summary.verdict
        for finding in verdict.findings:
            paint = self._paint.bad if finding.level is Level.INVALID else self._paint.warning
            yield f"  {paint(f'⚠ {finding.rule} {finding.level}')} {finding.text}"
        if verdict.findings:
            yield ""
        mark = self._paint.good("✓") if verdict.passed else self._paint.bad("✗")
        yield f"  {mark} {verdict.sentence}"


def _label(metric: MetricSummary) -> str:
    """``http_reqs``, and for a part of a metric ``  { endpoint:message }``."""
    if not metric.tags:
        return metric.metric.name
    return f"  {{ {','.join(f'{key}:{value}' for key, value in metric.tags)} }}"


def _with_parts_below(group: Sequence[MetricSummary]) -> list[MetricSummary]:
    """Parts of a metric come directly below it."""
    order = list(dict.fromkeys(m.metric.name for m in group))
    return sorted(group, key=lambda m: order.index(m.metric.name))


def _names(endpoints: Sequence[Endpoint], *, with_scenario: bool) -> list[str]:
    """What to call each endpoint: its name with its method once, and tags only where they tell two rows apart."""
    plain = []
    for endpoint in endpoints:
        has_method = endpoint.name.startswith(f"{endpoint.method} ") or endpoint.name == endpoint.method
        name = endpoint.name if has_method else f"{endpoint.method} {endpoint.name}"
        plain.append(f"{name} ({endpoint.scenario})" if with_scenario else name)
    twins = Counter(plain)
    return [
        f"{name} {{{','.join(f'{key}:{value}' for key, value in endpoint.tags)}}}" if twins[name] > 1 else name
        for name, endpoint in zip(plain, endpoints, strict=True)
    ]


def _row(endpoint: Endpoint, name: str) -> tuple[str, ...]:
    share = f" ({percent(endpoint.failed / endpoint.count)})" if endpoint.failed else ""
    stats = (figure(endpoint.duration.get(stat), "ms") for stat in _ENDPOINT_STATS)
    failed = f"{format_count(endpoint.failed)}{share}"
    return (name, format_count(endpoint.count), failed, f"{endpoint.rate:,.1f}/s", *stats)
