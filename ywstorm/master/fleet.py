"""
All workers of a run: started together, told together, and in the end surely gone.

Whatever happens in the master, leaving the ``async with`` block leaves no process and no zombie behind; should the
master itself be killed, the workers see their link close and exit by themselves.
"""

import asyncio
import resource
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from ywstorm.master.output import MAX_LINES_PER_S
from ywstorm.master.process import WORKER_COMMAND, Listener, WorkerProcess
from ywstorm.wire import Frame

__all__ = ["Fleet", "raise_descriptor_limit"]

_PATIENCE_S = 2.0  # between hanging up and SIGKILL; workers have SIGTERM blocked


class Fleet:
    """
    The workers of one run.

    Args:
        size: How many, ≥ 1.
        listener: Hears of all of them.
        command: What each of them runs.
        max_lines_per_s: Lines of output that all of them together may print.

    Use it as an async context manager: entering starts all workers, leaving ends those that still run.
    """

    def __init__(
        self,
        size: int,
        listener: Listener,
        command: Sequence[str] = WORKER_COMMAND,
        *,
        max_lines_per_s: int = MAX_LINES_PER_S,
    ) -> None:
        self.workers: list[WorkerProcess] = []
        self._size = size
        self._listener = listener
        self._command = command
        self._max_lines_per_s = max(1, max_lines_per_s // size)

    async def __aenter__(self) -> Self:
        raise_descriptor_limit()
        try:
            for index in range(self._size):
                worker = WorkerProcess(index, self._listener, self._max_lines_per_s, self._command)
                self.workers.append(worker)
                await worker.connect()
        except BaseException:
            self._reap()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._end()
        finally:
            self._reap()

    def send(self, frame: Frame, to: Iterable[int] | None = None) -> None:
        """Send a frame to some workers, or to all of them."""
        for index in range(self._size) if to is None else to:
            self.workers[index].send(frame)

    def kill(self, indices: Iterable[int], how: str) -> None:
        """End workers at once, by SIGKILL; *how* is told of them: ``was killed because …``."""
        for index in indices:
            self.workers[index].kill(how)

    async def _end(self) -> None:
        """Ask every worker that still runs to go, and give it a moment to do so."""
        for worker in self.workers:
            worker.hang_up()
        waits = [asyncio.ensure_future(worker.has_exited.wait()) for worker in self.workers]
        _, late = await asyncio.wait(waits, timeout=_PATIENCE_S)
        for wait in late:
            wait.cancel()

    def _reap(self) -> None:
        for worker in self.workers:
            worker.kill("was killed because it did not exit")
        for worker in self.workers:
            worker.reap()


def raise_descriptor_limit() -> None:
    """Raise this process's soft limit of open descriptors to the hard one; workers inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
