"""
``--with-target``: the reference target as a child process, for the length of one run.

``--target-args '--db postgres://… --pool 5'`` gives it options of ``ywstorm target``; the port is ours to choose.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

from ywstorm.errors import OptionsError, Problem, YwstormError

__all__ = ["TargetProcess", "base_url_conflicts", "running_target", "target_arguments"]

_LISTENING = "listening on "
_STOP_TIMEOUT_S = 10.0
_COUNTS_TIMEOUT_S = 10.0


def base_url_conflicts(base_url: str | None, variables: Mapping[str, str]) -> list[Problem]:
    """List what else says where the service is, which cannot be together with ``--with-target``."""
    found = []
    if base_url is not None:
        found.append(Problem("--with-target", f"together with --base-url {base_url}: one of them says where to send"))
    elif "BASE_URL" in variables or "BASE_URL" in os.environ:
        url = variables.get("BASE_URL", os.environ.get("BASE_URL"))
        found.append(Problem("--with-target", f"together with the variable BASE_URL={url}: leave one of them out"))
    return found


def target_arguments(text: str | None) -> list[str]:
    """
    Split the value of ``--target-args`` as a shell does.

    Raises:
        OptionsError: A quotation mark is not closed.
    """
    try:
        return shlex.split(text or "")
    except ValueError as error:
        raise OptionsError([Problem("--target-args", f"{text!r} cannot be split into words: {error}")]) from error


class TargetProcess:
    """
    A target that listens.

    Args:
        process: The child, its stdin a pipe that we hold: when we die, it reads the end and stops.
        url: Its base URL.
    """

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.url = url
        self.failure: YwstormError | None = None
        self._process = process

    def counts(self) -> dict[str, Any] | None:
        """
        Ask it what it has counted: ``{"url", "requests", "by_endpoint"}``.

        Returns:
            None if it has died or does not answer. `failure` then says so: a run must not lose its results over it.
        """
        address = f"{self.url.removesuffix('/api')}/__counts"
        try:
            with urlopen(address, timeout=_COUNTS_TIMEOUT_S) as answer:  # noqa: S310 (our own http URL)
                counts = json.load(answer)
            return {"url": self.url, "requests": counts["requests"], "by_endpoint": counts["by_endpoint"]}
        except (OSError, ValueError, KeyError) as error:  # URLError is an OSError
            code = self._process.poll()
            state = "does not tell its counts" if code is None else f"ended during the run with {code}"
            self.failure = YwstormError(f"the reference target {state}: {error}")
            return None


@contextmanager
def running_target(arguments: Sequence[str] = ()) -> Iterator[TargetProcess]:
    """
    Start a target on a free port and stop it at the end, whatever happened in between.

    Args:
        arguments: Options of ``ywstorm target`` in words, such as ``["--pool", "5"]``.

    Raises:
        OptionsError: It did not start; what it had to say about that is on stderr.
    """
    command = [sys.executable, "-m", "ywstorm", "target", *arguments, "--port", "0", "--with-parent"]
    process = subprocess.Popen(  # noqa: S603 (our own command; of several ports the last one counts)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for the run, which still wants to reach its target in teardown
    )
    try:
        yield TargetProcess(process, _url(process))
    finally:
        _stop(process)


def _url(process: subprocess.Popen[str]) -> str:
    """Wait for the line that says where it listens; a child that dies closes its stdout, which ends the wait."""
    assert process.stdout is not None  # noqa: S101 (it is a pipe)
    for line in process.stdout:
        if line.startswith(_LISTENING):
            return line.removeprefix(_LISTENING).strip()
    raise OptionsError(
        [Problem("--with-target", f"the reference target ended with {process.wait()} before it listened")]
    )


def _stop(process: subprocess.Popen[str]) -> None:
    """End the child: first politely, then surely; by its pid, and it is waited for."""
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
