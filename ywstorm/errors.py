"""
The errors of a run as a whole, each with the exit code that it ends the process with.

What a single request can suffer is not here: that is a number in ``ywstorm_core.errors`` and never ends a run.
Neither are ``vu.abort`` and ``vu.fail``: they are flow control of a script and live with the driver.
Whatever is validated returns a list of `Problem`, so that a user sees all mistakes at once.
"""

# ruff: noqa: N818 (the names are our glossary's: they say what happened)
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

__all__ = [
    "BadFrame",
    "InternalError",
    "OptionsError",
    "Problem",
    "RunInterrupted",
    "ScriptError",
    "SetupTimeout",
    "TeardownTimeout",
    "ThresholdsFailed",
    "VersionMismatch",
    "WireError",
    "WorkerLost",
    "YwstormError",
    "suggestion",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong with what the user asked for.

    Args:
        where: The place as the user knows it: ``"spike.py:12 scenario 'spike'"``, ``"--threshold"``; may be empty.
        message: What is wrong, with the value that was given.
        hint: What to do about it; empty when the message says it all.
    """

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}" + (f" ({self.hint})" if self.hint else "")


class YwstormError(Exception):
    """
    Root of all errors that end a run.

    Args:
        message: What happened, where, and with which value.
        hint: What to do about it, or empty.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class OptionsError(YwstormError):
    """Something was wrong before the start: no load was sent. Carries every problem that was found, in order."""

    exit_code = 104

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ScriptError(YwstormError):
    """
    The user's code raised, in its import, in setup or in teardown.

    Args:
        message: Kind and text of the exception.
        traceback: The user's frames as text, without ours; empty when there are none.
        hint: What to do about it, or empty.
    """

    exit_code = 107

    def __init__(self, message: str, traceback: str = "", hint: str = "") -> None:
        super().__init__(message, hint)
        self.traceback = traceback


class SetupTimeout(YwstormError):
    """``setup()`` took longer than ``setup_timeout``."""

    exit_code = 100


class TeardownTimeout(YwstormError):
    """``teardown()`` took longer than ``teardown_timeout``."""

    exit_code = 101


class ThresholdsFailed(YwstormError):
    """The run went well and the service did not keep a promise."""

    exit_code = 99


class RunInterrupted(YwstormError):
    """A signal ended the run before its time."""

    exit_code = 105


class WorkerLost(YwstormError):
    """A worker process died; the message names its pid and its exit status or signal."""

    exit_code = 111


class WireError(YwstormError):
    """Master and worker do not understand each other."""


class BadFrame(WireError):
    """Bytes that are not a frame: too long, not msgpack, of unknown type or with wrong fields."""


class VersionMismatch(WireError):
    """The other side speaks another version of the protocol, so the installation is mixed."""


class InternalError(YwstormError):
    """A bug in ywstorm, never a mistake of its user."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """
    Guess what the user meant, as a hint for a `Problem`.

    Args:
        word: What was written.
        known: What could have been written.

    Returns:
        ``did you mean 'peak'?`` for the known word nearest to *word* (case does not matter), or "" if none is near.
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    nearest = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[nearest[0]]!r}?" if nearest else ""
