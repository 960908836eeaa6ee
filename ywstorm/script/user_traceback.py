"""Tracebacks as the author of a script wants them: without the frames of ywstorm and of the import system."""

import traceback
from pathlib import Path

__all__ = ["is_ours", "user_place", "user_traceback"]

_PACKAGE = Path(__file__).parent.parent
_SUITES = f"{_PACKAGE / 'suites'}/"
_OURS = (f"{_PACKAGE}/", f"{_PACKAGE.parent / 'ywstorm_core'}/", "ywstorm_core/")  # compiled frames have relative names
_IMPORT_SYSTEM = "<frozen importlib"


def is_ours(filename: str) -> bool:
    """Say whether a frame of this file is ywstorm's own; suites are scripts, and theirs are not."""
    return filename.startswith(_OURS) and not filename.startswith(_SUITES)


def user_traceback(exception: BaseException) -> str:
    """Format *exception* and its causes without our frames; an exception all of whose frames are ours keeps them."""
    formatted = traceback.TracebackException.from_exception(exception)
    _cut(formatted, seen=set())
    return "".join(formatted.format())


def user_place(exception: BaseException) -> str:
    """Give ``file:line`` of the innermost frame that is the user's, or "" if none is."""
    frames = [f for f in traceback.extract_tb(exception.__traceback__) if not _is_hidden(f.filename)]
    return f"{_shown(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _cut(formatted: traceback.TracebackException, seen: set[int]) -> None:
    """Cut one exception, what caused it and what a group holds."""
    if id(formatted) in seen:
        return
    seen.add(id(formatted))
    theirs = [frame for frame in formatted.stack if not _is_hidden(frame.filename)]
    if theirs or hasattr(formatted, "text"):  # a SyntaxError has the line itself, and needs no frame to show it
        formatted.stack = traceback.StackSummary.from_list(theirs)
    for other in (formatted.__cause__, formatted.__context__, *(formatted.exceptions or ())):
        if other is not None:
            _cut(other, seen)


def _is_hidden(filename: str) -> bool:
    return is_ours(filename) or filename.startswith(_IMPORT_SYSTEM)


def _shown(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
