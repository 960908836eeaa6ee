"""The facade: quick to import, complete, and honest about what it does not have."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ywstorm

HEAVY = ("asyncio", "aiohttp", "click", "uvloop", "ywstorm_core", "ywstorm.script", "ywstorm.plan", "ywstorm.metrics")


def test_every_public_name_can_be_fetched() -> None:
    assert [name for name in ywstorm.__all__ if not hasattr(ywstorm, name)] == []


def test_public_names_are_listed_before_they_are_fetched() -> None:
    assert set(ywstorm.__all__) <= set(dir(ywstorm))


def test_a_name_is_fetched_once() -> None:
    assert ywstorm.Stage is ywstorm.Stage


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ywstorm' has no attribute 'RampingVU'"):
        _ = ywstorm.RampingVU  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert project["version"] == ywstorm.__version__


@pytest.mark.parametrize("module", ["ywstorm", "ywstorm.cli"])
def test_importing_loads_nothing_of_weight(module: str) -> None:
    heavy = [name for name in HEAVY if not (module == "ywstorm.cli" and name == "click")]
    code = f"import {module}, sys; print([name for name in {heavy!r} if name in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"
