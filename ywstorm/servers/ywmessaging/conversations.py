"""SQL about conversations: the list, one of them, replies and their state. Every function keeps to one church."""

import sqlite3
from typing import Any
from uuid import uuid4

from ywstorm.servers.ywmessaging.answers import iso_time

__all__ = ["add_reply", "has_message", "mark_read", "one", "page", "pagination", "set_status"]


def pagination(page: int, limit: int, total: int) -> dict[str, int]:
    """The ``pagination`` of an answer."""
    return {"page": page, "limit": limit, "total": total, "pages": -(-total // limit)}


def page(connection: sqlite3.Connection, church_id: str, status: str, page: int, limit: int) -> dict[str, Any]:
    """
    One page of the list, the latest first, as it is answered.

    One query for the page and two more for each conversation: that is how the users' server does it, and what its
    cache is there to hide.
    """
    where = "FROM conversations WHERE church_id = ? AND status = ?"
    total = connection.execute(f"SELECT count(*) {where}", (church_id, status)).fetchone()[0]
    rows = connection.execute(
        f"SELECT * {where} ORDER BY last_message_at DESC LIMIT ? OFFSET ?",
        (church_id, status, limit, (page - 1) * limit),
    ).fetchall()
    data = [_listed(connection, row) for row in rows]
    return {"success": True, "data": data, "pagination": pagination(page, limit, total)}


def one(
    connection: sqlite3.Connection, church_id: str, conversation_id: str, page: int, limit: int
) -> dict[str, Any] | None:
    """A conversation with one page of its messages, the latest first, as it is answered; None if there is none."""
    row = _find(connection, church_id, conversation_id)
    if row is None:
        return None
    member = _member(connection, row["member_id"])
    total = connection.execute(
        "SELECT count(*) FROM conversation_messages WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()[0]
    messages = connection.execute(
        "SELECT * FROM conversation_messages WHERE conversation_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?",
        (conversation_id, limit, (page - 1) * limit),
    ).fetchall()
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


def has_message(connection: sqlite3.Connection, conversation_id: str, message_id: str) -> bool:
    """Whether a message belongs to a conversation, and so can be replied to there."""
    query = "SELECT 1 FROM conversation_messages WHERE id = ? AND conversation_id = ?"
    return connection.execute(query, (message_id, conversation_id)).fetchone() is not None


def add_reply(
    connection: sqlite3.Connection, church_id: str, conversation_id: str, content: str, reply_to_id: str | None
) -> dict[str, Any] | None:
    """Write a reply; its ``data`` as answered, or None if there is no such conversation."""
    if _find(connection, church_id, conversation_id) is None:
        return None
    message_id, now = str(uuid4()), iso_time()
    connection.execute(
        "INSERT INTO conversation_messages VALUES (?, ?, ?, 'outbound', NULL, ?, ?)",
        (message_id, conversation_id, content, reply_to_id, now),
    )
    connection.execute("UPDATE conversations SET last_message_at = ? WHERE id = ?", (now, conversation_id))
    return {
        "id": message_id,
        "content": content,
        "direction": "outbound",
        "deliveryStatus": None,
        "createdAt": now,
        "replyToId": reply_to_id,
        "sendEffect": None,
    }


def mark_read(connection: sqlite3.Connection, church_id: str, conversation_id: str) -> bool:
    """Set the unread count to 0; False if there is no such conversation."""
    query = "UPDATE conversations SET unread_count = 0 WHERE id = ? AND church_id = ?"
    return connection.execute(query, (conversation_id, church_id)).rowcount == 1


def set_status(connection: sqlite3.Connection, church_id: str, conversation_id: str, status: str) -> bool:
    """Open, close or archive; False if there is no such conversation."""
    query = "UPDATE conversations SET status = ? WHERE id = ? AND church_id = ?"
    return connection.execute(query, (status, conversation_id, church_id)).rowcount == 1


def _find(connection: sqlite3.Connection, church_id: str, conversation_id: str) -> sqlite3.Row | None:
    query = "SELECT * FROM conversations WHERE id = ? AND church_id = ?"
    row: sqlite3.Row | None = connection.execute(query, (conversation_id, church_id)).fetchone()
    return row


def _member(connection: sqlite3.Connection, member_id: str) -> dict[str, Any]:
    row = connection.execute("SELECT * FROM members WHERE id = ?", (member_id,)).fetchone()
    return {"id": row["id"], "firstName": row["first_name"], "lastName": row["last_name"], "phone": row["phone"]}


def _listed(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    last = connection.execute(
        "SELECT * FROM conversation_messages WHERE conversation_id = ? ORDER BY created_at DESC LIMIT 1", (row["id"],)
    ).fetchone()
    return {
        "id": row["id"],
        "member": _member(connection, row["member_id"]),
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


def _message(row: sqlite3.Row, member: dict[str, Any]) -> dict[str, Any]:
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
