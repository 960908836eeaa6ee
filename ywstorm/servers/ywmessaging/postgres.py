"""The database as PostgreSQL: asyncpg and its pool."""

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg

from ywstorm.servers.ywmessaging.database import (
    AcquireTimeoutError,
    Connection,
    Database,
    DatabaseUnavailableError,
    Row,
    schema,
)

__all__ = ["PostgresDatabase"]

P = ParamSpec("P")
T = TypeVar("T")

_UNAVAILABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
)
_CONNECT_TIMEOUT_S = 10.0
_TABLES_LOCK = 0x7977
"""An advisory lock of ours: two servers that start at once must not both create the tables."""


class _PostgresConnection(Connection):
    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def rows(self, query: str, *values: Any) -> Sequence[Row]:
        rows: Sequence[Row] = await self._raw.fetch(query, *values)
        return rows

    async def execute(self, statement: str, *values: Any) -> int:
        status: str = await self._raw.execute(statement, *values)
        return int(status.rpartition(" ")[2])  # "UPDATE 1", "INSERT 0 1"

    async def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        await self._raw.executemany(statement, rows)


class PostgresDatabase(Database):
    """A pool of connections to one database. Made by :meth:`open`."""

    def __init__(self, pool: Any, timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s

    @classmethod
    async def open(cls, dsn: str, size: int, timeout_s: float) -> "PostgresDatabase":
        """
        Open all *size* connections.

        Raises:
            DatabaseUnavailableError: *dsn* cannot be read, or the server cannot be reached or refuses.
        """
        with _mapped():
            try:
                pool = await asyncpg.create_pool(
                    dsn, min_size=size, max_size=size, timeout=_CONNECT_TIMEOUT_S, reset=_leave_as_it_is
                )
            except (ValueError, asyncpg.ClientConfigurationError) as exc:
                raise DatabaseUnavailableError(str(exc)) from exc
        return cls(pool, timeout_s)

    async def create_tables(self) -> None:
        async with self._acquired() as raw, raw.transaction():
            await raw.execute(f"SELECT pg_advisory_xact_lock({_TABLES_LOCK})")
            await raw.execute(schema().replace(" WITHOUT ROWID", ""))

    async def read(
        self, query: Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        async with self._acquired() as raw:
            return await query(_PostgresConnection(raw), *args, **kwargs)

    async def write(
        self, change: Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        async with self._acquired() as raw, raw.transaction():
            return await change(_PostgresConnection(raw), *args, **kwargs)

    async def close(self) -> None:
        await self._pool.close()

    @contextlib.asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Any]:
        with _mapped():
            try:
                raw = await self._pool.acquire(timeout=self._timeout_s)
            except TimeoutError as exc:
                raise AcquireTimeoutError from exc
            try:
                yield raw
            finally:
                await self._pool.release(raw)


async def _leave_as_it_is(connection: Any) -> None:
    """No session of ours has a state that the next one could mind, so the round trip of a reset can be spared."""


@contextlib.contextmanager
def _mapped() -> Iterator[None]:
    """Tell a database that cannot be asked from a fault in what it was asked."""
    try:
        yield
    except _UNAVAILABLE as exc:
        raise DatabaseUnavailableError(str(exc) or type(exc).__name__) from exc
    except asyncpg.InterfaceError as exc:
        if "closed" in str(exc):
            raise DatabaseUnavailableError(str(exc)) from exc
        raise
