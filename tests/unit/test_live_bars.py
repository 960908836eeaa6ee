"""Progress on a terminal: what is drawn, and what happens to a terminal that takes no more."""

import io
import re
import threading
from dataclasses import replace

import pytest
from rich.console import Console

from ywstorm.live.bars import ProgressBars, picture
from ywstorm.metrics.snapshot import RunPhase, ScenarioSnapshot, Snapshot

SECOND_NS = 1_000_000_000
SPIKE = ScenarioSnapshot(
    name="spike", duration_ns=25 * SECOND_NS, vus=50, vus_max=50, iterations=1234, iterations_per_s=98
)
RUNNING = Snapshot(
    phase=RunPhase.RUNNING,
    elapsed_ns=10 * SECOND_NS,
    planned_ns=25 * SECOND_NS,
    vus=50,
    vus_max=50,
    iterations=1234,
    iterations_per_s=98,
    requests=3456,
    requests_per_s=420,
    latency_p95_ns=35_000_000,
    scenarios=(SPIKE,),
)


def drawn(snapshot: Snapshot, width: int = 120) -> list[str]:
    """Lines of a drawing without colours; a bar's whole and half cells are ━ and ╸."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=True)
    console.print(picture(snapshot))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def bar_share(line: str, width: int = 120) -> float:
    """How much of its bar a line shows, by the bar of a scenario that is over."""
    [whole, _] = drawn(replace(RUNNING, elapsed_ns=99 * SECOND_NS), width)
    return line.count("━") / whole.count("━")


def test_a_scenario_is_a_bar_up_to_its_planned_end_and_the_run_is_a_line() -> None:
    first, second = drawn(RUNNING)

    assert re.fullmatch(r"spike  ━+╸? +10\.0s/25\.0s  50/50 VUs  1,234 iterations  98/s", first)
    assert bar_share(first) == pytest.approx(0.4, abs=0.03)
    assert second == (
        "running 10.0s/25.0s, 50/50 VUs, 1,234 iterations (98/s), 3,456 requests (420/s), 0 failed, p95 35ms"
    )


ROWS: dict[str, tuple[ScenarioSnapshot, str, float]] = {
    "one that has not begun": (replace(SPIKE, start_ns=12 * SECOND_NS), r"starts in 2\.0s ", 0.0),
    "one that is over": (replace(SPIKE, duration_ns=4 * SECOND_NS), r"4\.0s/4\.0s ", 1.0),
    "one with a number of iterations": (replace(SPIKE, planned_iterations=2468), r" 1,234/2,468 iterations ", 0.5),
    "one whose iterations are done": (replace(SPIKE, planned_iterations=1234), r" done  50/50 VUs ", 1.0),
    "one that drops": (replace(SPIKE, dropped=3), r"1,234 iterations, 3 dropped  98/s", 0.4),
}


@pytest.mark.parametrize(("scenario", "text", "share"), ROWS.values(), ids=ROWS)
def test_a_row_of(scenario: ScenarioSnapshot, text: str, share: float) -> None:
    row = drawn(replace(RUNNING, scenarios=(scenario,)))[0]

    assert re.search(text, row)
    assert bar_share(row) == pytest.approx(share, abs=0.15)


def test_scenarios_stand_below_each_other_in_columns() -> None:
    first, second, _ = drawn(replace(RUNNING, scenarios=(SPIKE, replace(SPIKE, name="a_longer_name", vus=7))))

    assert first.index("━") == second.index("━")
    assert first.index(" VUs") == second.index(" VUs")


def test_what_is_failing_so_far_has_lines_of_its_own() -> None:
    assert drawn(replace(RUNNING, failing=("checks: rate==1", "iterations: count>5")))[2:] == [
        "✗ checks: rate==1",
        "✗ iterations: count>5",
    ]


def test_before_the_load_there_is_one_line() -> None:
    assert drawn(Snapshot(RunPhase.SETUP)) == ["running setup()"]


def test_a_narrow_terminal_gets_narrow_lines() -> None:
    assert all(len(line) <= 40 for line in drawn(RUNNING, width=40))


def shown(*, color: bool = False, width: int = 100) -> str:
    """What a run that prints one line and is done sends to its terminal."""
    terminal = io.StringIO()
    with ProgressBars(color=color, file=terminal, width=width) as bars:
        bars(RUNNING)
        bars.print("worker 0 | [bold]as it is[/bold] :smile:")
        bars(replace(RUNNING, phase=RunPhase.DONE))
    return terminal.getvalue()


def test_what_workers_print_stands_above_the_last_bars_and_is_not_interpreted() -> None:
    text = shown()

    assert "worker 0 | [bold]as it is[/bold] :smile:\n" in text
    assert text.index("worker 0 |") < text.rindex("spike") < text.rindex("done after 10.0s")


def test_a_line_that_is_wider_than_the_terminal_stays_one_line() -> None:
    terminal = io.StringIO()
    with ProgressBars(color=False, file=terminal, width=40) as bars:
        bars.print("x" * 100)

    assert "x" * 100 in terminal.getvalue()


def test_without_colours_none_are_sent() -> None:
    assert not re.search(r"\x1b\[[0-9;]*m", shown(color=False))


def test_the_terminal_needs_no_restoring() -> None:
    """The only sequences are colours, up one line and clear the line: no hidden cursor, no other screen, no mode."""
    assert set(re.findall(r"\x1b[^A-Za-z]*[A-Za-z]", re.sub(r"\x1b\[[0-9;]*m", "", shown(color=True)))) <= {
        "\x1b[1A",
        "\x1b[2K",
    }


def test_time_goes_on_between_two_snapshots() -> None:
    now_ns = 5 * SECOND_NS

    def clock() -> int:
        return now_ns

    bars = ProgressBars(color=False, file=io.StringIO(), width=100, clock=clock)
    bars(RUNNING)
    now_ns += SECOND_NS // 2
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(bars.renderable())

    assert isinstance(console.file, io.StringIO)
    assert "running 10.5s/25.0s" in console.file.getvalue()


class GoneTerminal(io.StringIO):
    """A terminal whose other end was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_a_terminal_that_has_gone_away_costs_nothing_but_the_progress() -> None:
    with ProgressBars(color=False, file=GoneTerminal(), width=100) as bars:
        bars(RUNNING)
        bars.print("nobody reads this")

    assert "progress" not in {thread.name for thread in threading.enumerate()}
