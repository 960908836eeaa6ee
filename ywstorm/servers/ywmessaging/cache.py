"""Answers kept for a while, by church: what Redis does in the users' deployment."""

import time
from collections.abc import Awaitable, Callable, Hashable

from ywstorm.servers.ywmessaging.shared import Stamps

__all__ = ["AnswerCache"]

_MAX_PER_CHURCH = 256
"""Answers of one church; past it they are all forgotten, so that odd page numbers cannot fill the memory."""


class AnswerCache:
    """
    JSON texts by church, kind and parameters, each valid for *ttl_s* seconds or until what it was made from changes.

    Every process keeps its own texts; the stamps tell all of them what has changed.

    Args:
        ttl_s: Life of an entry in seconds; 0 keeps nothing.
        stamps: When what lies under the answers last changed.
        clock: Seconds that never go back.
    """

    def __init__(self, ttl_s: float, stamps: Stamps, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._stamps = stamps
        self._clock = clock
        self._churches: dict[str, dict[tuple[str, Hashable], tuple[float, int, bytes]]] = {}

    async def answer(
        self, church_id: str, kind: str, parameters: Hashable, make: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """The answer that is kept, else what *make* gives, which is kept from now on."""
        stamp = self._stamps.of(church_id, kind)  # before it is made: a change meanwhile must make it stale
        entries = self._churches.setdefault(church_id, {})
        until, made_at, answer = entries.get((kind, parameters), (0.0, 0, b""))
        if until > self._clock() and made_at == stamp:
            return answer
        answer = await make()
        if len(entries) >= _MAX_PER_CHURCH:
            entries.clear()
        entries[kind, parameters] = (self._clock() + self._ttl_s, stamp, answer)
        return answer

    def forget(self, church_id: str, kind: str) -> None:
        """Drop every answer of that kind, in all processes: what it was made from has changed."""
        self._stamps.renew(church_id, kind)
