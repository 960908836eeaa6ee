"""Colours and bars: who decides, and who wins."""

import pytest

from ywstorm.cli.terminal import has_bars, has_color

ON_A_TERMINAL: dict[str, tuple[dict[str, str], bool]] = {
    "colours by default": ({"TERM": "xterm"}, True),
    "NO_COLOR takes them": ({"NO_COLOR": "1"}, False),
    "NO_COLOR takes them whatever its value": ({"NO_COLOR": "0"}, False),
    "an empty NO_COLOR is none": ({"NO_COLOR": ""}, True),
    "a dumb terminal has none": ({"TERM": "dumb"}, False),
    "an unknown terminal has none": ({"TERM": "unknown"}, False),
    "FORCE_COLOR brings them to a dumb one": ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    "NO_COLOR wins over FORCE_COLOR": ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
}


@pytest.mark.parametrize(("environ", "expected"), ON_A_TERMINAL.values(), ids=ON_A_TERMINAL)
def test_colours_of_a_terminal(environ: dict[str, str], expected: bool) -> None:
    assert has_color(environ, is_terminal=True) is expected


IN_A_PIPE: dict[str, tuple[dict[str, str], bool]] = {
    "none by default": ({"TERM": "xterm"}, False),
    "FORCE_COLOR brings them": ({"FORCE_COLOR": "1"}, True),
    "an empty FORCE_COLOR is none": ({"FORCE_COLOR": ""}, False),
    "NO_COLOR wins": ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
}


@pytest.mark.parametrize(("environ", "expected"), IN_A_PIPE.values(), ids=IN_A_PIPE)
def test_colours_of_a_pipe(environ: dict[str, str], expected: bool) -> None:
    assert has_color(environ, is_terminal=False) is expected


@pytest.mark.parametrize("environ", [{"TERM": "xterm"}, {"FORCE_COLOR": "1"}])
def test_the_flag_wins_over_everything(environ: dict[str, str]) -> None:
    assert has_color(environ, is_terminal=True, no_color=True) is False


BARS: dict[str, tuple[dict[str, str], bool, bool]] = {
    "on a terminal": ({"TERM": "xterm"}, True, True),
    "without colours too": ({"TERM": "xterm", "NO_COLOR": "1"}, True, True),
    "not on a dumb one": ({"TERM": "dumb"}, True, False),
    "not in a pipe": ({"TERM": "xterm"}, False, False),
    "not in a pipe, colours forced or not": ({"FORCE_COLOR": "1"}, False, False),
}


@pytest.mark.parametrize(("environ", "is_terminal", "expected"), BARS.values(), ids=BARS)
def test_bars(environ: dict[str, str], is_terminal: bool, expected: bool) -> None:
    assert has_bars(environ, is_terminal=is_terminal) is expected
