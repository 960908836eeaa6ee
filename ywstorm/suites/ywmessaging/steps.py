"""
What a user does: one coroutine for each endpoint, each with its checks.

Checks never fail a run by themselves; a threshold on ``checks`` does, and only smoke has one.
"""

from typing import Any

from ywstorm import VU, Response
from ywstorm.suites.ywmessaging import metrics
from ywstorm.suites.ywmessaging.client import call
from ywstorm.suites.ywmessaging.shapes import CONVERSATION, CONVERSATIONS, ME, MESSAGE, SUMMARY, has_shape, json_of

__all__ = ["list_conversations", "read_conversation", "read_me", "read_summary", "send_to_all"]

_WITH_IDS = {"data": [{"id": str}]}


async def read_me(vu: VU) -> None:
    """GET /auth/me: does the token work?"""
    response = await call(vu, "GET", "/auth/me", endpoint="auth")
    _check(vu, "me", response, 200, ME)


async def send_to_all(vu: VU) -> None:
    """POST /messages/send: a message to every member of the church."""
    message = {"content": f"Load test: message {vu.iteration} of user {vu.id}", "targetType": "all"}
    response = await call(
        vu, "POST", "/messages/send", endpoint="message", json=message, trend=metrics.message_send_duration
    )
    _check(vu, "message", response, 201, MESSAGE)


async def list_conversations(vu: VU) -> list[str]:
    """GET /messages/conversations: the ids on the first page, the latest first."""
    response = await call(
        vu, "GET", "/messages/conversations", endpoint="conversations", trend=metrics.conversation_fetch_duration
    )
    body = _check(vu, "conversations", response, 200, CONVERSATIONS)
    return [conversation["id"] for conversation in body["data"]] if has_shape(body, _WITH_IDS) else []


async def read_conversation(vu: VU, conversation_id: str) -> None:
    """GET /messages/conversations/:id: one conversation with its messages."""
    path = f"/messages/conversations/{conversation_id}"
    name = "GET /messages/conversations/:id"  # without it, every id would be an endpoint of its own
    response = await call(vu, "GET", path, endpoint="conversation", name=name)
    _check(vu, "conversation", response, 200, CONVERSATION)


async def read_summary(vu: VU) -> None:
    """GET /analytics/summary: the figures of the dashboard."""
    response = await call(vu, "GET", "/analytics/summary", endpoint="analytics", trend=metrics.analytics_duration)
    _check(vu, "analytics", response, 200, SUMMARY)


def _check(vu: VU, what: str, response: Response, status: int, shape: Any) -> Any:
    """Check status and shape of an answer; its body, or None if there is none."""
    body = json_of(response)
    vu.check(f"{what}: status is {status}", response.status == status)
    vu.check(f"{what}: has its fields", has_shape(body, shape))
    return body
