"""
What all processes of a target have in common: made before they part, and seen by each of them afterwards.

It stands for the Redis of the users' deployment. There is no lock: a cell has either one writer, its process, or it
holds an instant, of which the last one written counts.
"""

import mmap
import secrets
import time
import zlib

__all__ = ["Shared", "Stamps"]

_MAX_ENDPOINTS = 128
_STAMPS = 4096


class Stamps:
    """
    When something last changed, by name; names share stamps, so a change may look like one of its neighbour's.

    A stamp that still has the value it had before something was read says that what was read is still true.
    """

    def __init__(self, cells: memoryview) -> None:
        self._cells = cells

    def of(self, *name: str) -> int:
        """The stamp of a name; 0 if nothing has changed yet."""
        return int(self._cells[self._index(name)])

    def renew(self, *name: str) -> int:
        """Note that it has changed, after it has; the new stamp."""
        self._cells[self._index(name)] = stamp = time.monotonic_ns()
        return stamp

    def _index(self, name: tuple[str, ...]) -> int:
        return zlib.crc32("/".join(name).encode()) % len(self._cells)


class Shared:
    """
    Keys of tokens, counters of requests and stamps of changes.

    Args:
        processes: How many will serve.
    """

    def __init__(self, processes: int = 1) -> None:
        self.keys = {kind: secrets.token_hex(32) for kind in ("access", "refresh")}
        # Anonymous and shared: a fork inherits the memory itself, not a copy.
        cells = memoryview(mmap.mmap(-1, 8 * (processes * _MAX_ENDPOINTS + _STAMPS))).cast("q")
        self.stamps = Stamps(cells[:_STAMPS])
        starts = range(_STAMPS, len(cells), _MAX_ENDPOINTS)
        self.counters = [cells[start : start + _MAX_ENDPOINTS] for start in starts]
