"""A run on a real (pseudo) terminal, in a pipe, and where its output has no place to go."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.run_of import IMPORTS, ROOT

YWSTORM = [sys.executable, "-m", "ywstorm"]
SCRIPT = """
@scenario(ConstantVUs(vus=2, duration={duration!r}))
async def browse(vu):
    print("hello from", vu.id, flush=True)
    vu.check("is true", True)
    await vu.sleep(0.2)
"""


@dataclass
class OnTerminal:
    """A process whose stdin, stdout and stderr are a terminal, as in a window of 100 columns."""

    process: subprocess.Popen[bytes]
    fd: int
    seen: bytes = b""

    def read_until(self, text: str) -> None:
        """Read until *text* has come; it has to."""
        while text.encode() not in self.seen:
            data = self._read()
            assert data, f"it ended before it printed {text!r}: {self.seen!r}"

    def read_to_the_end(self) -> str:
        """Read all; what the process left of its terminal's lines has ends of lines as in a file."""
        while self._read():
            pass
        self.process.wait(timeout=30)
        return self.seen.decode().replace("\r\n", "\n")

    def _read(self) -> bytes:
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody holds the other end any more
            data = b""
        self.seen += data
        return data


def environment(**variables: str) -> dict[str, str]:
    unwanted = ("YWSTORM_", "NO_COLOR", "FORCE_COLOR", "BASE_URL", "COLUMNS", "LINES", "TTY_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **variables}


def write(folder: Path, duration: str = "1s") -> str:
    (folder / "browse.py").write_text(IMPORTS + SCRIPT.format(duration=duration))
    return "browse.py"


@contextmanager
def on_terminal(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[OnTerminal]:
    """Start ``ywstorm run`` on a terminal of its own; what is left of it at the end is killed."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    with subprocess.Popen(
        [*YWSTORM, "run", *arguments],
        cwd=folder,
        env=environment(**(env or {})),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        process_group=0,
    ) as process:
        os.close(theirs)
        try:
            yield OnTerminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


def sequences(text: str) -> set[str]:
    """Escape sequences of a text, colours left out."""
    return set(re.findall(r"\x1b[^A-Za-z]*[A-Za-z]", re.sub(r"\x1b\[[0-9;]*m", "", text)))


def has_colours(text: str) -> bool:
    return re.search(r"\x1b\[[0-9;]*m", text) is not None


def test_a_terminal_gets_bars_with_lines_of_workers_above_and_the_summary_below(tmp_path: Path) -> None:
    with on_terminal(tmp_path, write(tmp_path)) as run:
        text = run.read_to_the_end()

    assert run.process.returncode == 0
    assert sequences(text) == {"\x1b[1A", "\x1b[2K"}  # up a line, clear the line: all that bars need
    assert has_colours(text)
    assert re.search(r"browse  .*━+.* 1\.0s/1\.0s  0/2 VUs  \d+ iterations  \d+/s", text)
    places = [text.rindex(each) for each in ("hello from", "1.0s/1.0s", "done after 1.0s", "TOTAL RESULTS")]
    assert places == sorted(places)
    assert re.search(r"^(\x1b\[2K)?worker \d \| hello from \d$", text, re.MULTILINE)


@pytest.mark.parametrize(("env", "flags"), [({"NO_COLOR": "1"}, ()), ({}, ("--no-color",))], ids=["NO_COLOR", "flag"])
def test_without_colours_there_are_bars_all_the_same(
    tmp_path: Path, env: dict[str, str], flags: tuple[str, ...]
) -> None:
    with on_terminal(tmp_path, write(tmp_path), *flags, env=env) as run:
        text = run.read_to_the_end()

    assert not has_colours(text)
    assert "━" in text


def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    with on_terminal(tmp_path, write(tmp_path), env={"TERM": "dumb"}) as run:
        text = run.read_to_the_end()

    assert "\x1b" not in text
    assert "starting workers\n" in text
    assert "done after 1.0s" in text


def test_quiet_draws_nothing(tmp_path: Path) -> None:
    with on_terminal(tmp_path, write(tmp_path), "-q") as run:
        text = run.read_to_the_end()

    assert sequences(text) == set()
    assert "hello from" in text


def test_after_ctrl_c_the_terminal_is_as_it_was(tmp_path: Path) -> None:
    with on_terminal(tmp_path, write(tmp_path, "60s")) as run:
        before = termios.tcgetattr(run.fd)
        run.read_until("hello from")
        os.killpg(run.process.pid, signal.SIGINT)
        text = run.read_to_the_end()
        after = termios.tcgetattr(run.fd)

    assert run.process.returncode == 105
    assert after == before
    assert sequences(text) <= {"\x1b[1A", "\x1b[2K"}
    assert "INTERRUPTED" in text.splitlines()[-1]


def piped(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*YWSTORM, "run", write(folder), *arguments],
        cwd=folder,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_pipe_gets_plain_lines_and_no_colours(tmp_path: Path) -> None:
    ended = piped(tmp_path)

    assert "\x1b" not in ended.stdout + ended.stderr
    assert ended.stderr.startswith("starting workers\n")


def test_colours_can_be_forced_into_a_pipe(tmp_path: Path) -> None:
    ended = piped(tmp_path, env={"FORCE_COLOR": "1"})

    assert has_colours(ended.stdout)
    assert sequences(ended.stdout + ended.stderr) == set()


def test_nobody_pays_for_bars_that_are_not_drawn(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom ywstorm.cli import main\n"
        f"try: main(['run', {write(tmp_path)!r}, '-i', '1'])\n"
        "finally: print('rich' in sys.modules)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )

    assert ended.stdout.endswith("False\n")


@pytest.fixture
def full() -> Iterator[int]:
    """A file on a full disk."""
    fd = os.open("/dev/full", os.O_WRONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def nobody() -> Iterator[int]:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


LOST = {"full": "No space left on device", "nobody": "Broken pipe"}


@pytest.mark.parametrize("where", LOST)
def test_a_summary_that_cannot_be_printed_is_told_and_still_exported(
    tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    arguments = [write(tmp_path), "-i", "1", "-q", "--summary-export", "summary.json"]

    ended = subprocess.run(
        [*YWSTORM, "run", *arguments],
        cwd=tmp_path,
        env=environment(),
        stdout=request.getfixturevalue(where),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 112
    assert ended.stderr.splitlines()[1:] == [f"error: stdout: {LOST[where]} (the output is not complete)"]
    assert (tmp_path / "summary.json").stat().st_size > 0


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["inspect", "--summary-schema"]])
def test_other_output_on_a_full_disk_is_told_too(arguments: list[str], full: int) -> None:
    ended = subprocess.run(
        [*YWSTORM, *arguments], env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
    )

    assert ended.returncode == 112
    assert ended.stderr.startswith("error: stdout: No space left on device")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("where", LOST)
def test_a_run_does_not_end_because_nobody_sees_its_progress(
    tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    ended = subprocess.run(
        [*YWSTORM, "run", write(tmp_path), "-i", "4"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=request.getfixturevalue(where),
        text=True,
        timeout=60,
    )

    assert ended.returncode == 0
    assert "PASSED" in ended.stdout
