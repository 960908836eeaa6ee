"""
Progress on a terminal: a bar for each scenario up to its planned end, below them the run as a whole.

One thread of one process draws, four times a second, and what workers printed meanwhile with it, above the bars: nobody
else ever waits for a slow terminal. The cursor is never hidden and no mode of the terminal is changed: nothing has to
be restored, however the run ends. This is the only module that imports `rich`, and it is imported on terminals only.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ywstorm.live.lines import progress_line, seconds
from ywstorm.metrics.snapshot import RunPhase, ScenarioSnapshot, Snapshot
from ywstorm.units import format_count, plural

__all__ = ["ProgressBars", "picture"]

_DRAWING_EVERY_S = 0.25
_MAX_WAITING_LINES = 10_000
_MIN_BAR_WIDTH = 8


class ProgressBars:
    """
    Draws the newest snapshot of a run, as a context manager: outside of it nothing is drawn.

    Args:
        color: Whether to use colours.
        file: The terminal; default: stderr.
        width: Its width; default: asked for at every drawing.
        clock: CLOCK_MONOTONIC in ns, by which time goes on between two snapshots.
    """

    def __init__(
        self,
        *,
        color: bool,
        file: TextIO | None = None,
        width: int | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._clock = clock
        self._newest = (Snapshot(RunPhase.STARTING), clock())
        self._lines: deque[str] = deque(maxlen=_MAX_WAITING_LINES)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._draw_until_over, name="progress", daemon=True)
        self._console = _Screen(
            file=file,
            stderr=True,
            width=width,
            color_system="auto" if color else None,
            no_color=not color,
            force_terminal=True,  # whether it is one has been decided, and FORCE_COLOR has had its say
            force_interactive=True,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._live = Live(
            console=self._console,
            get_renderable=self.renderable,
            auto_refresh=False,
            redirect_stdout=False,  # data goes where its reader expects it
            redirect_stderr=file is None,
        )

    def __enter__(self) -> "ProgressBars":
        # A terminal that has gone away must not cost the run its results, here and below.
        with contextlib.suppress(OSError):
            self._live.start(refresh=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._draw()
            self._live.stop()

    def __call__(self, snapshot: Snapshot) -> None:
        """Take a snapshot; the next drawing shows it."""
        self._newest = (snapshot, self._clock())

    def print(self, text: str) -> None:
        """Put a line above the bars, as it is, with the next drawing; of too many the last ones."""
        self._lines.append(text)

    def renderable(self) -> RenderableType:
        """Give what is drawn now: the newest snapshot, its time gone on since it was taken."""
        snapshot, taken_ns = self._newest
        if snapshot.phase is RunPhase.RUNNING:
            snapshot = replace(snapshot, elapsed_ns=snapshot.elapsed_ns + self._clock() - taken_ns)
        return picture(snapshot)

    def _draw_until_over(self) -> None:
        while not self._is_over.wait(_DRAWING_EVERY_S):
            with contextlib.suppress(OSError):
                self._draw()

    def _draw(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._console.print(Text("\n".join(lines)), soft_wrap=True)  # the bars follow by themselves
        else:
            self._live.refresh()


class _Screen(Console):
    """A console that leaves the cursor alone: hidden, it would stay so after Ctrl-Z or a kill."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002 (rich's signature)
        return False


def picture(snapshot: Snapshot) -> RenderableType:
    """Lay out a snapshot: scenarios as a table, the run in one line, and what is failing so far."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, min_width=_MIN_BAR_WIDTH)
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True)
    for scenario in snapshot.scenarios:
        table.add_row(*_row(scenario, snapshot.elapsed_ns))
    line = progress_line(replace(snapshot, failing=()))
    failing = [Text(f"✗ {text}", style="red") for text in snapshot.failing]
    return Group(table, *([Text(line)] if line else []), *failing)


def _row(scenario: ScenarioSnapshot, elapsed_ns: int) -> tuple[RenderableType, ...]:
    """Name, bar, time and its planned end, VUs, iterations, iterations per second."""
    own_ns = min(max(elapsed_ns - scenario.start_ns, 0), scenario.duration_ns)
    times = f"{seconds(own_ns)}/{seconds(scenario.duration_ns)}"
    if elapsed_ns < scenario.start_ns:
        times = f"starts in {seconds(scenario.start_ns - elapsed_ns)}"
    iterations = plural(scenario.iterations, "iteration")
    total, completed = scenario.duration_ns, own_ns
    if scenario.planned_iterations is not None:
        iterations = f"{format_count(scenario.iterations)}/{plural(scenario.planned_iterations, 'iteration')}"
        total, completed = scenario.planned_iterations, scenario.iterations + scenario.dropped
        if completed >= total:
            times = "done"
    if scenario.dropped:
        iterations += f", {format_count(scenario.dropped)} dropped"
    bar = ProgressBar(
        total=total, completed=completed, style="bright_black", complete_style="cyan", finished_style="green"
    )
    vus = f"{format_count(scenario.vus)}/{plural(scenario.vus_max, 'VU')}"
    return scenario.name, bar, times, vus, iterations, f"{format_count(scenario.iterations_per_s)}/s"
