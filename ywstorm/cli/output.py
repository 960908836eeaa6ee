"""
How a command ends when it does not end well: what is printed on stderr, and the exit code.

A user's mistake is told in sentences with its place and what to do, never with a traceback; a mistake in the user's
code with a traceback of that code; a mistake of ours with the whole one.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec

import click

from ywstorm.errors import InternalError, OptionsError, Problem, RunInterrupted, ScriptError, YwstormError

__all__ = ["OutputError", "ends_well", "print_data", "problem_lines", "say", "warn"]

P = ParamSpec("P")

_INTERNAL = "internal error: this is a bug in ywstorm, and the traceback above is worth a report"


class OutputError(YwstormError):
    """What a command was to write could not be written."""

    exit_code = 112


def ends_well(command: Callable[P, int]) -> Callable[P, None]:
    """Make a function that returns an exit code a command: it exits with that code, or with that of its exception."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            exit_code = command(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise  # click knows what to do
        except (Exception, KeyboardInterrupt) as error:  # the outermost frame: nobody else is left to tell
            exit_code = _explain(error)
        sys.exit(exit_code)

    return wrapped


def print_data(text: str, *, color: bool = False) -> None:
    """
    Print *text*, which ends with its own line end, on stdout, all of it.

    Raises:
        OutputError: The disk is full, or whoever read stdout has gone.
    """
    try:
        click.echo(text, nl=False, color=color)
        sys.stdout.flush()
    except OSError as error:
        _forget_stdout()
        raise OutputError(f"stdout: {error.strerror or error}", "the output is not complete") from error


def _forget_stdout() -> None:
    """Send what stdout still buffers into nothing: Python would try again to write it when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str) -> None:
    """Print a line for people on stderr; stdout is for data."""
    with contextlib.suppress(OSError):  # nobody is left to tell, and a run must not lose its results over that
        click.echo(text, err=True)


def warn(text: str) -> None:
    """Print a warning on stderr."""
    say(f"warning: {text}")


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Render problems: one or two lines each."""
    lines = []
    for problem in problems:
        lines.append(f"  {problem.where}: {problem.message}" if problem.where else f"  {problem.message}")
        if problem.hint:
            lines.append(f"      {problem.hint}")
    return lines


def _explain(error: BaseException) -> int:
    """Print what *error* means for the user, and give the exit code."""
    match error:
        case OptionsError():
            n = len(error.problems)
            say("\n".join([f"error: {n} problems" if n > 1 else "error:", *problem_lines(error.problems)]))
        case ScriptError():
            say(f"{error.traceback}error: {error}")
        case InternalError():
            traceback.print_exception(error)
            say(_INTERNAL)
        case YwstormError():
            say(f"error: {error}")
        case KeyboardInterrupt():
            say("interrupted")
            return RunInterrupted.exit_code
        case _:
            traceback.print_exception(error)
            say(_INTERNAL)
    return error.exit_code if isinstance(error, YwstormError) else InternalError.exit_code
