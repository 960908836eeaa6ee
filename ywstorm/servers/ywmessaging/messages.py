"""SQL about messages to many: sending, delivery, history, and what analytics make of them."""

import sqlite3
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import uuid4

from ywstorm.servers.ywmessaging.answers import iso_time
from ywstorm.servers.ywmessaging.conversations import pagination

__all__ = ["add", "by_day", "deliver", "history", "summary"]

_FAILS_EVERY = 50
"""The provider fails to reach one recipient in so many."""


def add(
    connection: sqlite3.Connection,
    church_id: str,
    content: str,
    target_ids: Collection[str] | None,
    scheduled_at: str | None,
) -> dict[str, Any] | None:
    """
    Write a message and its recipients.

    Args:
        connection: Of the writing transaction.
        church_id: Whose members may receive it.
        content: The text.
        target_ids: Members; None means all of the church.
        scheduled_at: When it shall leave, or None for at once.

    Returns:
        Its ``data`` as answered, or None if it would reach nobody.
    """
    rows = connection.execute("SELECT id FROM members WHERE church_id = ?", (church_id,)).fetchall()
    member_ids = [row["id"] for row in rows if target_ids is None or row["id"] in target_ids]
    if not member_ids:
        return None
    message_id, now = str(uuid4()), iso_time()
    target_type = "all" if target_ids is None else "individual"
    connection.execute(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, 'pending', ?, ?)",
        (message_id, church_id, content, target_type, len(member_ids), scheduled_at, now),
    )
    connection.executemany(
        "INSERT INTO message_recipients VALUES (?, ?, 'pending')", [(message_id, member_id) for member_id in member_ids]
    )
    return {
        "id": message_id,
        "content": content,
        "targetType": target_type,
        "totalRecipients": len(member_ids),
        "status": "pending",
        "createdAt": now,
    }


def deliver(connection: sqlite3.Connection, message_id: str) -> None:
    """Note what the provider reported: nearly all recipients reached."""
    rows = connection.execute("SELECT member_id FROM message_recipients WHERE message_id = ?", (message_id,)).fetchall()
    connection.executemany(
        "UPDATE message_recipients SET status = ? WHERE message_id = ? AND member_id = ?",
        [
            ("failed" if n % _FAILS_EVERY == _FAILS_EVERY - 1 else "delivered", message_id, row["member_id"])
            for n, row in enumerate(rows)
        ],
    )
    connection.execute("UPDATE messages SET status = 'sent' WHERE id = ?", (message_id,))


def history(connection: sqlite3.Connection, church_id: str, page: int, limit: int) -> dict[str, Any]:
    """One page of what was sent, the latest first, as it is answered."""
    total = connection.execute("SELECT count(*) FROM messages WHERE church_id = ?", (church_id,)).fetchone()[0]
    rows = connection.execute(
        "SELECT * FROM messages WHERE church_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?",
        (church_id, limit, (page - 1) * limit),
    ).fetchall()
    data = [
        {
            "id": row["id"],
            "content": row["content"],
            "targetType": row["target_type"],
            "totalRecipients": row["total_recipients"],
            "status": row["status"],
            "scheduledAt": row["scheduled_at"],
            "createdAt": row["created_at"],
        }
        for row in rows
    ]
    return {"success": True, "data": data, "pagination": pagination(page, limit, total)}


def summary(connection: sqlite3.Connection, church_id: str) -> dict[str, Any]:
    """The four figures of the dashboard, as they are answered."""
    row = connection.execute(
        """
        SELECT (SELECT count(*) FROM messages WHERE church_id = :church) AS messages,
               (SELECT count(*) FROM members WHERE church_id = :church) AS members,
               (SELECT count(*) FROM branches WHERE church_id = :church) AS branches,
               (SELECT avg(r.status = 'delivered')
                FROM messages AS m JOIN message_recipients AS r ON r.message_id = m.id
                WHERE m.church_id = :church AND r.status <> 'pending') AS delivery_rate
        """,
        {"church": church_id},
    ).fetchone()
    return {
        "totalMessages": row["messages"],
        "averageDeliveryRate": round(100 * (row["delivery_rate"] or 0.0), 1),
        "totalMembers": row["members"],
        "totalBranches": row["branches"],
    }


def by_day(connection: sqlite3.Connection, church_id: str, days: int) -> dict[str, Any]:
    """Recipients of the last *days* days by day and outcome, as it is answered: the query that joins and aggregates."""
    rows = connection.execute(
        """
        SELECT substr(m.created_at, 1, 10) AS date,
               count(DISTINCT m.id) AS count,
               sum(r.status = 'delivered') AS delivered,
               sum(r.status = 'failed') AS failed,
               sum(r.status = 'pending') AS pending
        FROM messages AS m JOIN message_recipients AS r ON r.message_id = m.id
        WHERE m.church_id = ? AND m.created_at >= ?
        GROUP BY date ORDER BY date
        """,
        (church_id, iso_time(timedelta(days=-days))),
    ).fetchall()
    delivered, failed = sum(row["delivered"] for row in rows), sum(row["failed"] for row in rows)
    return {
        "totalMessages": sum(row["count"] for row in rows),
        "deliveredCount": delivered,
        "failedCount": failed,
        "pendingCount": sum(row["pending"] for row in rows),
        "deliveryRate": round(100 * delivered / max(delivered + failed, 1), 1),
        "byDay": [{key: row[key] for key in ("date", "count", "delivered", "failed")} for row in rows],
    }
