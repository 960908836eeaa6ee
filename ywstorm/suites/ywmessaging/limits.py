"""
Rate limits, foreseen: what the server says it allows, against what this run is going to ask for.

A run that is mostly 429 measures the limiter and not the service; better to know before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

__all__ = ["COSTS", "Cost", "Demand", "Limits", "demand_of", "foresee", "limits_of"]

_TICKS = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one iteration asks for (a reply is no message here), and how long it pauses: it takes that long at least."""

    requests: int
    messages: int
    pause_s: float


_VISIT = Cost(requests=4, messages=1, pause_s=1.5)
COSTS = {
    "smoke": Cost(requests=5, messages=1, pause_s=4.0),
    "load": _VISIT,
    "spike": _VISIT,
    "soak": _VISIT,
    "conversation": Cost(requests=4, messages=0, pause_s=1.0),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run asks for at most."""

    vus: int
    requests: int
    messages: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server allows: requests for each address in 15 minutes, messages for each user in an hour."""

    requests_per_address: int | None = None
    messages_per_user: int | None = None


def demand_of(plan: Mapping[str, Any]) -> Demand:
    """
    What *plan* asks for at most: each virtual user logs in, and no answer takes any time.

    Args:
        plan: ``vu.scenarios``: the selected scenarios' executors, with all that the command line changed.
    """
    vus = requests = messages = 0
    for name, executor in plan.items():
        cost = COSTS[name]
        iterations = executor.planned_iterations or ceil(_vu_seconds(executor) / cost.pause_s)
        vus += executor.max_vus
        requests += executor.max_vus + iterations * cost.requests
        messages += iterations * cost.messages
    return Demand(vus, requests, messages)


def limits_of(answers: Iterable[Mapping[str, str]]) -> Limits:
    """The limits that the headers of a few answers name; only ``POST /messages/send`` names that of messages."""
    limits = Limits()
    for headers in answers:
        limits = Limits(
            limits.requests_per_address or _number(headers.get("RateLimit-Limit")),
            limits.messages_per_user or _number(headers.get("X-RateLimit-Limit")),
        )
    return limits


def foresee(limits: Limits, demand: Demand, *, users: int, spent: int, is_forwarded: bool) -> str:
    """
    Say what the run needs so that the limits do not hold it up; "" if it needs nothing.

    Args:
        limits: What the server allows.
        demand: What the run asks for.
        users: How many accounts it has.
        spent: Requests that its preparation has sent from this machine's address.
        is_forwarded: Whether each virtual user has an address of its own.
    """
    by_address, by_user = limits.requests_per_address, limits.messages_per_user
    needs = []
    if by_user and demand.messages > users * by_user:
        needs.append(f"{ceil(demand.messages / by_user)} users")
    if by_address and is_forwarded and demand.requests > demand.vus * by_address:
        needs.append("a higher limit")
    if by_address and not is_forwarded and demand.requests + spent > by_address:
        needs.append("FORWARDED_FOR=1")
    if not needs:
        return ""
    return (
        f"this run needs {' and '.join(needs)}: it sends up to {demand.requests:,} requests and {demand.messages:,} "
        f"messages, and the server takes {by_address or 'any number of'} requests from an address in 15 minutes and "
        f"{by_user or 'any number of'} messages from a user in an hour"
    )


def _vu_seconds(executor: Any) -> float:
    """The area under the line of virtual users."""
    tick_ns = executor.duration_ns / _TICKS
    return float(sum(executor.vus_at(int((tick + 0.5) * tick_ns)) for tick in range(_TICKS)) * tick_ns / 1e9)


def _number(text: str | None) -> int | None:
    """The number that a header begins with; a policy may follow it: ``100, 100;w=900``."""
    digits = (text or "").partition(",")[0].partition(";")[0].strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None
