"""What a user does: one coroutine for each endpoint, each with its checks."""

from ywstorm import VU
from ywstorm.suites.ywmessaging import metrics, shapes
from ywstorm.suites.ywmessaging.client import call

__all__ = [
    "list_conversations",
    "mark_read",
    "read_conversation",
    "read_me",
    "read_summary",
    "reply",
    "send_to_all",
]

_WITH_IDS = {"data": [{"id": str}]}
_PATH = "/messages/conversations"


async def read_me(vu: VU) -> None:
    """GET /auth/me: does the token work?"""
    response = await call(vu, "GET", "/auth/me", endpoint="auth")
    shapes.checked(vu, "me", response, 200, shapes.ME)


async def send_to_all(vu: VU) -> None:
    """POST /messages/send: a message to every member of the church."""
    message = {"content": f"Load test: message {vu.iteration} of user {vu.id}", "targetType": "all"}
    response = await call(
        vu, "POST", "/messages/send", endpoint="message", json=message, trend=metrics.message_send_duration
    )
    shapes.checked(vu, "message", response, 201, shapes.MESSAGE)


async def list_conversations(vu: VU) -> list[str]:
    """GET /messages/conversations: the ids on the first page, the latest first."""
    response = await call(vu, "GET", _PATH, endpoint="conversations", trend=metrics.conversation_fetch_duration)
    body = shapes.checked(vu, "conversations", response, 200, shapes.CONVERSATIONS)
    return [conversation["id"] for conversation in body["data"]] if shapes.has_shape(body, _WITH_IDS) else []


async def read_conversation(vu: VU, conversation_id: str) -> None:
    """GET /messages/conversations/:id: one conversation with its messages."""
    name = f"GET {_PATH}/:id"  # without it, every id would be an endpoint of its own
    response = await call(vu, "GET", f"{_PATH}/{conversation_id}", endpoint="conversation", name=name)
    shapes.checked(vu, "conversation", response, 200, shapes.CONVERSATION)


async def reply(vu: VU, conversation_id: str) -> None:
    """POST /messages/conversations/:id/reply: an answer to a member; it waits for the SMS provider."""
    response = await call(
        vu,
        "POST",
        f"{_PATH}/{conversation_id}/reply",
        endpoint="reply",
        name=f"POST {_PATH}/:id/reply",
        json={"content": f"Load test: reply {vu.iteration} of user {vu.id}"},
        trend=metrics.message_send_duration,
    )
    shapes.checked(vu, "reply", response, 201, shapes.REPLY)


async def mark_read(vu: VU, conversation_id: str) -> None:
    """PATCH /messages/conversations/:id/read: nothing in it is unread any more."""
    response = await call(
        vu, "PATCH", f"{_PATH}/{conversation_id}/read", endpoint="read", name=f"PATCH {_PATH}/:id/read"
    )
    shapes.checked(vu, "read", response, 200, shapes.READ)


async def read_summary(vu: VU) -> None:
    """GET /analytics/summary: the figures of the dashboard."""
    response = await call(vu, "GET", "/analytics/summary", endpoint="analytics", trend=metrics.analytics_duration)
    shapes.checked(vu, "analytics", response, 200, shapes.SUMMARY)
