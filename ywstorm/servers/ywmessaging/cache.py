"""Answers kept for a while, by church: what Redis does in the users' deployment."""

import time
from collections.abc import Callable, Hashable

__all__ = ["AnswerCache"]

_MAX_PER_CHURCH = 256
"""Answers of one church; past it they are all forgotten, so that odd page numbers cannot fill the memory."""


class AnswerCache:
    """
    JSON texts by church, kind and parameters, each valid for *ttl_s* seconds.

    Args:
        ttl_s: Life of an entry in seconds; 0 keeps nothing.
        clock: Seconds that never go back.
    """

    def __init__(self, ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._churches: dict[str, dict[tuple[str, Hashable], tuple[float, bytes]]] = {}

    def get(self, church_id: str, kind: str, parameters: Hashable = None) -> bytes | None:
        """The answer, or None if there is none or its time is over."""
        entry = self._churches.get(church_id, {}).get((kind, parameters))
        if entry is None or entry[0] <= self._clock():
            return None
        return entry[1]

    def put(self, church_id: str, kind: str, answer: bytes, parameters: Hashable = None) -> None:
        """Keep *answer* from now on."""
        entries = self._churches.setdefault(church_id, {})
        if len(entries) >= _MAX_PER_CHURCH:
            entries.clear()
        entries[kind, parameters] = (self._clock() + self._ttl_s, answer)

    def forget(self, church_id: str, kind: str) -> None:
        """Drop every answer of that kind: what it was made from has changed."""
        entries = self._churches.get(church_id, {})
        for key in [key for key in entries if key[0] == kind]:
            del entries[key]
