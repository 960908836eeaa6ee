"""
Import a script and say what it declared, or why it could not be imported.

The master and each worker load the same script by the same words, each once. A file becomes a module named after it,
with its folder first on ``sys.path``; a suite is a package of ywstorm. What goes wrong is told apart by whose mistake
it is: a wrong use of a name of ywstorm is a bad option (104, with a place and a suggestion), any other exception is the
script's own (107, with its traceback).
"""

import importlib.util
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ywstorm.config import Options
from ywstorm.errors import OptionsError, Problem, ScriptError, suggestion
from ywstorm.script.collector import Collector, collecting
from ywstorm.script.misuse import misuse
from ywstorm.script.model import Scenario, Script
from ywstorm.script.share import Share
from ywstorm.script.user_traceback import user_place, user_traceback

__all__ = ["Scenario", "Script", "load_script", "suites"]

_SUITES = Path(__file__).parent.parent / "suites"


def load_script(argument: str, env: Mapping[str, str], share: Share | None = None) -> Script:
    """
    Import a script or a suite.

    Args:
        argument: Path of a Python file, or the name of a suite.
        env: What ``-e`` gave; the script's ``env()`` looks there first.
        share: Which rows of unique feeders this process hands out; None for all.

    Returns:
        What was declared, with the problems of it; those are for the caller to raise.

    Raises:
        OptionsError: There is no such script, or it uses a name of ywstorm that does not exist, or wrongly.
        ScriptError: Its import raised anything else.
    """
    is_suite = argument in suites()
    path = _SUITES / argument / "__init__.py" if is_suite else _script_path(argument)
    with collecting(env, share or Share()) as collector:
        try:
            module = _import_suite(argument) if is_suite else _import_file(path)
        except (Exception, SystemExit) as error:
            raise _import_error(error, collector, path) from error
    return _script(argument, path, module, is_suite=is_suite, collector=collector)


def suites() -> list[str]:
    """List the names of the suites that come with ywstorm, sorted."""
    return sorted(init.parent.name for init in _SUITES.glob("*/__init__.py"))


def _script_path(argument: str) -> Path:
    """Find the file, or raise an OptionsError that says what there is instead."""
    path = Path(argument)
    if path.is_file() and path.suffix == ".py":
        return path.resolve()
    if path.is_dir():
        message = f"{argument!r} is a folder, and a script is one Python file"
    elif path.is_file():
        message = f"{argument!r} is not a Python file: its name does not end in .py"
    else:
        message = f"there is no script or suite {argument!r}"
    near = [*suites(), *(str(other) for other in path.parent.glob("*.py"))]
    hint = suggestion(argument, near) or f"suites: {', '.join(suites())}; a script's name ends in .py"
    raise OptionsError([Problem("", message, hint)])


def _import_file(path: Path) -> ModuleType:
    """Run a script as a module, under its own name unless that is taken by another module."""
    name = path.stem if _is_free(path.stem, path) else f"ywstorm_script_{path.stem}"
    if sys.path[:1] != [str(path.parent)]:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python has no loader for {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_free(name: str, path: Path) -> bool:
    """Say whether a script may be the module *name*: nothing else is, and the standard library will not want it."""
    holder = sys.modules.get(name)
    is_another = holder is not None and getattr(holder, "__file__", None) != str(path)
    return not is_another and name not in sys.stdlib_module_names


def _import_suite(name: str) -> ModuleType:
    """Import a suite afresh: modules that were imported before would not declare anything again."""
    package = f"ywstorm.suites.{name}"
    for loaded in [other for other in sys.modules if other == package or other.startswith(f"{package}.")]:
        del sys.modules[loaded]
    return import_module(package)


def _import_error(error: BaseException, collector: Collector, path: Path) -> OptionsError | ScriptError:
    """Decide whose mistake an exception out of the import is."""
    problem = misuse(error)
    if problem is not None:
        return OptionsError([*collector.problems, problem])
    if collector.problems:  # the exception is most likely their consequence
        return OptionsError(collector.problems)
    if isinstance(error, SystemExit):
        return ScriptError(f"{user_place(error) or path}: the script called exit while it was imported")
    hint = "install it beside ywstorm" if isinstance(error, ModuleNotFoundError) else ""
    return ScriptError(f"{type(error).__name__} while {path.name} was imported", user_traceback(error), hint)


def _script(argument: str, path: Path, module: ModuleType, *, is_suite: bool, collector: Collector) -> Script:
    """Put together what was collected."""
    problems = list(collector.problems)
    if not collector.scenarios and not problems:
        problems.append(
            Problem(argument, "no scenario is declared", "put @scenario(ConstantVUs(duration='10s')) over an async def")
        )
    return Script(
        argument=argument,
        path=path,
        module=module.__name__,
        is_suite=is_suite,
        options=collector.options or Options(),
        options_where=collector.options_where or argument,
        scenarios={scenario.name: scenario for scenario in collector.scenarios},
        setup=collector.setup,
        teardown=collector.teardown,
        metrics=tuple(collector.metrics),
        env_names=frozenset(collector.env_names),
        problems=tuple(problems),
    )
