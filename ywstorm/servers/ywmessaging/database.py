"""
The database: a pool of SQLite connections, each call in a thread of its own.

What is asked stands in the modules that hold the SQL, as functions of a connection; this one only says when they run.
A call takes a connection from the pool, waits for one if there is none, and gives up after the acquire timeout.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

__all__ = ["AcquireTimeoutError", "Database"]

P = ParamSpec("P")
T = TypeVar("T")

_SCHEMA = files(__package__).joinpath("schema.sql")


class AcquireTimeoutError(Exception):
    """No connection came free in time."""

    def __init__(self) -> None:
        super().__init__("timeout acquiring a connection from the pool")


class Database:
    """
    A pool of connections to one SQLite file, opened in write-ahead mode so that readers never wait for the writer.

    Args:
        path: The file; created with its tables if absent.
        size: Connections, and so calls at once.
        timeout_s: How long a call may wait for a connection.
    """

    def __init__(self, path: Path, size: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._connections = [_connect(path) for _ in range(size)]
        self._connections[0].executescript(_SCHEMA.read_text(encoding="utf-8"))
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="ywmessaging-db")
        # The one used last is taken first: its pages are still in its cache.
        self._free: asyncio.LifoQueue[sqlite3.Connection] = asyncio.LifoQueue()
        for connection in self._connections:
            self._free.put_nowait(connection)
        self._writer = asyncio.Lock()

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Call *query* with a connection.

        Raises:
            AcquireTimeoutError: no connection came free within the acquire timeout.
        """
        connection = await self._acquire()
        return await self._call(connection, lambda: query(connection, *args, **kwargs))

    async def write(
        self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Call *change* with a connection, as one transaction: all of it or, if it raises, nothing.

        SQLite has one writer at a time. They queue here, where waiting costs nothing, and not in its busy handler,
        which polls.

        Raises:
            AcquireTimeoutError: no connection came free within the acquire timeout.
        """
        async with self._writer:
            connection = await self._acquire()
            return await self._call(connection, lambda: _transaction(connection, change, *args, **kwargs))

    def close(self) -> None:
        """Wait for the calls under way, then close every connection."""
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()

    async def _acquire(self) -> sqlite3.Connection:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._free.get()
        except TimeoutError as exc:
            raise AcquireTimeoutError from exc

    async def _call(self, connection: sqlite3.Connection, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()

        def in_thread() -> T:
            try:
                return work()
            finally:
                loop.call_soon_threadsafe(self._free.put_nowait, connection)

        # A caller whose time is over leaves alone: the call runs to its end, and only then is its connection free.
        return await asyncio.shield(loop.run_in_executor(self._threads, in_thread))


def _connect(path: Path) -> sqlite3.Connection:
    # The pool hands a connection to one thread at a time, so SQLite's own check would only be in the way.
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def _transaction(
    connection: sqlite3.Connection,
    change: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = change(connection, *args, **kwargs)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return result
