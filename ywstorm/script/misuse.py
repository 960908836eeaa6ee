"""
Wrong uses of ywstorm that Python itself reports while a script is imported, as problems with a place and a suggestion.

    from ywstorm import RampingVU        ImportError
    ywstorm.RampingVU                    AttributeError
    RampingVUs(stage=[…])                TypeError

Anything else that an import raises is the script's own affair.
"""

import inspect
import re
import sys
import traceback

from ywstorm.errors import Problem, suggestion
from ywstorm.script.user_traceback import is_ours, user_place

__all__ = ["misuse"]

_FACADE = sys.modules["ywstorm"]  # what scripts import; the house itself never does
_PUBLIC: list[str] = _FACADE.__all__
_CANNOT_IMPORT = re.compile(r"cannot import name '(\w+)' from '(ywstorm[\w.]*)'")
_CALL = re.compile(r"(\w+)(?:\.__init__)?\(\) (.+?)(?:\. Did you mean .*)?", re.DOTALL)  # Python 3.13 guesses too
_UNEXPECTED_KEYWORD = re.compile(r"got an unexpected keyword argument '(\w+)'")


def misuse(error: BaseException) -> Problem | None:
    """Say what is wrong about the use of ywstorm, or None if *error* is about something else."""
    where = user_place(error)
    if isinstance(error, ImportError):
        return _bad_import(error, where)
    if isinstance(error, AttributeError):
        return _bad_attribute(error, where)
    if isinstance(error, TypeError):
        return _bad_call(error, where)
    return None


def _bad_import(error: ImportError, where: str) -> Problem | None:
    cannot = _CANNOT_IMPORT.match(str(error))
    if cannot:
        name, module = cannot.groups()
        return Problem(where, f"{module} has no {name!r}", _nearest(name))
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("ywstorm."):
        return Problem(where, f"there is no module {error.name!r}", "import what you need from ywstorm itself")
    return None


def _bad_attribute(error: AttributeError, where: str) -> Problem | None:
    name, owner = error.name or "", error.obj
    if owner is _FACADE:
        return Problem(where, f"ywstorm has no {name!r}", _nearest(name))
    cls = owner if isinstance(owner, type) else type(owner)
    if not cls.__module__.startswith(("ywstorm.", "ywstorm_core.")):
        return None
    public = [other for other in dir(owner) if not other.startswith("_")]
    return Problem(where, f"{cls.__name__} has no {name!r}", suggestion(name, public))


def _bad_call(error: TypeError, where: str) -> Problem | None:
    call = _CALL.fullmatch(str(error))
    name = call[1] if call else ""
    if call and name in _PUBLIC:
        return Problem(where, f"{name}() {call[2]}", _right_call(name, call[2]))
    innermost = traceback.extract_tb(error.__traceback__)[-1].filename
    return Problem(where, str(error)) if is_ours(innermost) else None


def _nearest(name: str) -> str:
    """Suggest a public name of ywstorm, or list them."""
    return suggestion(name, _PUBLIC) or f"ywstorm has {', '.join(_PUBLIC)}"


def _right_call(function: str, message: str) -> str:
    """Suggest a parameter for a keyword that a public callable does not have; else, show how it is called."""
    signature = inspect.signature(getattr(_FACADE, function)).parameters
    parameters = [name for name, each in signature.items() if each.kind is not each.VAR_KEYWORD]
    keyword = _UNEXPECTED_KEYWORD.search(message)
    if keyword is None:
        return f"write {function}({', '.join(f'{name}=…' for name in parameters)})" if parameters else ""
    return suggestion(keyword[1], parameters) or f"it takes {', '.join(parameters)}"
