"""
What no longer lets anybody in: tokens after a logout, churches that are gone.

The database holds them all and each process knows them; a stamp says when the database has more. So a request that
asks costs nothing but a look at the stamp, as long as nobody logs out.
"""

import time
from collections.abc import Sequence

from ywstorm.servers.ywmessaging.database import Connection, Database
from ywstorm.servers.ywmessaging.shared import Stamps

__all__ = ["Revocations", "forget_all"]

_STAMP = "revocations"
_MARGIN_NS = 60_000_000_000
"""How long a change may take from its instant until others can read it: far beyond the request timer."""


class Revocations:
    """
    Names that were revoked, for the life of the server.

    Args:
        database: Where they are kept.
        stamps: Tell when another process has added some.
    """

    def __init__(self, database: Database, stamps: Stamps) -> None:
        self._database = database
        self._stamps = stamps
        self._names: set[str] = set()
        self._newest_ns = 0
        self._stamp = 0

    async def add(self, *names: str) -> None:
        """Revoke *names* from now on, in all processes."""
        self._names.update(names)
        await self._database.write(_insert, names, time.monotonic_ns())
        self._stamps.renew(_STAMP)

    async def include(self, *names: str) -> bool:
        """Whether any of *names* was revoked."""
        stamp = self._stamps.of(_STAMP)
        if stamp != self._stamp:
            for name, instant_ns in await self._database.read(_added_since, self._newest_ns - _MARGIN_NS):
                self._names.add(name)
                self._newest_ns = max(self._newest_ns, instant_ns)
            self._stamp = stamp
        return not self._names.isdisjoint(names)


async def forget_all(connection: Connection) -> None:
    """Begin anew, as a server that starts must: it has new keys, so the old tokens are void anyway."""
    await connection.execute("DELETE FROM revocations")


async def _insert(connection: Connection, names: Sequence[str], instant_ns: int) -> None:
    statement = "INSERT INTO revocations VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
    await connection.execute_many(statement, [(name, instant_ns) for name in names])


async def _added_since(connection: Connection, instant_ns: int) -> list[tuple[str, int]]:
    rows = await connection.rows("SELECT * FROM revocations WHERE revoked_at_ns >= $1", instant_ns)
    return [(row["name"], row["revoked_at_ns"]) for row in rows]
