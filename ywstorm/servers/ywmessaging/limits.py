"""
Rate limits, with ``--rate-limits``: so many requests and failed logins from an address, so many messages of an admin.

Values and a clock, no server: a limit is asked and says what it allows. They are counted in one process, so a target
with limits has only one.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ywstorm.servers.ywmessaging.answers import iso_time

__all__ = ["Allowance", "FixedWindow", "Limits", "TokenBucket"]

Clock = Callable[[], float]
_MAX_NAMES = 100_000
"""Addresses or admins that are known; past it those whose time is over are forgotten."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    What a limit says to one request.

    Args:
        is_exceeded: Whether it must be refused.
        limit: How many are allowed.
        remaining: How many are left after this one.
        reset_s: Seconds until there is one again, if it was refused; else until all of them are back.
    """

    is_exceeded: bool
    limit: int
    remaining: int
    reset_s: float

    def headers(self, prefix: str) -> dict[str, str]:
        """Headers of the answer, refused or not, that begin with *prefix*."""
        headers = {
            f"{prefix}-Limit": str(self.limit),
            f"{prefix}-Remaining": str(self.remaining),
            f"{prefix}-Reset": str(self.wait_s),
        }
        return headers | ({"Retry-After": str(self.wait_s)} if self.is_exceeded else {})

    def refusal(self, message: str) -> dict[str, Any]:
        """Body of a 429."""
        return {
            "error": "Too many requests",
            "message": message,
            "retryAfter": self.wait_s,
            "resetTimestamp": iso_time(timedelta(seconds=self.reset_s)),
        }

    @property
    def wait_s(self) -> int:
        """`reset_s` in whole seconds, after which a second try is sure to be in time."""
        return math.ceil(self.reset_s)


class FixedWindow:
    """
    So many in a window that begins with the first of them, by name.

    Args:
        limit: How many.
        window_s: Length of the window in seconds.
        clock: Seconds that never go back.
    """

    def __init__(self, limit: int, window_s: float, clock: Clock = time.monotonic) -> None:
        self._limit = limit
        self._window_s = window_s
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def look(self, name: str) -> Allowance:
        """Whether one more would be too many; nothing is counted."""
        end, count = self._window(name)
        return self._allowance(end, count, is_exceeded=count >= self._limit)

    def take(self, name: str) -> Allowance:
        """Count one more, which may be too many."""
        end, count = self._window(name)
        if len(self._windows) > _MAX_NAMES:
            self._windows = {known: window for known, window in self._windows.items() if window[0] > self._clock()}
        self._windows[name] = (end, count + 1)
        return self._allowance(end, count + 1, is_exceeded=count >= self._limit)

    def _window(self, name: str) -> tuple[float, int]:
        now = self._clock()
        end, count = self._windows.get(name, (0.0, 0))
        return (end, count) if end > now else (now + self._window_s, 0)

    def _allowance(self, end: float, count: int, *, is_exceeded: bool) -> Allowance:
        return Allowance(is_exceeded, self._limit, max(self._limit - count, 0), end - self._clock())


class TokenBucket:
    """
    A bucket of tokens for each name, full at first, that gets one more at equal intervals.

    Args:
        capacity: How many tokens it holds.
        refill_s: Seconds until it gets one.
        clock: Seconds that never go back.
    """

    def __init__(self, capacity: int, refill_s: float, clock: Clock = time.monotonic) -> None:
        self._capacity = capacity
        self._refill_s = refill_s
        self._clock = clock
        self._full_at: dict[str, float] = {}
        """When a bucket will be full if nobody takes any more: all there is to know about it."""

    def take(self, name: str) -> Allowance:
        """Take a token, if there is one."""
        now = self._clock()
        if len(self._full_at) > _MAX_NAMES:
            self._full_at = {known: full_at for known, full_at in self._full_at.items() if full_at > now}
        full_at = max(self._full_at.get(name, now), now) + self._refill_s
        excess_s = full_at - now - self._capacity * self._refill_s
        if excess_s > 0:
            return Allowance(is_exceeded=True, limit=self._capacity, remaining=0, reset_s=excess_s)
        self._full_at[name] = full_at
        return Allowance(False, self._capacity, int(-excess_s / self._refill_s), full_at - now)


class Limits:
    """The three limits of the users' server."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.requests = FixedWindow(limit=100, window_s=900, clock=clock)
        self.failed_logins = FixedWindow(limit=20, window_s=900, clock=clock)
        self.messages = TokenBucket(capacity=100, refill_s=36, clock=clock)
