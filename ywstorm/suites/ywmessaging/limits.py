"""
Rate limits, foreseen: what the server says it allows, against what a scenario is going to ask for.

A run that is mostly 429 measures the limiter and not the service; better to know before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["DEMANDS", "Demand", "Limits", "foresee", "limits_of"]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a scenario asks for at most, as it is declared: virtual users, requests, messages sent."""

    scenario: str
    vus: int
    requests: int
    messages: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server allows: requests for each address in 15 minutes, messages for each user in an hour."""

    requests_per_address: int | None = None
    messages_per_user: int | None = None


# Iterations of a ramp: the area under its line in VU-seconds, by the 1.5 s that one iteration takes at least.
DEMANDS = (
    Demand("smoke", vus=1, requests=26, messages=5),
    Demand("load", vus=10, requests=1_080, messages=267),
    Demand("spike", vus=50, requests=2_070, messages=505),
)


def limits_of(headers: Mapping[str, str]) -> Limits:
    """The limits that an answer to ``POST /messages/send`` names."""
    return Limits(_number(headers.get("RateLimit-Limit")), _number(headers.get("X-RateLimit-Limit")))


def foresee(limits: Limits, users: int, *, is_forwarded: bool, demands: Iterable[Demand] = DEMANDS) -> list[str]:
    """
    One sentence for each scenario that the limits would hold up.

    Args:
        limits: What the server allows.
        users: How many accounts the run has.
        is_forwarded: Whether each virtual user has an address of its own.
        demands: What the scenarios ask for.
    """
    sentences = []
    for demand in demands:
        addresses = demand.vus if is_forwarded else 1
        needs = []
        if limits.messages_per_user and demand.messages > users * limits.messages_per_user:
            needs.append(f"{-(-demand.messages // limits.messages_per_user)} users")
        if limits.requests_per_address and demand.requests > addresses * limits.requests_per_address:
            needs.append("a higher limit" if is_forwarded else "FORWARDED_FOR=1")
        if needs:
            sentences.append(
                f"{demand.scenario}: up to {demand.requests} requests and {demand.messages} messages; the server takes "
                f"{limits.requests_per_address or 'any'} requests from each address and "
                f"{limits.messages_per_user or 'any'} messages from each user: this run needs {' and '.join(needs)}"
            )
    return sentences


def _number(text: str | None) -> int | None:
    """The number that a header begins with; a policy may follow it: ``100, 100;w=900``."""
    digits = (text or "").partition(",")[0].partition(";")[0].strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None
