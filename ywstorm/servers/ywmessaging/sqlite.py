"""The database as an SQLite file: connections in write-ahead mode, each call in a thread of its own."""

import asyncio
import contextlib
import functools
import sqlite3
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from ywstorm.servers.ywmessaging.database import (
    AcquireTimeoutError,
    Connection,
    Database,
    DatabaseUnavailableError,
    Row,
    schema,
)

__all__ = ["SqliteDatabase"]

P = ParamSpec("P")
T = TypeVar("T")

_NAMES = tuple(str(position) for position in range(1, 16))
"""SQLite takes ``$1`` for the name "1"."""
_LOCK_TIMEOUT_S = 15.0
"""How long to wait until another process has written: longer than a request may take, whose timer is to decide."""
_PRIMARY_CODE = 0xFF
"""The bits of an error code that tell its kind."""
_UNAVAILABLE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)


class _SqliteConnection(Connection):
    """Its coroutines never wait, so a query made of them runs to its end in one go: see :func:`_run`."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    async def rows(self, query: str, *values: Any) -> Sequence[Row]:
        return self.raw.execute(query, _named(values)).fetchall()

    async def execute(self, statement: str, *values: Any) -> int:
        return self.raw.execute(statement, _named(values)).rowcount

    async def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self.raw.executemany(statement, [_named(row) for row in rows])


class SqliteDatabase(Database):
    """
    A pool of connections to one file, opened so that readers never wait for the writer.

    SQLite has one writer at a time. Those of this process queue here, where waiting costs nothing; only those of other
    processes are left to its busy handler, which polls.

    Args:
        path: The file; created if absent.
        size: Connections, and so calls at once.
        timeout_s: How long a call may wait for a connection.

    Raises:
        DatabaseUnavailableError: it cannot be opened.
    """

    def __init__(self, path: Path, size: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        with _mapped():
            self._connections = [_SqliteConnection(_connect(path)) for _ in range(size)]
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="ywmessaging-db")
        # The one used last is taken first: its pages are still in its cache.
        self._free: asyncio.LifoQueue[_SqliteConnection] = asyncio.LifoQueue()
        for connection in self._connections:
            self._free.put_nowait(connection)
        self._writer = asyncio.Lock()

    async def create_tables(self) -> None:
        with _mapped():
            self._connections[0].raw.executescript(schema())

    async def read(
        self, query: Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = await self._acquire(writes=False)
        return await self._call(connection, lambda: _run(query(connection, *args, **kwargs)), writes=False)

    async def write(
        self, change: Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = await self._acquire(writes=True)
        work = functools.partial(_transaction, connection.raw, lambda: _run(change(connection, *args, **kwargs)))
        return await self._call(connection, work, writes=True)

    async def close(self) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.raw.close()

    async def _acquire(self, *, writes: bool) -> _SqliteConnection:
        try:
            async with asyncio.timeout(self._timeout_s):
                if writes:
                    await self._writer.acquire()
                try:
                    return await self._free.get()
                except BaseException:
                    if writes:
                        self._writer.release()
                    raise
        except TimeoutError as exc:
            raise AcquireTimeoutError from exc

    def _release(self, connection: _SqliteConnection, writes: bool) -> None:
        self._free.put_nowait(connection)
        if writes:
            self._writer.release()

    async def _call(self, connection: _SqliteConnection, work: Callable[[], T], *, writes: bool) -> T:
        loop = asyncio.get_running_loop()

        def in_thread() -> T:
            try:
                with _mapped():
                    return work()
            finally:
                loop.call_soon_threadsafe(self._release, connection, writes)

        # A caller whose time is over leaves alone: the call runs to its end, and only then is its connection free.
        return await asyncio.shield(loop.run_in_executor(self._threads, in_thread))


def _connect(path: Path) -> sqlite3.Connection:
    # The pool hands a connection to one thread at a time, so SQLite's own check would only be in the way.
    connection = sqlite3.connect(path, _LOCK_TIMEOUT_S, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _named(values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(_NAMES, values, strict=False))


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a query to its end here and now: nothing in it waits for anything but its connection, which never does."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError(f"{coroutine} waits for something else than its connection")


def _transaction(connection: sqlite3.Connection, change: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = change()
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return result


@contextlib.contextmanager
def _mapped() -> Iterator[None]:
    """Tell a database that cannot be asked from a fault in what it was asked."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode & _PRIMARY_CODE in _UNAVAILABLE:
            raise DatabaseUnavailableError(str(exc)) from exc
        raise
