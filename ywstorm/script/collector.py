"""
Where a script's declarations go while it is imported.

The loader opens a `Collector` around the import; decorators, ``options()``, metrics and ``env()`` write into it.
Without one, as when a test imports a script, declarations are accepted and forgotten. Inside a running loop there is
nothing to declare any more, and an attempt is a mistake that must not pass silently.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING

from ywstorm.config import Options
from ywstorm.errors import Problem
from ywstorm.script.model import Scenario, VUFunction
from ywstorm.script.share import Share

if TYPE_CHECKING:
    from ywstorm.metrics.registry import MetricDef

__all__ = [
    "Collector",
    "collecting",
    "current_collector",
    "folder_of_caller",
    "given_env",
    "open_collector",
    "place_of_caller",
    "shown",
]

_HERE = f"{Path(__file__).parent}/"


class Collector:
    """
    What one import has declared so far. Everything that is wrong is in `problems`, nothing raises.

    Args:
        share: Which rows of unique feeders this process hands out.
    """

    def __init__(self, share: Share) -> None:
        self.share = share
        self.options: Options | None = None
        self.options_where = ""
        self.setup: VUFunction | None = None
        self.teardown: VUFunction | None = None
        self.metrics: list[MetricDef] = []
        self.env_names: set[str] = set()
        self.problems: list[Problem] = []
        self._scenarios: dict[int, Scenario] = {}
        self._turns = 0

    @property
    def scenarios(self) -> list[Scenario]:
        """Declared scenarios in the order in which a reader meets them."""
        return [self._scenarios[turn] for turn in sorted(self._scenarios)]

    def take_turn(self) -> int:
        """
        Reserve a place in the order of declaration.

        Stacked decorators are evaluated from the top and applied from the bottom; readers go from the top.
        """
        self._turns += 1
        return self._turns

    def add_scenario(self, turn: int, scenario: Scenario) -> None:
        """Note a scenario; a name that is taken is a problem, and the first one keeps it."""
        earlier = next((other for other in self._scenarios.values() if other.name == scenario.name), None)
        if earlier is None:
            self._scenarios[turn] = scenario
            return
        self.problems.append(
            Problem(
                scenario.where,
                f"the scenario {scenario.name!r} is declared a second time, first at {earlier.where}",
                "give one of them another name: @scenario(…, name='…')",
            )
        )

    def add_options(self, options: Options, where: str) -> None:
        """Note the options; a second call is a problem."""
        if self.options is not None:
            self.problems.append(Problem(where, f"options() was called already, at {self.options_where}"))
            return
        self.options, self.options_where = options, where


_open: Collector | None = None
_given_env: Mapping[str, str] = MappingProxyType({})


@contextmanager
def collecting(env: Mapping[str, str], share: Share) -> Iterator[Collector]:
    """
    Open a collector for the time of an import.

    Args:
        env: What ``-e`` gave; `given_env` keeps it after the import too, because iterations may ask for variables.
        share: Which rows of unique feeders this process hands out.
    """
    global _open, _given_env  # noqa: PLW0603 (decorators have no argument through which they could be told)
    outer, _open = _open, Collector(share)
    _given_env = MappingProxyType(dict(env))
    try:
        yield _open
    finally:
        _open = outer


def current_collector() -> Collector | None:
    """Give the collector of the import that is going on, or None if there is none."""
    return _open


def open_collector(what: str) -> Collector | None:
    """
    Give the collector for a declaration, or None if no script is being imported.

    Args:
        what: The declaration, for the message.

    Raises:
        RuntimeError: The run has begun: an iteration tries to declare something.
    """
    if _open is None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return None
        raise RuntimeError(f"{what} must stand at module level: the run has begun and its plan is made")
    return _open


def given_env() -> Mapping[str, str]:
    """Give the variables of ``-e`` of the script that was loaded last."""
    return _given_env


def place_of_caller() -> str:
    """Give ``file:line`` of the nearest caller outside this package, the file relative to the working directory."""
    frame = _caller()
    return f"{shown(Path(frame.f_code.co_filename))}:{frame.f_lineno}"


def folder_of_caller() -> Path:
    """Give the folder of the file of the nearest caller outside this package."""
    return Path(_caller().f_code.co_filename).parent


def shown(path: Path) -> Path:
    """Make a path as short as people know it: relative to the working directory if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _caller() -> FrameType:
    frame = sys._getframe(1)  # noqa: SLF001 (inspect.stack() reads source files to say the same)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame
