"""Worker processes as such: how they are born, what they inherit, and that none survives."""

import asyncio
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop

from tests.reference.processes import children
from ywstorm import wire
from ywstorm.master.fleet import Fleet
from ywstorm.master.process import describe_exit


class Ear:
    """Hears a fleet and wakes the test."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.frames: list[wire.Frame] = []
        self.gone: dict[int, str] = {}
        self._news = asyncio.Event()

    def on_frame(self, _index: int, frame: wire.Frame) -> None:
        self.frames.append(frame)
        self._news.set()

    def on_output(self, index: int, line: str) -> None:
        self.lines.append(f"{index}: {line}")
        self._news.set()

    def on_gone(self, index: int, how: str) -> None:
        self.gone[index] = how
        self._news.set()

    async def until(self, is_done: Callable[[], Any]) -> None:
        while not is_done():
            await self._news.wait()
            self._news.clear()


def python(code: str) -> tuple[str, ...]:
    """A worker that runs *code*; argv is [-c, FD, PID of the master]."""
    head = "import os, signal, socket, subprocess, sys, time\n"
    return (sys.executable, "-S", "-u", "-c", head + textwrap.dedent(code))


def live(code: str, size: int = 1, during: Callable[[Fleet, Ear], None] | None = None, *, wait: bool = True) -> Ear:
    """Start a fleet, do something with it, wait until all workers are gone by themselves, leave it."""

    async def main() -> Ear:
        ear = Ear()
        async with Fleet(size, ear, python(code)) as fleet:
            if during is not None:
                during(fleet, ear)
            if wait:
                await ear.until(lambda: len(ear.gone) == size)
            else:
                await ear.until(lambda: ear.lines)
        return ear

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    """Whatever the end of a fleet was: no process and no zombie of it stays."""
    others = children()
    yield
    assert children() == others


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("sys.exit(0)", "exited with status 0"),
        ("sys.exit(7)", "exited with status 7"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV"),
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "was killed by SIGKILL (out of memory, perhaps: the kernel's log tells)",
        ),
        ("os.kill(os.getpid(), 40)", "was killed by signal 40"),
    ],
)
def test_the_end_of_a_worker_is_told_by_status_or_signal(code: str, how: str) -> None:
    ear = live(code, size=2)

    assert ear.gone == {0: how, 1: how}


def test_what_a_worker_said_and_printed_last_arrives_before_its_end() -> None:
    hello = wire.encode(wire.Ready(1))

    ear = live(f"os.write(int(sys.argv[1]), {hello!r}); print('last words', end=''); os.abort()")

    assert ear.frames == [wire.Ready(1)]
    assert ear.lines == ["0: last words"]
    assert ear.gone == {0: "was killed by SIGABRT"}


def test_a_worker_inherits_three_standard_streams_and_its_socket() -> None:
    others = "set(map(int, os.listdir('/proc/self/fd'))) - {0, 1, 2, int(sys.argv[1])}"

    ear = live(f"print(len({others}) == 1)", size=3)  # the one is that of the listing itself

    assert sorted(ear.lines) == ["0: True", "1: True", "2: True"]


def test_a_worker_is_told_the_pid_of_its_master() -> None:
    assert live("print(sys.argv[2])").lines == [f"0: {os.getpid()}"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_the_whole_group_does_not_end_a_worker_even_before_its_first_line(name: str) -> None:
    ear = live(f"os.kill(os.getpid(), signal.{name}); print('alive')")

    assert ear.lines == ["0: alive"]
    assert ear.gone == {0: "exited with status 0"}


def test_a_worker_ends_by_itself_when_the_link_closes() -> None:
    started = time.monotonic()

    ear = live("print('ready'); os.read(int(sys.argv[1]), 1)", wait=False)

    assert ear.lines == ["0: ready"]
    assert time.monotonic() - started < 1.9


def test_a_worker_that_will_not_go_is_killed() -> None:
    started = time.monotonic()

    live("print('ready'); time.sleep(60)", wait=False)

    assert 1.9 < time.monotonic() - started < 10


def test_a_grandchild_that_holds_the_pipe_does_not_keep_the_end_secret() -> None:
    started = time.monotonic()

    ear = live("print(subprocess.Popen(['sleep', '20'], pass_fds=[int(sys.argv[1])]).pid)")

    os.kill(int(ear.lines[0].removeprefix("0: ")), signal.SIGKILL)
    assert ear.gone == {0: "exited with status 0"}
    assert time.monotonic() - started < 10


def test_a_fleet_that_cannot_start_leaves_nothing_behind() -> None:
    async def main() -> None:
        with pytest.raises(FileNotFoundError):
            async with Fleet(2, Ear(), ("/nowhere/python",)):
                pass

    asyncio.run(main())


def test_an_exception_in_the_master_takes_the_workers_along() -> None:
    def fail(_fleet: Fleet, _ear: Ear) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        live("os.read(int(sys.argv[1]), 1)", size=3, during=fail)


def test_a_killed_worker_is_told_as_its_killer_says() -> None:
    ear = live("time.sleep(60)", during=lambda fleet, _ear: fleet.kill([0], "was killed because it was late"))

    assert ear.gone == {0: "was killed because it was late"}


def test_an_exit_status_reads_after_the_name_of_a_worker() -> None:
    assert f"worker 1 {describe_exit(-15)}" == "worker 1 was killed by SIGTERM"
