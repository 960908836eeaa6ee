"""
How a run ends: which exit code, and the sentence that says so.

Several things can be true at once: a threshold failed, a worker was lost, somebody pressed Ctrl-C. Each is a cause with
a code; the table says which code wins, the sentence names them all.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from ywstorm.metrics.breakdown import is_unanswered
from ywstorm.metrics.facts import EndReason, Finding, Level, RunFacts
from ywstorm.metrics.summary import Verdict
from ywstorm.metrics.thresholds import ThresholdResult
from ywstorm.units import format_count
from ywstorm.verdict.rules import validity
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["PRECEDENCE", "Cause", "ExitCode", "causes", "decide", "exit_code"]


class ExitCode(IntEnum):
    """Exit codes of a run that sent load; the same numbers as k6's where the meaning is the same."""

    PASSED = 0
    INTERNAL = 1
    THRESHOLDS = 99
    SETUP_TIMEOUT = 100
    TEARDOWN_TIMEOUT = 101
    INTERRUPTED = 105
    SCRIPT = 107
    ABORTED = 108
    FAILED = 110
    WORKER_LOST = 111
    NOT_DURABLE = 112
    INVALID = 113
    WORSE = 115


PRECEDENCE = (
    ExitCode.INTERNAL,
    ExitCode.INVALID,
    ExitCode.WORKER_LOST,
    ExitCode.NOT_DURABLE,
    ExitCode.INTERRUPTED,
    ExitCode.ABORTED,
    ExitCode.FAILED,
    ExitCode.SETUP_TIMEOUT,
    ExitCode.TEARDOWN_TIMEOUT,
    ExitCode.SCRIPT,
    ExitCode.THRESHOLDS,
    ExitCode.WORSE,
)
"""Several at once: the first wins."""

_WORDS = {
    ExitCode.PASSED: "PASSED",
    ExitCode.INVALID: "INVALID",
    ExitCode.INTERRUPTED: "INTERRUPTED",
    ExitCode.ABORTED: "ABORTED",
}

_END_CODES = {
    EndReason.INTERNAL: ExitCode.INTERNAL,
    EndReason.WORKER_LOST: ExitCode.WORKER_LOST,
    EndReason.INTERRUPTED: ExitCode.INTERRUPTED,
    EndReason.THRESHOLD: ExitCode.THRESHOLDS,
    EndReason.ABORTED: ExitCode.ABORTED,
    EndReason.FAILED: ExitCode.FAILED,
    EndReason.SETUP_TIMEOUT: ExitCode.SETUP_TIMEOUT,
    EndReason.TEARDOWN_TIMEOUT: ExitCode.TEARDOWN_TIMEOUT,
    EndReason.SCRIPT_ERROR: ExitCode.SCRIPT,
}

_END_WORDS = {
    EndReason.INTERNAL: "internal error: ",
    EndReason.WORKER_LOST: "",
    EndReason.INTERRUPTED: "interrupted by ",
    EndReason.THRESHOLD: "ended by the threshold ",
    EndReason.ABORTED: "aborted by the script: ",
    EndReason.FAILED: "failed by the script: ",
    EndReason.SETUP_TIMEOUT: "setup timed out: ",
    EndReason.TEARDOWN_TIMEOUT: "teardown timed out: ",
    EndReason.SCRIPT_ERROR: "the script raised ",
}


class Cause(NamedTuple):
    """One reason not to pass: its code, and what happened without a full stop."""

    code: ExitCode
    text: str


def exit_code(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that wins; PASSED if there is none."""
    return min(codes, key=PRECEDENCE.index, default=ExitCode.PASSED)


def causes(
    facts: RunFacts, results: Sequence[ThresholdResult], findings: Iterable[Finding], aggregate: Aggregate
) -> list[Cause]:
    """
    Return every reason not to pass, the one that wins first.

    A run that made requests of which none was answered does not pass, even without thresholds.
    """
    found = (
        *_end_causes(facts),
        *_script_causes(facts),
        *_promise_causes(facts, results, aggregate),
        *_invalid_causes(findings),
    )
    return sorted(found, key=lambda cause: PRECEDENCE.index(cause.code))


def decide(
    facts: RunFacts, results: Sequence[ThresholdResult], findings: Sequence[Finding], aggregate: Aggregate
) -> Verdict:
    """
    Give the verdict on a run.

    Args:
        results: Thresholds as they were judged at the end; none with ``--no-thresholds``.
        findings: What `judge` found.
    """
    found = causes(facts, results, findings, aggregate)
    sentence = _sentence(found, findings, len(results), was_measured=facts.duration_ns > 0)
    return Verdict(int(exit_code(cause.code for cause in found)), validity(findings), tuple(findings), sentence)


def _end_causes(facts: RunFacts) -> Iterator[Cause]:
    for end in facts.ends:
        yield Cause(_END_CODES[end.reason], f"{_END_WORDS[end.reason]}{end.text}")


def _script_causes(facts: RunFacts) -> Iterator[Cause]:
    n_errors = sum(scenario.iteration_errors for scenario in facts.scenarios)
    if n_errors:
        times = "once" if n_errors == 1 else f"{format_count(n_errors)} times"
        yield Cause(ExitCode.SCRIPT, f"the script raised an exception {times}")


def _promise_causes(facts: RunFacts, results: Sequence[ThresholdResult], aggregate: Aggregate) -> Iterator[Cause]:
    if is_unanswered(aggregate, facts.requests_sent):
        yield Cause(ExitCode.THRESHOLDS, "no request was answered")
    n_failed = sum(not result.passed for result in results)
    if n_failed:
        yield Cause(ExitCode.THRESHOLDS, f"{n_failed} of {len(results)} thresholds failed")


def _invalid_causes(findings: Iterable[Finding]) -> Iterator[Cause]:
    rules = _rules(findings, Level.INVALID)
    if rules:
        yield Cause(ExitCode.INVALID, f"the measurement is not to be trusted ({rules})")


def _sentence(found: Sequence[Cause], findings: Sequence[Finding], n_thresholds: int, *, was_measured: bool) -> str:
    """Say how the run ended, why, and whether its figures are to be trusted."""
    code = exit_code(cause.code for cause in found)
    parts = list(dict.fromkeys(cause.text for cause in found))
    if not parts:
        parts.append(_promises(n_thresholds))
    suspect = _rules(findings, Level.SUSPECT)
    if suspect:
        parts.append(f"the measurement is suspect ({suspect})")
    elif was_measured and not findings:
        parts.append("the measurement is valid")
    return f"{_WORDS.get(code, 'FAILED')}: {'; '.join(parts)} (exit code {code})"


def _promises(n: int) -> str:
    """``all 7 thresholds hold``."""
    if n == 0:
        return "no threshold was set"
    return "the threshold holds" if n == 1 else f"all {n} thresholds hold"


def _rules(findings: Iterable[Finding], level: Level) -> str:
    """Numbers of the rules with findings of *level*, each once."""
    return ", ".join(dict.fromkeys(finding.rule for finding in findings if finding.level is level))
