"""
The database behind the API: one small face for SQLite and PostgreSQL, and one SQL for both.

What is asked stands in the modules that hold the SQL, as coroutines that take a :class:`Connection` first; a
:class:`Database` says when they run. A call takes a connection from a pool, waits for one if there is none, and gives
up after the acquire timeout. Parameters are written ``$1``, ``$2``, … which both databases read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Sequence
from importlib.resources import files
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

__all__ = [
    "AcquireTimeoutError",
    "Connection",
    "Database",
    "DatabaseUnavailableError",
    "Row",
    "schema",
]

P = ParamSpec("P")
T = TypeVar("T")
_SCHEMA = files(__package__).joinpath("schema.sql")


class DatabaseUnavailableError(Exception):
    """The database cannot be asked at the moment: it is down, locked for too long, or refuses us."""


class AcquireTimeoutError(DatabaseUnavailableError):
    """No connection came free in time."""

    def __init__(self) -> None:
        super().__init__("timeout acquiring a connection from the pool")


class Row(Protocol):
    """One row of an answer: its columns by name or by position."""

    def __getitem__(self, column: str | int, /) -> Any: ...


class Connection(ABC):
    """One connection, for the length of one call."""

    @abstractmethod
    async def rows(self, query: str, *values: Any) -> Sequence[Row]:
        """Every row of the answer."""

    @abstractmethod
    async def execute(self, statement: str, *values: Any) -> int:
        """Change something; how many rows that met."""

    @abstractmethod
    async def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Do the same with each of *rows*."""

    async def row(self, query: str, *values: Any) -> Row | None:
        """The first row of the answer, None if it is empty."""
        rows = await self.rows(query, *values)
        return rows[0] if rows else None

    async def value(self, query: str, *values: Any) -> Any:
        """The only value of an answer that always has one, such as a count."""
        return (await self.rows(query, *values))[0][0]


class Database(ABC):
    """A pool of connections. Every method but :meth:`close` may raise :class:`DatabaseUnavailableError`."""

    @abstractmethod
    async def create_tables(self) -> None:
        """Make what is not there yet. What is there stays: a database outlives the servers that use it."""

    @abstractmethod
    async def read(
        self, query: Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call *query* with a connection."""

    @abstractmethod
    async def write(
        self, change: Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call *change* with a connection, as one transaction: all of it or, if it raises, nothing."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for the calls under way, then close every connection."""


def schema() -> str:
    """The statements that create the tables, as SQLite wants them."""
    return _SCHEMA.read_text(encoding="utf-8")
