"""What a command prints and returns when it does not end well."""

import pytest

from ywstorm.cli.output import ends_well, problem_lines
from ywstorm.errors import InternalError, OptionsError, Problem, ScriptError, WorkerLost

ENDS: dict[str, tuple[BaseException, int, str]] = {
    "one problem": (OptionsError([Problem("s.py:3", "no", "do")]), 104, "error:\n  s.py:3: no\n      do\n"),
    "two problems": (OptionsError([Problem("", "a"), Problem("--x", "b")]), 104, "error: 2 problems\n  a\n  --x: b\n"),
    "an exception of the script": (
        ScriptError("KeyError while s.py was imported", "Traceback …\n"),
        107,
        "Traceback …\nerror: KeyError while s.py was imported\n",
    ),
    "a lost worker": (WorkerLost("worker 1 died", "look above"), 111, "error: worker 1 died (look above)\n"),
    "Ctrl-C before the run": (KeyboardInterrupt(), 105, "interrupted\n"),
}


def run(error: BaseException) -> int:
    """Let a command end with *error*; give the exit code."""

    @ends_well
    def command() -> int:
        raise error

    with pytest.raises(SystemExit) as caught:
        command()
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.parametrize(("error", "code", "printed"), ENDS.values(), ids=ENDS.keys())
def test_an_error_becomes_a_message_on_stderr_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, printed: str
) -> None:
    assert run(error) == code

    captured = capsys.readouterr()
    assert captured.err == printed
    assert captured.out == ""


@pytest.mark.parametrize("error", [InternalError("oh"), ZeroDivisionError("oh")], ids=["ours by name", "ours anyway"])
def test_a_bug_of_ours_shows_its_whole_traceback(capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    assert run(error) == 1

    printed = capsys.readouterr().err
    assert printed.startswith("Traceback (most recent call last)")
    assert "raise error" in printed
    assert printed.endswith("internal error: this is a bug in ywstorm, and the traceback above is worth a report\n")


def test_a_command_that_ends_well_gives_its_own_exit_code() -> None:
    @ends_well
    def command() -> int:
        return 99

    with pytest.raises(SystemExit) as caught:
        command()

    assert caught.value.code == 99


def test_hints_stand_below_their_problem() -> None:
    assert problem_lines([Problem("a", "b", "c"), Problem("", "d")]) == ["  a: b", "      c", "  d"]
