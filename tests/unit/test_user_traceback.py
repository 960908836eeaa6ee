"""Tracebacks show the author of a script their own frames."""

import re
from pathlib import Path

import pytest

from ywstorm.script.misuse import misuse
from ywstorm.script.user_traceback import is_ours, user_place, user_traceback
from ywstorm.units import parse_duration


def caught_by_user_code() -> ValueError:
    """An exception that our code raised and a file of the user's called for."""
    with pytest.raises(ValueError, match="not a duration") as caught:
        parse_duration("soon")
    return caught.value


def test_our_frames_are_left_out() -> None:
    shown = user_traceback(caught_by_user_code())

    assert re.findall(r'File ".*/(\w+\.py)"', shown) == ["test_user_traceback.py"]
    assert shown.endswith("write '1m30s', '500ms' or a number of seconds\n")


def test_causes_are_cut_too() -> None:
    error = RuntimeError("outer")
    error.__cause__ = caught_by_user_code()

    assert "units.py" not in user_traceback(error)
    assert "not a duration" in user_traceback(error)


def test_an_exception_that_is_all_ours_keeps_its_frames() -> None:
    error = caught_by_user_code()
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next

    assert "units.py" in user_traceback(error)
    assert user_place(error) == ""


def test_the_place_is_the_innermost_frame_of_the_user() -> None:
    assert re.fullmatch(r".*test_user_traceback\.py:\d+", user_place(caught_by_user_code()))


def test_suites_are_scripts_and_compiled_frames_are_ours() -> None:
    package = Path(__file__).parents[2] / "ywstorm"

    assert is_ours(str(package / "plan" / "ramp.py"))
    assert is_ours("ywstorm_core/loop/metric.pyx")
    assert not is_ours(str(package / "suites" / "ywmessaging" / "users.py"))
    assert not is_ours("/home/me/ywstorm_scripts/spike.py")


def test_a_guess_of_python_itself_is_not_told_twice() -> None:
    error = TypeError("RampingVUs.__init__() got an unexpected keyword argument 'stags'. Did you mean 'stages'?")

    assert str(misuse(error)) == "RampingVUs() got an unexpected keyword argument 'stags' (did you mean 'stages'?)"
