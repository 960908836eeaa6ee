"""
One worker process: started, spoken with, watched and ended.

It lives in the master's loop. Frames travel over a Unix socketpair, what the worker prints over a pipe, and its end is
seen through a pidfd (uvloop forbids SIGCHLD handlers). The end is told exactly once, after everything that the process
left in the socket and in the pipe was read.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ywstorm.errors import WireError
from ywstorm.master.output import OutputLines
from ywstorm.wire import Decoder, Frame, encode

__all__ = ["WORKER_COMMAND", "Listener", "WorkerProcess", "describe_exit"]

WORKER_COMMAND: tuple[str, ...] = (sys.executable, "-P", "-u", "-m", "ywstorm.worker")
"""-P: a file here that is named like a standard module must not break the worker; -u: what it prints comes at once."""

_DRAIN_S = 0.5  # how long a grandchild may hold the pipe or the socket before the worker counts as gone


class Listener(Protocol):
    """Whoever wants to hear of workers; called from the loop."""

    def on_frame(self, index: int, frame: Frame) -> None:
        """The worker said something."""

    def on_output(self, index: int, line: str) -> None:
        """The worker printed a line."""

    def on_gone(self, index: int, how: str) -> None:
        """The worker is no more; *how* reads after its name: ``was killed by SIGKILL``. Called once."""


class WorkerProcess:
    """
    A worker and the three descriptors that tie it to the master.

    Args:
        index: Its number in the run.
        listener: Gets its frames, its output and its end.
        max_lines_per_s: Lines of its output that are passed on.
        command: Program and arguments; the number of its socket and the master's pid are appended.

    Raises:
        OSError: The process could not be started.
    """

    def __init__(
        self, index: int, listener: Listener, max_lines_per_s: int, command: Sequence[str] = WORKER_COMMAND
    ) -> None:
        self.index = index
        self.has_exited = asyncio.Event()
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._output = OutputLines(max_lines_per_s)
        self._decoder = Decoder()
        self._killed_how = ""
        self._open_ends = 2  # of the socket and of the pipe
        self._is_gone = False
        self._link: asyncio.WriteTransport | None = None
        self._pipe: asyncio.ReadTransport | None = None
        self._process, self._pidfd, self._socket, self._read_fd = _spawn(command)
        self._loop.add_reader(self._pidfd, self._on_exit)

    async def connect(self) -> None:
        """Begin to listen; call it once, straight after construction."""
        self._link, _ = await self._loop.create_unix_connection(
            lambda: _Reader(self._on_frames, self._on_end_closed), sock=self._socket
        )
        self._pipe, _ = await self._loop.connect_read_pipe(
            lambda: _Reader(self._on_output, self._on_end_closed), os.fdopen(self._read_fd, "rb", buffering=0)
        )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, frame: Frame) -> None:
        """Queue a frame; it is lost if the worker no longer listens, for then its end is about to be told."""
        if self._link is not None and not self._link.is_closing():
            self._link.write(encode(frame))

    def hang_up(self) -> None:
        """Close the link; a worker that still lives takes that as the order to exit."""
        if self._link is not None:
            self._link.close()

    def kill(self, how: str) -> None:
        """End the process at once, if it still lives; *how* is what its end is then told as."""
        if self._process.poll() is None:
            self._killed_how = self._killed_how or how
            self._process.kill()

    def reap(self) -> None:
        """Wait for the process, which must be dead or dying, and let go of what ties it to the loop."""
        self._process.wait()
        self._is_gone = True
        self._unwatch()
        for transport in (self._link, self._pipe):
            if transport is not None:
                transport.close()

    def _on_exit(self) -> None:
        if self._process.poll() is None:
            return
        self._unwatch()
        self._loop.call_later(_DRAIN_S, self._tell_gone)
        self._check_gone()

    def _on_frames(self, data: bytes) -> None:
        if self._killed_how:
            return  # whatever it still says is late, or no frame
        try:
            frames = self._decoder.feed(data)
        except WireError as exc:
            self.kill(f"was killed because it sent nonsense: {exc}")
            return
        for frame in frames:
            self._listener.on_frame(self.index, frame)

    def _on_output(self, data: bytes) -> None:
        for line in self._output.feed(data, time.monotonic_ns()):
            self._listener.on_output(self.index, line)

    def _on_end_closed(self) -> None:
        self._open_ends -= 1
        self._check_gone()

    def _check_gone(self) -> None:
        if self.has_exited.is_set() and self._open_ends == 0:
            self._tell_gone()

    def _tell_gone(self) -> None:
        if self._is_gone:
            return
        for line in self._output.close():
            self._listener.on_output(self.index, line)
        self._listener.on_gone(self.index, self._killed_how or describe_exit(self._process.returncode))
        self.reap()

    def _unwatch(self) -> None:
        if not self.has_exited.is_set():
            self.has_exited.set()
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)


class _Reader(asyncio.Protocol):
    """Passes on what arrives, and that nothing more will."""

    def __init__(self, on_data: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        self._on_data = on_data
        self._on_closed = on_closed

    def data_received(self, data: bytes) -> None:
        self._on_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (why a worker ended, its exit status tells)
        self._on_closed()


def describe_exit(returncode: int) -> str:
    """Say how a process ended, to be read after its name: ``was killed by SIGSEGV``, ``exited with status 3``."""
    if returncode >= 0:
        return f"exited with status {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:  # a real-time signal has no name
        name = f"signal {-returncode}"
    hint = " (out of memory, perhaps: the kernel's log tells)" if name == "SIGKILL" else ""
    return f"was killed by {name}{hint}"


def _spawn(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], int, socket.socket, int]:
    """Start a process; return it, its pidfd, our end of the socket and the reading end of its output."""
    ours, theirs = socket.socketpair()
    read_fd, write_fd = os.pipe()
    # Ctrl-C, timeout(1) and service managers signal the whole process group. What that means is the master's to decide:
    # a worker inherits these signals as blocked, so that not even one before its first line ends it. One that arrives
    # here meanwhile is not lost, only late.
    blocked_before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [*command, str(theirs.fileno()), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=write_fd,
            stderr=write_fd,
            pass_fds=(theirs.fileno(),),
            env=_environment(),
        )
    except OSError:
        ours.close()
        os.close(read_fd)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked_before)
        theirs.close()
        os.close(write_fd)
    return process, os.pidfd_open(process.pid), ours, read_fd


def _environment() -> dict[str, str]:
    """Our environment, with what the worker needs to import the same ywstorm when it runs from a source tree."""
    home = str(Path(__file__).parents[2])
    if home in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return dict(os.environ)
    inherited = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{inherited}" if inherited else home}
