"""SQL about churches and their admins."""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from ywstorm.servers.ywmessaging import seed
from ywstorm.servers.ywmessaging.answers import iso_time
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

    row: sqlite3.Row

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


def add(connection: sqlite3.Connection, new: NewAccount) -> Account | None:
    """Create a church with its first admin and something to read; None if the address is taken."""
    if connection.execute("SELECT 1 FROM admins WHERE email = ?", (new.email,)).fetchone():
        return None
    church_id, admin_id = str(uuid4()), str(uuid4())
    connection.execute(
        "INSERT INTO churches VALUES (?, ?, ?, 'trial', ?, ?)",
        (church_id, new.church_name, new.church_phone, iso_time(_TRIAL), iso_time()),
    )
    connection.execute(
        "INSERT INTO admins VALUES (?, ?, ?, ?, ?, ?, 'PRIMARY', 0)",
        (admin_id, church_id, new.email, new.password_hash, new.first_name, new.last_name),
    )
    seed.fill(connection, church_id)
    return by_id(connection, admin_id)


def by_email(connection: sqlite3.Connection, email: str) -> Account | None:
    """The admin with that address (in lower case)."""
    row = connection.execute(_SELECT + "WHERE a.email = ?", (email,)).fetchone()
    return Account(row) if row else None


def by_id(connection: sqlite3.Connection, admin_id: str) -> Account | None:
    """The admin with that id."""
    row = connection.execute(_SELECT + "WHERE a.id = ?", (admin_id,)).fetchone()
    return Account(row) if row else None


def remove_church(connection: sqlite3.Connection, church_id: str) -> dict[str, int]:
    """Delete a church and all that is its own; how many messages, conversations, members and churches went."""

    def count(table: str) -> int:
        row = connection.execute(f"SELECT count(*) FROM {table} WHERE church_id = ?", (church_id,)).fetchone()  # noqa: S608
        return int(row[0])

    deleted = {table: count(table) for table in ("messages", "conversations", "members")}
    return deleted | {"churches": connection.execute("DELETE FROM churches WHERE id = ?", (church_id,)).rowcount}
