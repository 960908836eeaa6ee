"""``env`` with ``read``: the text of a variable as a value, and what is refused as a problem with its place."""

from pathlib import Path
from typing import assert_type

import pytest

from tests.reference.scripts import load, loading_problems
from ywstorm import env
from ywstorm.errors import OptionsError

SCENARIO = "@scenario(ConstantVUs(duration=1))\nasync def a(vu): ..."
READERS = """
def even(text):
    if int(text) % 2:
        raise ValueError("an even number is needed")
    return int(text)

def silent(text):
    raise ValueError
"""


def test_a_type_checker_knows_what_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YW_N", "7")
    monkeypatch.delenv("YW_UNSET", raising=False)

    assert assert_type(env("YW_N"), str) == "7"
    assert assert_type(env("YW_N", read=int), int) == 7
    assert assert_type(env("YW_UNSET", 5, read=int), int) == 5
    assert assert_type(env("YW_UNSET", "0.5", read=float), float) == 0.5
    assert assert_type(env("YW_UNSET", "a,b", read=lambda text: text.split(",")), list[str]) == ["a", "b"]
    assert assert_type(env("YW_UNSET", Path(), read=Path), Path) == Path()


BAD = {
    "no whole number": ("env('YW_V', read=int)", "'YW_V'): YW_V=five: a whole number is needed"),
    "no number": ("env('YW_V', 1.5, read=float)", "'YW_V'): YW_V=five: a number is needed"),
    "refused in words": ("env('YW_N', read=even)", "'YW_N'): YW_N=7: an even number is needed"),
    "refused without words": ("env('YW_N', read=silent)", "'YW_N'): YW_N=7: silent refuses it"),
    "a bad default": (
        "env('YW_UNSET', 'many', read=int)",
        "'YW_UNSET'): YW_UNSET=many: a whole number is needed",
    ),
    "missing": (
        "env('YW_UNSET', read=int)",
        "'YW_UNSET'): the variable YW_UNSET is not set (give it with -e YW_UNSET=… or in the environment)",
    ),
    "a default that is a number, and no reader": (
        "env('YW_UNSET', 1.5)",
        "'YW_UNSET'): the default 1.5 is not text, as every variable is (write '1.5', or add read=float)",
    ),
    "a default that is a list, and no reader": (
        "env('YW_UNSET', [])",
        "'YW_UNSET'): the default [] is not text, as every variable is (write '[]')",
    ),
}


@pytest.mark.parametrize(("text", "problem"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_one_problem_with_its_place(
    tmp_path: Path, text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YW_V", "five")
    monkeypatch.setenv("YW_N", "7")

    [found] = loading_problems(tmp_path, f"{READERS}\nvalue = {text}\n{SCENARIO}")

    place, _, rest = found.partition(" env(")
    assert place.startswith("the_script.py:")
    assert rest == problem


def test_all_of_them_are_found_at_once_and_none_makes_a_second_one(tmp_path: Path) -> None:
    text = (
        "vus = env('YW_VUS', read=int)\n"
        "@scenario(ConstantVUs(vus=vus, duration=env('YW_SECONDS', 5, read=float)))\n"
        "async def a(vu): ..."
    )

    script = load(tmp_path, text, env={"YW_VUS": "few", "YW_SECONDS": "long"})

    assert [str(problem).partition("): ")[2] for problem in script.problems] == [
        "YW_VUS=few: a whole number is needed",
        "YW_SECONDS=long: a number is needed",
    ]


def test_any_other_exception_of_a_reader_is_the_script_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YW_V", "x")

    with pytest.raises(KeyError):
        env("YW_V", read={"a": 1}.__getitem__)


def test_outside_an_import_what_cannot_be_read_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YW_V", "five")

    with pytest.raises(OptionsError, match="YW_V=five: a whole number is needed"):
        env("YW_V", read=int)
