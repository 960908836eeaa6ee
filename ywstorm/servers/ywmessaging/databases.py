"""Which database: an SQLite file or a PostgreSQL server, by its URL."""

from pathlib import Path
from urllib.parse import urlsplit

from ywstorm.servers.ywmessaging.database import Database
from ywstorm.servers.ywmessaging.sqlite import SqliteDatabase

__all__ = ["is_postgres", "open_database", "shown", "sqlite_path"]

_POSTGRES = ("postgres://", "postgresql://")


async def open_database(url: str, size: int, timeout_s: float) -> Database:
    """
    Open the database at *url*.

    Args:
        url: ``postgres://…``, ``sqlite:PATH`` or a path.
        size: Connections, and so calls at once.
        timeout_s: How long a call may wait for a connection.

    Raises:
        DatabaseUnavailableError: it cannot be opened.
    """
    if is_postgres(url):
        # Not at the top: asyncpg is only needed by those who want PostgreSQL.
        from ywstorm.servers.ywmessaging.postgres import PostgresDatabase

        return await PostgresDatabase.open(url, size, timeout_s)
    return SqliteDatabase(sqlite_path(url), size, timeout_s)


def is_postgres(url: str) -> bool:
    """Whether *url* names a PostgreSQL database and not a file."""
    return url.startswith(_POSTGRES)


def sqlite_path(url: str) -> Path:
    """The file of ``sqlite:PATH``, or of a bare path."""
    return Path(url.removeprefix("sqlite:"))


def shown(url: str) -> str:
    """*url* as it may be printed: without its password."""
    if not is_postgres(url):
        return url
    parts = urlsplit(url)
    password = f":{parts.password}@"
    return url.replace(password, ":***@", 1) if parts.password else url
