"""
Validity: did the generator do what it was asked to, and do its books balance?

Each rule compares facts with the limits of one table and returns findings. A closed scenario without think time is
meant to saturate, so a busy generator makes its rate a floor, not a lie. Where starts follow the clock, or sleeps end
late, the same makes the latencies the generator's own: then the run is INVALID.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ywstorm.metrics.facts import EndReason, Finding, Level, RunFacts, Validity
from ywstorm.units import format_count

__all__ = ["LIMITS", "MAX_SLEEP_OVERRUN", "Limits", "judge", "validity"]


class Limits(NamedTuple):
    """Above `suspect` a finding is SUSPECT, above `invalid` INVALID; None: never."""

    suspect: float | None
    invalid: float | None


LIMITS = {
    "V1": Limits(0.005, 0.01),  # share of the planned starts that did not take place, or were too many
    "V2": Limits(0, None),  # dropped arrivals; thresholds see them as infinite latencies
    "V5": Limits(0.80, 0.95),  # share of a core that a worker used over 5 s
    "V12": Limits(None, 0),  # accounts that do not balance
}

MAX_SLEEP_OVERRUN = 0.05
"""Sleeps that end later than by this share of their length make a busy generator's latencies its own."""

_SHOWN_MISMATCHES = 3


def judge(facts: RunFacts) -> list[Finding]:
    """
    Apply every rule.

    Returns:
        What did not hold, by rule; empty if the measurement is to be trusted.
    """
    return [*_starts(facts), *_dropped_arrivals(facts), *_busy_workers(facts), *_conservation(facts)]


def validity(findings: Iterable[Finding]) -> Validity:
    """Return the worst level of *findings*; VALID if there are none."""
    levels = {finding.level for finding in findings}
    if Level.INVALID in levels:
        return Validity.INVALID
    return Validity.SUSPECT if levels else Validity.VALID


def _level(rule: str, observed: float) -> Level | None:
    """Level of *observed* by the table; None if it is within both limits."""
    suspect, invalid = LIMITS[rule]
    if invalid is not None and observed > invalid:
        return Level.INVALID
    return Level.SUSPECT if suspect is not None and observed > suspect else None


def _limit(rule: str, level: Level) -> float:
    """The limit that was passed when *level* was reached."""
    suspect, invalid = LIMITS[rule]
    limit = invalid if level is Level.INVALID else suspect
    return 0.0 if limit is None else limit


def _was_worker_lost(facts: RunFacts) -> bool:
    """What a lost worker owes is missing: that has an exit code of its own and is no fault of the accounts."""
    return any(end.reason is EndReason.WORKER_LOST for end in facts.ends)


def _starts(facts: RunFacts) -> Iterator[Finding]:
    """V1: every start that was due took place, and no other. Arrivals without a free VU are V2's."""
    for scenario in facts.scenarios:
        planned = scenario.planned_starts
        starts = scenario.starts + (scenario.dropped if scenario.is_open else 0)
        share = abs(starts - planned) / planned if planned else float(starts > 0)
        level = _level("V1", share)
        if level is None:
            continue
        if _was_worker_lost(facts):
            level = Level.SUSPECT
        remedy = "a lower rate" if scenario.is_open else "fewer VUs"
        text = (
            f"{scenario.name}: {format_count(starts)} starts took place where {format_count(planned)} were planned: "
            f"the generator did not keep to its plan; use {remedy} or more cores"
        )
        yield Finding("V1", level, share, _limit("V1", level), text)


def _dropped_arrivals(facts: RunFacts) -> Iterator[Finding]:
    """V2: each arrival found a free VU."""
    for scenario in facts.scenarios:
        level = _level("V2", scenario.dropped) if scenario.is_open else None
        if level is not None:
            text = (
                f"{scenario.name}: {format_count(scenario.dropped)} arrivals found no free VU and count as infinite "
                "latency; raise max_vus, unless the target is too slow for this rate"
            )
            yield Finding("V2", level, scenario.dropped, _limit("V2", level), text)


def _busy_workers(facts: RunFacts) -> Iterator[Finding]:
    """V5: no worker was short of CPU. The busiest one stands for all."""
    busiest = max(facts.workers, key=lambda worker: worker.max_cpu_share_5s, default=None)
    level = _level("V5", busiest.max_cpu_share_5s) if busiest else None
    if busiest is None or level is None:
        return
    observed = busiest.max_cpu_share_5s
    used = f"worker {busiest.index} used {observed:.0%} of a core over 5 s"
    overrun = max(worker.sleep_overrun for worker in facts.workers)
    remedy = "give it more cores (--workers) or less to do"
    if overrun > MAX_SLEEP_OVERRUN:
        text = f"{used} and sleeps ended {overrun:.0%} late: latencies contain the generator's own delay; {remedy}"
    elif any(scenario.is_open for scenario in facts.scenarios):
        text = f"{used}: it had no time to keep to the arrival rate; {remedy}"
    else:
        level = Level.SUSPECT
        text = f"{used}: the generator was the limit: the rate is a floor; {remedy}"
    yield Finding("V5", level, observed, _limit("V5", level), text)


def _conservation(facts: RunFacts) -> Iterator[Finding]:
    """
    V12: the accounts balance exactly, the target's included.

    A request that was cut off, or met a connection which the target was just closing, left the generator but may never
    have been read: of those, and only those, the target may count fewer.
    """
    mismatches = list(facts.mismatches)
    if facts.target is not None:
        missing = facts.requests_sent - facts.target["requests"]
        if not 0 <= missing <= facts.requests_unanswered:
            sent, counted = format_count(facts.requests_sent), format_count(facts.target["requests"])
            mismatches.append(f"{sent} requests were sent and the target counted {counted}")
    if mismatches:
        yield _unbalanced(mismatches, was_lost=_was_worker_lost(facts))


def _unbalanced(mismatches: Sequence[str], *, was_lost: bool) -> Finding:
    told = "; ".join(mismatches[:_SHOWN_MISMATCHES])
    if len(mismatches) > _SHOWN_MISMATCHES:
        told += f"; and {len(mismatches) - _SHOWN_MISMATCHES} more"
    level, cause = Level.INVALID, "this is a bug in ywstorm: please report it"
    if was_lost:
        level, cause = Level.SUSPECT, "a worker was lost and took its last counts along"
    return Finding("V12", level, len(mismatches), 0, f"the accounts do not balance: {told}; {cause}")
