"""Scripts from text, loaded as the command would load them, and nothing left behind in this process."""

import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from ywstorm.errors import OptionsError
from ywstorm.script.capacity import Capacity
from ywstorm.script.flags import Flags
from ywstorm.script.loader import load_script
from ywstorm.script.model import Script
from ywstorm.script.run_plan import RunPlan, resolve

__all__ = ["load", "loading_problems", "plan", "planning_problems"]

CAPACITY = Capacity(cores=4, descriptors=4096)
IMPORTS = """
from ywstorm import (
    ConstantVUs, Counter, PerVUIterations, RampingVUs, Rate, SharedIterations, Stage, Trend, VU,
    env, options, scenario, setup, teardown,
)
"""


def load(folder: Path, text: str, env: Mapping[str, str] | None = None, name: str = "the_script.py") -> Script:
    """Load *text* as a script; the public names stand in its first lines already, its own begin in line 6."""
    path = folder / name
    path.write_text(f"{IMPORTS}{dedent(text)}")
    search_path, modules = list(sys.path), set(sys.modules)
    try:
        return load_script(str(path), env or {})
    finally:
        sys.path[:] = search_path
        for module in sys.modules.keys() - modules:
            if not module.startswith("ywstorm"):
                del sys.modules[module]


def loading_problems(folder: Path, text: str, env: Mapping[str, str] | None = None) -> list[str]:
    """Problems of a script, whether they were collected or ended its import; the file is named without its folder."""
    try:
        problems = load(folder, text, env).problems
    except OptionsError as error:
        problems = tuple(error.problems)
    return [str(problem).replace(f"{folder}/", "") for problem in problems]


def plan(folder: Path, text: str, **flags: object) -> RunPlan:
    """Load a script and apply flags, on a machine with four cores."""
    given = Flags(**flags)  # type: ignore[arg-type]  # each test gives what it is about
    return resolve(load(folder, text, given.variables()), given, CAPACITY)


def planning_problems(folder: Path, text: str, **flags: object) -> list[str]:
    """Problems that `plan` finds; none if it succeeds."""
    try:
        plan(folder, text, **flags)
    except OptionsError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []
