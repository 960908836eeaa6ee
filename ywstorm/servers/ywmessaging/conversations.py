"""SQL about conversations: the list, one of them, replies and their state. Every function keeps to one church."""

from typing import Any
from uuid import uuid4

from ywstorm.servers.ywmessaging.answers import iso_time
from ywstorm.servers.ywmessaging.database import Connection, Row

__all__ = ["add_reply", "has_message", "mark_read", "one", "page", "pagination", "set_status"]


def pagination(page: int, limit: int, total: int) -> dict[str, int]:
    """The ``pagination`` of an answer."""
    return {"page": page, "limit": limit, "total": total, "pages": -(-total // limit)}


async def page(connection: Connection, church_id: str, status: str, page: int, limit: int) -> dict[str, Any]:
    """
    One page of the list, the latest first, as it is answered.

    One query for the page and two more for each conversation: that is how the users' server does it, and what its
    cache is there to hide.
    """
    where = "FROM conversations WHERE church_id = $1 AND status = $2"
    total = await connection.value(f"SELECT count(*) {where}", church_id, status)
    rows = await connection.rows(
        f"SELECT * {where} ORDER BY last_message_at DESC LIMIT $3 OFFSET $4",
        *(church_id, status, limit, (page - 1) * limit),
    )
    data = [await _listed(connection, row) for row in rows]
    return {"success": True, "data": data, "pagination": pagination(page, limit, total)}


async def one(
    connection: Connection, church_id: str, conversation_id: str, page: int, limit: int
) -> dict[str, Any] | None:
    """A conversation with one page of its messages, the latest first, as it is answered; None if there is none."""
    row = await _find(connection, church_id, conversation_id)
    if row is None:
        return None
    member = await _member(connection, row["member_id"])
    where = "FROM conversation_messages WHERE conversation_id = $1"
    total = await connection.value(f"SELECT count(*) {where}", conversation_id)
    messages = await connection.rows(
        f"SELECT * {where} ORDER BY created_at DESC LIMIT $2 OFFSET $3", conversation_id, limit, (page - 1) * limit
    )
    data = {
        "id": row["id"],
        "member": member,
        "status": row["status"],
        "unreadCount": row["unread_count"],
        "createdAt": row["created_at"],
        "messages": [_message(message, member) for message in messages],
        "pagination": pagination(page, limit, total),
    }
    return {"success": True, "data": data}


async def has_message(connection: Connection, conversation_id: str, message_id: str) -> bool:
    """Whether a message belongs to a conversation, and so can be replied to there."""
    query = "SELECT 1 FROM conversation_messages WHERE id = $1 AND conversation_id = $2"
    return await connection.row(query, message_id, conversation_id) is not None


async def add_reply(
    connection: Connection, church_id: str, conversation_id: str, content: str, reply_to_id: str | None
) -> dict[str, Any] | None:
    """Write a reply; its ``data`` as answered, or None if there is no such conversation."""
    if await _find(connection, church_id, conversation_id) is None:
        return None
    message_id, now = str(uuid4()), iso_time()
    await connection.execute(
        "INSERT INTO conversation_messages VALUES ($1, $2, $3, 'outbound', NULL, $4, $5)",
        *(message_id, conversation_id, content, reply_to_id, now),
    )
    await connection.execute("UPDATE conversations SET last_message_at = $1 WHERE id = $2", now, conversation_id)
    return {
        "id": message_id,
        "content": content,
        "direction": "outbound",
        "deliveryStatus": None,
        "createdAt": now,
        "replyToId": reply_to_id,
        "sendEffect": None,
    }


async def mark_read(connection: Connection, church_id: str, conversation_id: str) -> bool:
    """Set the unread count to 0; False if there is no such conversation."""
    query = "UPDATE conversations SET unread_count = 0 WHERE id = $1 AND church_id = $2"
    return await connection.execute(query, conversation_id, church_id) == 1


async def set_status(connection: Connection, church_id: str, conversation_id: str, status: str) -> bool:
    """Open, close or archive; False if there is no such conversation."""
    query = "UPDATE conversations SET status = $1 WHERE id = $2 AND church_id = $3"
    return await connection.execute(query, status, conversation_id, church_id) == 1


async def _find(connection: Connection, church_id: str, conversation_id: str) -> Row | None:
    query = "SELECT * FROM conversations WHERE id = $1 AND church_id = $2"
    return await connection.row(query, conversation_id, church_id)


async def _member(connection: Connection, member_id: str) -> dict[str, Any]:
    [row] = await connection.rows("SELECT * FROM members WHERE id = $1", member_id)
    return {"id": row["id"], "firstName": row["first_name"], "lastName": row["last_name"], "phone": row["phone"]}


async def _listed(connection: Connection, row: Row) -> dict[str, Any]:
    last = await connection.row(
        "SELECT * FROM conversation_messages WHERE conversation_id = $1 ORDER BY created_at DESC LIMIT 1", row["id"]
    )
    return {
        "id": row["id"],
        "member": await _member(connection, row["member_id"]),
        "status": row["status"],
        "unreadCount": row["unread_count"],
        "lastMessage": last
        and {
            "id": last["id"],
            "content": last["content"],
            "createdAt": last["created_at"],
            "mediaType": None,
            "direction": last["direction"],
        },
        "lastMessageAt": row["last_message_at"],
        "createdAt": row["created_at"],
    }


def _message(row: Row, member: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "content": row["content"],
        "direction": row["direction"],
        "member": member,
        "deliveryStatus": row["delivery_status"],
        "mediaUrl": None,
        "mediaType": None,
        "createdAt": row["created_at"],
        "channel": "sms",
        "replyToId": row["reply_to_id"],
        "sendEffect": None,
    }
