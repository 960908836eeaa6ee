"""Whose mistake it is when a script cannot be imported, and what its author is told."""

import sys
from pathlib import Path

import pytest

from tests.reference.scripts import load, loading_problems
from ywstorm.errors import OptionsError, ScriptError
from ywstorm.script.loader import load_script, suites

SCENARIO = "@scenario(ConstantVUs(duration=1))\nasync def good(vu): ...\n"

MISUSES = {
    "a misspelt name in an import": (
        "from ywstorm import RampingVU",
        "the_script.py:6: ywstorm has no 'RampingVU' (did you mean 'RampingVUs'?)",
    ),
    "a name that resembles nothing": (
        "from ywstorm import xyzzy",
        "the_script.py:6: ywstorm has no 'xyzzy' (ywstorm has VU, CSVFeeder, ConstantArrivalRate, ",
    ),
    "a misspelt attribute of the module": (
        "import ywstorm; ywstorm.Cunter",
        "the_script.py:6: ywstorm has no 'Cunter' (did you mean 'Counter'?)",
    ),
    "a misspelt attribute of a value": (
        "RampingVUs().stags",
        "the_script.py:6: RampingVUs has no 'stags' (did you mean 'stages'?)",
    ),
    "a module that does not exist": (
        "import ywstorm.http",
        "the_script.py:6: there is no module 'ywstorm.http' (import what you need from ywstorm itself)",
    ),
    "a misspelt keyword of an executor": (
        "RampingVUs(stags=[])",
        "the_script.py:6: RampingVUs() got an unexpected keyword argument 'stags' (did you mean 'stages'?)",
    ),
    "a keyword that resembles nothing": (
        "Stage('5s', 5, xyzzy=1)",
        "the_script.py:6: Stage() got an unexpected keyword argument 'xyzzy' (it takes duration, target, name)",
    ),
    "a missing argument": (
        "Stage('5s')",
        "the_script.py:6: Stage() missing 1 required positional argument: 'target'",
    ),
    "setup with brackets": (
        "@setup()\nasync def a(vu): ...",
        "the_script.py:6: setup() missing 1 required positional argument: 'function'",
    ),
    "a name for a metric that is a number": (
        "Counter(5)",
        "the_script.py:6: Argument 'name' has incorrect type (expected str, got int)",
    ),
}


@pytest.mark.parametrize(("text", "problem"), MISUSES.values(), ids=MISUSES.keys())
def test_a_wrong_use_of_ywstorm_is_a_problem_with_a_suggestion(tmp_path: Path, text: str, problem: str) -> None:
    found = loading_problems(tmp_path, text)

    assert len(found) == 1
    assert found[0].startswith(problem)


OWN_ERRORS = {
    "an exception": ("1 / 0", "ZeroDivisionError while the_script.py was imported", "division by zero"),
    "a syntax error": ("def f(:", "SyntaxError while the_script.py was imported", "def f(:"),
    "a missing library": (
        "import surely_not_installed",
        "ModuleNotFoundError while the_script.py was imported (install it beside ywstorm)",
        "No module named 'surely_not_installed'",
    ),
    "a type error of its own": ("None + 1", "TypeError while the_script.py was imported", "unsupported operand"),
    "an attribute error of its own": ("''.foo", "AttributeError while the_script.py was imported", "'foo'"),
}


@pytest.mark.parametrize(("text", "message", "shown"), OWN_ERRORS.values(), ids=OWN_ERRORS.keys())
def test_any_other_exception_is_the_scripts_own(tmp_path: Path, text: str, message: str, shown: str) -> None:
    with pytest.raises(ScriptError) as caught:
        load(tmp_path, text)

    assert str(caught.value) == message
    assert shown in caught.value.traceback
    assert "the_script.py" in caught.value.traceback
    assert "ywstorm/script" not in caught.value.traceback
    assert "importlib" not in caught.value.traceback


def test_a_script_that_exits_is_told_where(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"the_script\.py:6: the script called exit while it was imported"):
        load(tmp_path, "raise SystemExit(3)")


def test_an_exception_after_a_mistake_is_taken_for_its_consequence(tmp_path: Path) -> None:
    found = loading_problems(tmp_path, "int(env('SURELY_NOT_SET'))")

    assert [problem.split(": ")[0] for problem in found] == ["the_script.py:6 env('SURELY_NOT_SET')"]


def test_the_folder_of_the_script_comes_first_in_the_search_path(tmp_path: Path) -> None:
    (tmp_path / "its_helper.py").write_text("NAME = 'from-helper'")

    script = load(tmp_path, f"from its_helper import NAME\n{SCENARIO.replace('=1)', '=1), name=NAME', 1)}")

    assert list(script.scenarios) == ["from-helper"]


def test_a_script_is_a_module_of_its_own_name(tmp_path: Path) -> None:
    script = load(tmp_path, SCENARIO, name="spike.py")

    assert (script.module, script.path, script.is_suite) == ("spike", tmp_path / "spike.py", False)


@pytest.mark.parametrize("name", ["json.py", "pytest.py"], ids=["of the standard library", "already loaded"])
def test_a_script_does_not_take_the_name_of_another_module(tmp_path: Path, name: str) -> None:
    before = sys.modules.get(name.removesuffix(".py"))

    script = load(tmp_path, SCENARIO, name=name)

    assert script.module == f"ywstorm_script_{name.removesuffix('.py')}"
    assert sys.modules.get(name.removesuffix(".py")) is before


def test_a_script_can_be_loaded_twice(tmp_path: Path) -> None:
    first, second = load(tmp_path, SCENARIO), load(tmp_path, SCENARIO)

    assert list(first.scenarios) == list(second.scenarios) == ["good"]


def test_a_suite_is_loaded_by_its_name_as_often_as_one_likes() -> None:
    first, second = load_script("ywmessaging", {}), load_script("ywmessaging", {})

    assert first.is_suite
    assert list(first.scenarios) == list(second.scenarios)
    assert {"smoke", "load", "spike"} <= set(first.scenarios)
    assert second.problems == ()
    assert "ywmessaging" in suites()


MISSING = {
    "a misspelt suite": ("ywmesaging", "there is no script or suite 'ywmesaging' (did you mean 'ywmessaging'?)"),
    "a file that is not there": ("nowhere/x.py", "there is no script or suite 'nowhere/x.py' (suites: "),
}


@pytest.mark.parametrize(("argument", "problem"), MISSING.values(), ids=MISSING.keys())
def test_what_does_not_exist_is_a_problem_with_a_suggestion(argument: str, problem: str) -> None:
    with pytest.raises(OptionsError) as caught:
        load_script(argument, {})

    assert str(caught.value).startswith(problem)


def test_a_misspelt_file_is_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / "spike.py").write_text("")

    with pytest.raises(OptionsError, match=r"did you mean '.*/spike\.py'\?"):
        load_script(f"{tmp_path}/spyke.py", {})


def test_a_folder_is_not_a_script(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="is a folder, and a script is one Python file"):
        load_script(str(tmp_path), {})


def test_a_file_of_another_kind_is_not_a_script(tmp_path: Path) -> None:
    (tmp_path / "spike.js").write_text("")

    with pytest.raises(OptionsError, match=r"its name does not end in \.py"):
        load_script(f"{tmp_path}/spike.js", {})
