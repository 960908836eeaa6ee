"""
``env``: what can be set from outside, with ``-e NAME=VALUE`` or in the environment, as a value that a script can use.

A variable that is missing or cannot be read is noted with its place and does not raise while the script is imported, so
that a user sees all mistakes at once.
"""

import os
from collections.abc import Callable
from typing import TypeVar, overload

from ywstorm.errors import OptionsError, Problem
from ywstorm.script.collector import current_collector, given_env, place_of_caller

__all__ = ["env"]

T = TypeVar("T")

_WANTED: dict[object, str] = {int: "a whole number is needed", float: "a number is needed"}
_STAND_INS: dict[object, object] = {int: 1, float: 1.0}  # what most places take: one mistake shall not look like two


@overload
def env(name: str, default: str | None = None) -> str: ...
@overload
def env(name: str, default: str | T | None = None, *, read: Callable[[str], T]) -> T: ...
def env(name: str, default: object = None, *, read: Callable[[str], object] = str) -> object:
    """
    Look a variable up: first what ``-e NAME=VALUE`` gave, then the environment of the process, then *default*.

    Args:
        name: Of the variable.
        default: Its value when it is not set. Text is read as if it had been given; without *read* it must be text.
        read: Makes a value of the text: ``int``, ``float``, or a function that raises ValueError for what it refuses.

    Returns:
        What *read* made of it. While a script is imported, a variable that is missing or refused gives the default,
        or a value to go on with if there is none: the problem is noted, and the run does not begin.

    Raises:
        OptionsError: It is missing or refused, and no script is being imported.

    Example:
        USERS = env("USERS", 5, read=int)
    """
    text = given_env().get(name, os.environ.get(name))
    collector = current_collector()
    if collector is not None:
        collector.env_names.add(name)
    problem, value = _read(name, default if text is None else text, read)
    if problem is None:
        return value
    if collector is None:
        raise OptionsError([problem])
    collector.problems.append(problem)
    return _STAND_INS.get(read, "") if default is None or isinstance(default, str) else default


def _read(name: str, given: object, read: Callable[[str], object]) -> tuple[Problem | None, object]:
    """Say what is wrong with what was given, or what it means."""
    if given is None:
        return _problem(
            name, f"the variable {name} is not set", f"give it with -e {name}=… or in the environment"
        ), None
    if not isinstance(given, str):
        if read is not str:
            return None, given
        hint = f"write '{given}'" + (f", or add read={type(given).__name__}" if type(given) in _WANTED else "")
        return _problem(name, f"the default {given!r} is not text, as every variable is", hint), None
    try:
        return None, read(given)
    except ValueError as error:
        reason = _WANTED.get(read) or str(error) or f"{getattr(read, '__name__', 'its reader')} refuses it"
        return _problem(name, f"{name}={given}: {reason}"), None


def _problem(name: str, message: str, hint: str = "") -> Problem:
    return Problem(f"{place_of_caller()} env({name!r})", message, hint)
