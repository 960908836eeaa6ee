"""Which progress a run shows on stderr: bars on a terminal, lines anywhere else, none when it shall be quiet."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from ywstorm.cli.output import say
from ywstorm.cli.terminal import has_bars, has_color
from ywstorm.live.lines import ProgressLines
from ywstorm.metrics.snapshot import Snapshot

__all__ = ["shown_progress"]

Progress: TypeAlias = Callable[[Snapshot], None]
PrintLine: TypeAlias = Callable[[str], None]


@contextmanager
def shown_progress(*, is_quiet: bool, no_color: bool) -> Iterator[tuple[Progress | None, PrintLine]]:
    """
    Show the progress of one run for as long as the context lasts.

    Returns:
        What takes the run's snapshots, None if it is to be quiet; and what prints a line beside the progress.
    """
    is_terminal = sys.stderr.isatty()
    if is_quiet:
        yield None, say
    elif has_bars(os.environ, is_terminal=is_terminal):
        from ywstorm.live.bars import ProgressBars  # rich is for terminals only: nobody else shall wait for it

        with ProgressBars(color=has_color(os.environ, is_terminal=True, no_color=no_color)) as bars:
            yield bars, bars.print
    else:
        yield ProgressLines(say), say
