"""
What a shell may complete: scripts, suites, and the scenarios of a script.

A script's scenarios are read from its text, never by running it: pressing Tab must not do what the script does.
"""

import ast
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ywstorm.script.loader import suites

__all__ = ["ScenarioName", "ScriptName", "scenario_names"]

_SUITES = Path(__file__).parent.parent / "suites"


class ScriptName(click.types.StringParamType):
    """A suite, a Python file, or a folder on the way to one."""

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's signature)
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        folder, _, start = incomplete.rpartition("/")
        found = [CompletionItem(name) for name in suites() if not folder and name.startswith(start)]
        prefix = incomplete.removesuffix(start)
        for path in _entries(Path(prefix or ".")):
            if path.name.startswith(start) and (start or not path.name.startswith(".")):
                if path.is_dir():
                    found.append(CompletionItem(f"{prefix}{path.name}/"))
                elif path.suffix == ".py":
                    found.append(CompletionItem(f"{prefix}{path.name}"))
        return found


class ScenarioName(click.types.StringParamType):
    """A scenario of the script that stands on the same line."""

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 (click's signature)
        incomplete: str,
    ) -> list[CompletionItem]:
        # click stops at the option whose value is being typed, and leaves the arguments before it unassigned.
        script = ctx.params.get("script") or next(iter(ctx.args), None)
        names = scenario_names(script) if script else []
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def scenario_names(script: str) -> list[str]:
    """
    Find the scenarios of a script or a suite in its text.

    Returns:
        Names in the order of the text; none of a file that is missing or does not parse, and none of scenarios that
        the script declares in another way than ``@scenario(…)`` or with a name that is computed.
    """
    files = sorted((_SUITES / script).glob("*.py")) if script in suites() else [Path(script)]
    names: list[str] = []
    for file in files:
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            continue  # somebody is typing: this is no time for complaints
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
        functions.sort(key=lambda function: function.lineno)
        names += [name for function in functions for each in function.decorator_list if (name := _name(each, function))]
    return names


def _name(decorator: ast.expr, function: ast.AsyncFunctionDef) -> str | None:
    """Name of the scenario that a decorator declares; None if it is no ``@scenario(…)``, or its name is computed."""
    match decorator:
        case ast.Call(func=ast.Name(id="scenario") | ast.Attribute(attr="scenario"), keywords=keywords):
            given = next((keyword.value for keyword in keywords if keyword.arg == "name"), None)
            if given is None:
                return function.name
            return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
