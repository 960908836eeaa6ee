"""Exit codes, the text of problems, and suggestions."""

import pytest

from ywstorm import errors
from ywstorm.errors import OptionsError, Problem, ScriptError, WorkerLost, YwstormError, suggestion


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [
        ("YwstormError", 1),
        ("OptionsError", 104),
        ("ScriptError", 107),
        ("SetupTimeout", 100),
        ("TeardownTimeout", 101),
        ("ThresholdsFailed", 99),
        ("RunInterrupted", 105),
        ("WorkerLost", 111),
        ("WireError", 1),
        ("BadFrame", 1),
        ("VersionMismatch", 1),
        ("InternalError", 1),
    ],
)
def test_every_error_of_a_run_has_its_exit_code(name: str, exit_code: int) -> None:
    error_class = getattr(errors, name)

    assert issubclass(error_class, YwstormError)
    assert error_class.exit_code == exit_code


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.py:3", "vus is 0"), "a.py:3: vus is 0"),
        (Problem("a.py:3", "vus is 0", "take 1"), "a.py:3: vus is 0 (take 1)"),
        (Problem("", "no scenario"), "no scenario"),
    ],
)
def test_a_problem_reads_as_place_message_and_hint(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_options_error_carries_and_shows_all_problems_in_order() -> None:
    problems = [Problem("b", "second letter"), Problem("a", "first letter")]

    error = OptionsError(iter(problems))

    assert error.problems == tuple(problems)
    assert str(error) == "b: second letter\na: first letter"


def test_hint_and_traceback_are_kept_apart_from_the_message() -> None:
    lost = WorkerLost("worker 1 (pid 77) was killed by SIGKILL", "was memory short?")
    raised = ScriptError("ZeroDivisionError: division by zero", traceback="File ...", hint="line 3")

    assert (lost.message, lost.hint) == ("worker 1 (pid 77) was killed by SIGKILL", "was memory short?")
    assert str(lost) == "worker 1 (pid 77) was killed by SIGKILL (was memory short?)"
    assert raised.traceback == "File ..."
    assert str(raised) == "ZeroDivisionError: division by zero (line 3)"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("http_req_durations", "did you mean 'http_req_duration'?"),
        ("HTTP_REQ_FAILED", "did you mean 'http_req_failed'?"),
        ("rampingvus", "did you mean 'RampingVUs'?"),
        ("zebra", ""),
        ("", ""),
    ],
)
def test_suggestion_names_the_nearest_known_word_or_nothing(word: str, hint: str) -> None:
    assert suggestion(word, ["http_req_duration", "http_req_failed", "RampingVUs"]) == hint


def test_suggestion_without_known_words_is_empty() -> None:
    assert suggestion("spike", []) == ""
