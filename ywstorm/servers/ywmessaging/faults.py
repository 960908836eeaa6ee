"""
Faults on purpose, with ``--fault RULE``: an endpoint that is slow, fails, or hangs up.

A rule is ``METHOD PATH:EFFECT[,EFFECT…]``: ``POST /messages/send:delay=200ms``,
``GET /analytics/summary:status=500,rate=0.1``, ``* /messages/*:reset,rate=0.01``. The path is that of the API without
its base path, as in ``/__counts``; a ``*`` stands for any method, and at the end of a path for any rest.
Every rule that fits is applied: their delays add up, and the first that answers or hangs up ends the request.
"""

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ywstorm.units import NS_PER_S, parse_duration

__all__ = ["Effect", "Fault", "Faults", "parse_fault"]

_RULE = re.compile(r"(\*|[A-Z]+) +(\*|/\S*):([^:\s]*)")
_FORM = "'METHOD PATH:EFFECT', such as 'GET /analytics/summary:status=500,rate=0.1'"
_EFFECTS = "delay=DURATION, status=400…599, close, reset or rate=0…1"
_STATUS = re.compile(r"[45][0-9][0-9]")

HangUp = Literal["close", "reset"]


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One rule.

    Args:
        method: Of the requests it fits; ``*`` is any.
        path: Likewise; may end with ``*``.
        delay_s: How long a request waits before anything else happens to it.
        status: What it is answered with, instead of by its handler.
        hang_up: How its connection ends, without an answer: properly, or with a reset.
        rate: Share of the requests that this happens to.
    """

    method: str
    path: str
    delay_s: float = 0.0
    status: int | None = None
    hang_up: HangUp | None = None
    rate: float = 1.0

    def fits(self, endpoint: str) -> bool:
        """Whether the rule is about an endpoint, ``GET /auth/me``."""
        method, _, path = endpoint.partition(" ")
        is_path = path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path
        return is_path and self.method in {"*", method}


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to one request, in this order."""

    delay_s: float = 0.0
    status: int | None = None
    hang_up: HangUp | None = None


class Faults:
    """
    Rules and the dice that are thrown for them.

    Args:
        rules: In the order in which they apply.
        seed: The same seed throws the same dice, request by request.
    """

    def __init__(self, rules: Sequence[Fault], seed: int = 0) -> None:
        self._rules = rules
        self._random = random.Random(seed)  # noqa: S311 (no secret)

    def strike(self, endpoint: str) -> Effect | None:
        """What happens to the next request of *endpoint*; None if nothing does."""
        struck = [
            rule
            for rule in self._rules
            if rule.fits(endpoint) and (rule.rate == 1.0 or self._random.random() < rule.rate)
        ]
        if not struck:
            return None
        ends = next((rule for rule in struck if rule.status or rule.hang_up), struck[0])
        return Effect(sum(rule.delay_s for rule in struck), ends.status, ends.hang_up)


def parse_fault(text: str) -> Fault:
    """
    Read a rule.

    Raises:
        ValueError: *text* is not a rule; the message is a sentence that quotes it.
    """
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a fault: write {_FORM}")
    method, path, effects = match.groups()
    given: dict[str, str] = {}
    for effect in effects.split(","):
        name, _, value = effect.partition("=")
        if name in given:
            raise ValueError(f"{text!r} says {name!r} twice")
        given[name] = value
    if unknown := given.keys() - {"delay", "status", "close", "reset", "rate"}:
        raise ValueError(f"{text!r} has the unknown effect {min(unknown)!r}: write {_EFFECTS}")
    endings = [name for name in ("status", "close", "reset") if name in given]
    if len(endings) > 1:
        raise ValueError(f"{text!r} ends a request both by {endings[0]} and by {endings[1]}: leave one of them out")
    if not endings and "delay" not in given:
        raise ValueError(f"{text!r} does nothing: give it a delay, a status, close or reset")
    hang_up: HangUp | None = "close" if "close" in given else "reset" if "reset" in given else None
    if hang_up and given[hang_up]:
        raise ValueError(f"{text!r}: {hang_up} takes no value")
    return Fault(
        method=method,
        path=path.removeprefix("/api") if path.startswith("/api/") else path,
        delay_s=_delay_s(given["delay"]) if "delay" in given else 0.0,
        status=_status(given["status"]) if "status" in given else None,
        hang_up=hang_up,
        rate=_rate(given["rate"]) if "rate" in given else 1.0,
    )


def _delay_s(text: str) -> float:
    return parse_duration(text) / NS_PER_S


def _status(text: str) -> int:
    if not _STATUS.fullmatch(text):
        raise ValueError(f"a fault's status is 400 to 599, not {text!r}")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate <= 1:
        raise ValueError(f"a fault's rate is a share above 0 and at most 1, not {text!r}")
    return rate
