from collections.abc import Callable
from typing import Any

__all__ = ["Alarm", "DeadlineHeap", "HeapProbe", "Timed"]

class Timed:
    """Something that has a deadline; only compiled subclasses do."""

class Alarm(Timed):
    """
    Calls a Python function, once, with the instant at which it is called.

    Args:
        function: Takes CLOCK_MONOTONIC nanoseconds, never less than the deadline.
    """

    def __init__(self, function: Callable[[int], Any]) -> None: ...
    @property
    def function(self) -> Callable[[int], Any]: ...

class DeadlineHeap:
    """The deadlines of one engine, earliest first. Its length counts entries that nobody wants any more, too."""

    def __len__(self) -> int: ...

class HeapProbe:
    """A heap of its own, open to Python: what the tests hold against a sorted list."""

    def schedule(self, alarm: Alarm, deadline_ns: int) -> None:
        """Set the alarm's deadline; a second call replaces the first."""
    def remove(self, alarm: Alarm) -> None:
        """Forget the deadline; nothing happens if there is none."""
    def pop_due(self, now: int) -> Alarm | None:
        """Take out an alarm whose deadline is *now* or before, the earliest one; None when there is none."""
    def __len__(self) -> int: ...
