"""SQL about churches and their admins."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from ywstorm.servers.ywmessaging import seed
from ywstorm.servers.ywmessaging.answers import iso_time
from ywstorm.servers.ywmessaging.database import Connection, Row
from ywstorm.servers.ywmessaging.tokens import Identity

__all__ = ["Account", "NewAccount", "add", "by_email", "by_id", "remove_church"]

_TRIAL = timedelta(days=14)
_SELECT = """
    SELECT a.id, a.church_id, a.email, a.password_hash, a.first_name, a.last_name, a.role, a.welcome_completed,
           c.name AS church_name, c.subscription_status, c.trial_ends_at
    FROM admins AS a JOIN churches AS c ON c.id = a.church_id
"""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a registration brings, the password already hashed."""

    email: str
    password_hash: str
    first_name: str
    last_name: str
    church_name: str
    church_phone: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """An admin with the church that is theirs."""

    row: Row

    @property
    def identity(self) -> Identity:
        """Who this is, as tokens say it."""
        return Identity(self.row["id"], self.row["church_id"], self.row["role"])

    @property
    def password_hash(self) -> str:
        """What the password is checked against."""
        return str(self.row["password_hash"])

    @property
    def admin(self) -> dict[str, Any]:
        """The ``admin`` of an answer."""
        row = self.row
        return {
            "id": row["id"],
            "email": row["email"],
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "role": row["role"],
            "welcomeCompleted": bool(row["welcome_completed"]),
            "userRole": None,
        }

    @property
    def church(self) -> dict[str, Any]:
        """The ``church`` of an answer."""
        row = self.row
        return {
            "id": row["church_id"],
            "name": row["church_name"],
            "subscriptionStatus": row["subscription_status"],
            "trialEndsAt": row["trial_ends_at"],
        }


async def add(connection: Connection, new: NewAccount) -> Account | None:
    """Create a church with its first admin and something to read; None if the address is taken."""
    church_id, admin_id = str(uuid4()), str(uuid4())
    await connection.execute(
        "INSERT INTO churches VALUES ($1, $2, $3, 'trial', $4, $5)",
        *(church_id, new.church_name, new.church_phone, iso_time(_TRIAL), iso_time()),
    )
    # Not "look first, then insert": somebody else may take the address in between.
    added = await connection.execute(
        "INSERT INTO admins VALUES ($1, $2, $3, $4, $5, $6, 'PRIMARY', 0) ON CONFLICT (email) DO NOTHING",
        *(admin_id, church_id, new.email, new.password_hash, new.first_name, new.last_name),
    )
    if not added:
        await connection.execute("DELETE FROM churches WHERE id = $1", church_id)
        return None
    await seed.fill(connection, church_id)
    return await by_id(connection, admin_id)


async def by_email(connection: Connection, email: str) -> Account | None:
    """The admin with that address (in lower case)."""
    row = await connection.row(_SELECT + "WHERE a.email = $1", email)
    return Account(row) if row else None


async def by_id(connection: Connection, admin_id: str) -> Account | None:
    """The admin with that id."""
    row = await connection.row(_SELECT + "WHERE a.id = $1", admin_id)
    return Account(row) if row else None


async def remove_church(connection: Connection, church_id: str) -> dict[str, int]:
    """Delete a church and all that is its own; how many messages, conversations, members and churches went."""
    deleted: dict[str, int] = {
        table: await connection.value(f"SELECT count(*) FROM {table} WHERE church_id = $1", church_id)  # noqa: S608
        for table in ("messages", "conversations", "members")
    }
    return deleted | {"churches": await connection.execute("DELETE FROM churches WHERE id = $1", church_id)}
