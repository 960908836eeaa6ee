"""The users' API as a few canned answers, for what the reference target never says."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

from tests.e2e.run_of import Ended, run
from tests.reference.peer import Act, Asked, Peer, answer

__all__ = ["LOGIN", "SEND", "CannedApi", "login", "run_against", "said"]

LOGIN = "/api/auth/login"
SEND = "/api/messages/send"
_CONVERSATIONS = "/api/messages/conversations"
_MEMBER = {"id": "m-1", "firstName": "Ada", "lastName": "Abara", "phone": "+1"}
_TIME = "2026-01-01T00:00:00.000Z"
_CONVERSATION = {
    "id": "c-1",
    "member": _MEMBER,
    "status": "open",
    "unreadCount": 0,
    "lastMessage": None,
    "lastMessageAt": _TIME,
    "createdAt": _TIME,
}
_USER = {
    "id": "u-1",
    "email": "a@b.de",
    "firstName": "Ada",
    "lastName": "Abara",
    "role": "PRIMARY",
    "welcomeCompleted": True,
    "userRole": None,
    "tenantId": "church-1",
}
_PAGE = {"page": 1, "limit": 20, "total": 1, "pages": 1}
_SENT = {
    "id": "1",
    "content": "hello",
    "targetType": "all",
    "totalRecipients": 1,
    "status": "pending",
    "createdAt": _TIME,
}
_FIGURES = {"totalMessages": 1, "averageDeliveryRate": 99.5, "totalMembers": 1, "totalBranches": 1}


def said(body: Any, status: int = 200, **fields: str) -> Act:
    """An answer with a JSON body."""
    return answer(json.dumps(body).encode(), status, Content_Type="application/json", **fields)


def login(life_s: int = 900) -> Act:
    """A login that succeeds, with a token that lives so long by a clock that is not ours."""
    claims = json.dumps({"churchId": "church-1", "iat": 1_000, "exp": 1_000 + life_s}).encode()
    token = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.x"
    data = {"accessToken": token, "refreshToken": "r", "admin": {}, "church": {}}
    return said({"success": True, "mfaRequired": False, "data": data})


class CannedApi(dict[str, Act]):
    """Path to answer; all goes well but for *overrides*, and what it does not have is 404."""

    def __init__(self, overrides: dict[str, Act] | None = None) -> None:
        super().__init__(
            {
                "/health": said({"status": "ok"}),
                LOGIN: login(),
                "/api/auth/me": said({"success": True, "data": _USER}),
                SEND: said({"success": True, "data": _SENT}, 201),
                _CONVERSATIONS: said({"success": True, "data": [_CONVERSATION], "pagination": _PAGE}),
                f"{_CONVERSATIONS}/c-1": said(
                    {"success": True, "data": {**_CONVERSATION, "messages": [], "pagination": _PAGE}}
                ),
                "/api/analytics/summary": said(_FIGURES),
                **(overrides or {}),
            }
        )

    def __missing__(self, path: str) -> Act:
        return said({"error": "Not Found", "path": path}, 404)


def run_against(
    folder: Path, overrides: dict[str, Act], *flags: str, code: int | None = 0
) -> tuple[Ended, list[Asked]]:
    """Run the suite as one user of a canned API; what it ended with, and what was asked for, setup included."""

    async def play() -> tuple[Ended, list[Asked]]:
        async with Peer(CannedApi(overrides)) as peer:
            user = ("-e", "EMAIL=a@b.de", "-e", "PASSWORD=Abcdefg1")
            arguments = ("ywmessaging", "--base-url", peer.url, *user, *flags)
            return await asyncio.to_thread(run, folder, *arguments, code=code), peer.asked

    return asyncio.run(play())
