"""SQL about messages to many: sending, delivery, history, and what analytics make of them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import uuid4

from ywstorm.servers.ywmessaging.answers import iso_time
from ywstorm.servers.ywmessaging.conversations import pagination
from ywstorm.servers.ywmessaging.database import Connection

__all__ = ["add", "by_day", "deliver", "history", "summary"]

_FAILS_EVERY = 50
"""The provider fails to reach one recipient in so many."""


async def add(
    connection: Connection,
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
    rows = await connection.rows("SELECT id FROM members WHERE church_id = $1", church_id)
    member_ids = [row["id"] for row in rows if target_ids is None or row["id"] in target_ids]
    if not member_ids:
        return None
    message_id, now = str(uuid4()), iso_time()
    target_type = "all" if target_ids is None else "individual"
    await connection.execute(
        "INSERT INTO messages VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)",
        *(message_id, church_id, content, target_type, len(member_ids), scheduled_at, now),
    )
    await connection.execute_many(
        "INSERT INTO message_recipients VALUES ($1, $2, 'pending')",
        [(message_id, member_id) for member_id in member_ids],
    )
    return {
        "id": message_id,
        "content": content,
        "targetType": target_type,
        "totalRecipients": len(member_ids),
        "status": "pending",
        "createdAt": now,
    }


async def deliver(connection: Connection, message_id: str) -> None:
    """Note what the provider reported: nearly all recipients reached."""
    rows = await connection.rows("SELECT member_id FROM message_recipients WHERE message_id = $1", message_id)
    await connection.execute_many(
        "UPDATE message_recipients SET status = $1 WHERE message_id = $2 AND member_id = $3",
        [
            ("failed" if n % _FAILS_EVERY == _FAILS_EVERY - 1 else "delivered", message_id, row["member_id"])
            for n, row in enumerate(rows)
        ],
    )
    await connection.execute("UPDATE messages SET status = 'sent' WHERE id = $1", message_id)


async def history(connection: Connection, church_id: str, page: int, limit: int) -> dict[str, Any]:
    """One page of what was sent, the latest first, as it is answered."""
    total = await connection.value("SELECT count(*) FROM messages WHERE church_id = $1", church_id)
    rows = await connection.rows(
        "SELECT * FROM messages WHERE church_id = $1 ORDER BY created_at DESC LIMIT $2 OFFSET $3",
        *(church_id, limit, (page - 1) * limit),
    )
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


async def summary(connection: Connection, church_id: str) -> dict[str, Any]:
    """The four figures of the dashboard, as they are answered."""
    [row] = await connection.rows(
        """
        SELECT (SELECT count(*) FROM messages WHERE church_id = $1) AS messages,
               (SELECT count(*) FROM members WHERE church_id = $1) AS members,
               (SELECT count(*) FROM branches WHERE church_id = $1) AS branches,
               count(*) FILTER (WHERE r.status = 'delivered') AS delivered,
               count(*) AS settled
        FROM messages AS m JOIN message_recipients AS r ON r.message_id = m.id
        WHERE m.church_id = $1 AND r.status <> 'pending'
        """,
        church_id,
    )
    return {
        "totalMessages": row["messages"],
        "averageDeliveryRate": _percentage(row["delivered"], row["settled"]),
        "totalMembers": row["members"],
        "totalBranches": row["branches"],
    }


async def by_day(connection: Connection, church_id: str, days: int) -> dict[str, Any]:
    """Recipients of the last *days* days by day and outcome, as it is answered: the query that joins and aggregates."""
    rows = await connection.rows(
        """
        SELECT substr(m.created_at, 1, 10) AS date,
               count(DISTINCT m.id) AS count,
               count(*) FILTER (WHERE r.status = 'delivered') AS delivered,
               count(*) FILTER (WHERE r.status = 'failed') AS failed,
               count(*) FILTER (WHERE r.status = 'pending') AS pending
        FROM messages AS m JOIN message_recipients AS r ON r.message_id = m.id
        WHERE m.church_id = $1 AND m.created_at >= $2
        GROUP BY 1 ORDER BY 1
        """,
        *(church_id, iso_time(timedelta(days=-days))),
    )
    delivered, failed = sum(row["delivered"] for row in rows), sum(row["failed"] for row in rows)
    return {
        "totalMessages": sum(row["count"] for row in rows),
        "deliveredCount": delivered,
        "failedCount": failed,
        "pendingCount": sum(row["pending"] for row in rows),
        "deliveryRate": _percentage(delivered, delivered + failed),
        "byDay": [{key: row[key] for key in ("date", "count", "delivered", "failed")} for row in rows],
    }


def _percentage(part: int, whole: int) -> float:
    """With one decimal; of nothing it is 0."""
    return round(100 * part / max(whole, 1), 1)
