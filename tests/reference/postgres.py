"""A real PostgreSQL for tests: a cluster of its own from Debian's binaries, for as long as a context lasts."""

import asyncio
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

__all__ = ["NO_POSTGRES", "find_binaries", "fresh_database", "running_postgres"]

NO_POSTGRES = "PostgreSQL is not installed: no initdb on PATH or below /usr/lib/postgresql"
"""Why a test is skipped; .ci/allowed-skips.txt has it word for word."""

_ACCOUNTS = ("postgres", "nobody")
"""Who may run the server when we are root, which PostgreSQL refuses to be: the first that this machine has."""
_READY = "database system is ready to accept connections"
_ATTEMPTS = 5
_STOP_TIMEOUT_S = 20
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
}


def find_binaries() -> Path | None:
    """The folder with PostgreSQL's programs: PATH first, then Debian's place for them, newest version first."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres"):
        return Path(found).resolve().parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), default=None)


@contextmanager
def running_postgres() -> Iterator[str]:
    """
    A server on a free port of 127.0.0.1 and on a Unix socket; what it wrote is removed at the end.

    Yields:
        The DSN of its database ``postgres``, whose user may do everything.

    Raises:
        RuntimeError: There are no binaries (`NO_POSTGRES`), or the server does not start; the message has its log.
    """
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError(NO_POSTGRES)
    with tempfile.TemporaryDirectory(prefix="ywstorm-pg-", dir="/tmp") as name:  # short: a socket's path is ≤ 107 bytes
        folder = Path(name)
        as_whom = _account(folder)
        locale = ("--encoding", "UTF8", "--no-locale")
        access = ("--username", "tester", "--auth", "trust")
        _run([binaries / "initdb", "--pgdata", folder / "data", *access, *locale, "--no-sync"], as_whom)
        with _started(binaries, folder, as_whom) as port:
            yield f"postgres://tester@127.0.0.1:{port}/postgres"


@contextmanager
def fresh_database(dsn: str) -> Iterator[str]:
    """An empty database on the server of *dsn*, dropped at the end whoever is still connected; yields its DSN."""
    name = f"t{uuid4().hex}"
    _execute(dsn, f"CREATE DATABASE {name}")
    try:
        yield f"{dsn.rpartition('/')[0]}/{name}"
    finally:
        _execute(dsn, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(dsn: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())


def _account(folder: Path) -> dict[str, Any]:
    """What `subprocess` has to be told so that the server does not run as root; *folder* then belongs to that user."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(names[name] for name in _ACCOUNTS if name in names)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(command: list[str | Path], as_whom: dict[str, Any]) -> None:
    ended = subprocess.run(command, cwd="/", capture_output=True, text=True, **as_whom)
    if ended.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")


@contextmanager
def _started(binaries: Path, folder: Path, as_whom: dict[str, Any]) -> Iterator[int]:
    """Start the server and stop it at the end; yields its port."""
    log: list[str] = []
    for _ in range(_ATTEMPTS):  # somebody else may take the port between our look and the server's
        port = _free_port()
        process = _spawn(binaries, folder, port, as_whom)
        if _is_ready(process, log):
            break
    else:
        raise RuntimeError(f"PostgreSQL does not start:\n{''.join(log)}")
    try:
        yield port
    finally:
        process.send_signal(signal.SIGINT)  # its "fast shutdown": sessions end, nothing is waited for
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)  # its children end with it, as they would not with SIGKILL
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _spawn(binaries: Path, folder: Path, port: int, as_whom: dict[str, Any]) -> subprocess.Popen[str]:
    settings = {**_SETTINGS, "port": str(port), "unix_socket_directories": str(folder)}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [binaries / "postgres", "-D", folder / "data", *flags],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for the tests, which then stop it themselves
        **as_whom,
    )


def _is_ready(process: subprocess.Popen[str], log: list[str]) -> bool:
    """Wait until the server takes connections (True) or has ended (False); its log is read as long as it runs."""
    decided = threading.Event()
    ready = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                if not ready.is_set():
                    log.append(line)
                if _READY in line:
                    ready.set()
                    decided.set()
        decided.set()

    threading.Thread(target=read, name="postgres-log", daemon=True).start()
    decided.wait()
    if not ready.is_set():
        process.wait()
    return ready.is_set()
