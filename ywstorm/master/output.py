"""
What a worker prints, as lines that are safe to show: whole, without control characters, and not too many of them.

Bytes and an instant in, lines out; reading the pipe is the fleet's business.
"""

import re

from ywstorm.units import NS_PER_S, format_count

__all__ = ["MAX_LINES_PER_S", "MAX_LINE_BYTES", "OutputLines", "max_lines_per_s"]

MAX_LINES_PER_S = 100
MAX_DEBUG_LINES_PER_S = 10_000
MAX_LINE_BYTES = 4096

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def max_lines_per_s(*, has_debug: bool) -> int:
    """Lines that all workers together may print in a second: more if the user asked to see every request."""
    return MAX_DEBUG_LINES_PER_S if has_debug else MAX_LINES_PER_S


class OutputLines:
    """
    Cuts the output of one worker into lines and lets at most so many pass in a second.

    Args:
        max_per_s: Lines that may pass within one second, ≥ 1; the rest is counted, and the count told in a line.
    """

    def __init__(self, max_per_s: int = MAX_LINES_PER_S) -> None:
        self._max_per_s = max_per_s
        self._rest = b""
        self._second_ends_ns = 0
        self._passed = 0
        self._suppressed = 0

    def feed(self, data: bytes, now_ns: int) -> list[str]:
        """Take the next bytes of the output; return the lines to show now. A line is cut at MAX_LINE_BYTES."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > MAX_LINE_BYTES:
            lines.append(self._rest[:MAX_LINE_BYTES])
            self._rest = self._rest[MAX_LINE_BYTES:]
        shown = []
        if now_ns >= self._second_ends_ns:
            shown += self._take_suppressed()
            self._second_ends_ns = now_ns + NS_PER_S
            self._passed = 0
        n_free = self._max_per_s - self._passed
        self._passed += len(lines[:n_free])
        self._suppressed += len(lines[n_free:])
        return shown + [_text(line) for line in lines[:n_free]]

    def close(self) -> list[str]:
        """The output has ended: return the last line if it has no line end, and what was not told yet."""
        rest, self._rest = self._rest, b""
        return self._take_suppressed() + ([_text(rest)] if rest else [])

    def _take_suppressed(self) -> list[str]:
        n, self._suppressed = self._suppressed, 0
        return [f"{format_count(n)} lines suppressed"] if n else []


def _text(line: bytes) -> str:
    """Decode for a terminal: colours go, and so does everything else that could move its cursor."""
    text = _COLOUR.sub("", line[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip("\r"))
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in text)
