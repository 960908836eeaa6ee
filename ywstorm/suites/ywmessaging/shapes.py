"""
What the API's answers look like, and whether one does.

Checks never fail a run by themselves; a threshold on ``checks`` does, and only smoke has one.
"""

from types import UnionType
from typing import Any

from ywstorm import VU, Response

__all__ = [
    "CONVERSATION",
    "CONVERSATIONS",
    "LOGIN",
    "ME",
    "MESSAGE",
    "READ",
    "REPLY",
    "SUMMARY",
    "checked",
    "has_shape",
    "json_of",
]

_PAGINATION = {"page": int, "limit": int, "total": int, "pages": int}
_MEMBER = {"id": str, "firstName": object, "lastName": object, "phone": object}

LOGIN = {
    "success": True,
    "mfaRequired": False,
    "data": {"admin": dict, "church": dict, "accessToken": str, "refreshToken": str},
}
ME = {
    "success": True,
    "data": {
        "id": str,
        "email": str,
        "firstName": object,
        "lastName": object,
        "role": str,
        "welcomeCompleted": bool,
        "userRole": object,
        "tenantId": str,
    },
}
MESSAGE = {
    "success": True,
    "data": {"id": str, "content": str, "targetType": str, "totalRecipients": int, "status": str, "createdAt": str},
}
CONVERSATIONS = {
    "success": True,
    "data": [
        {
            "id": str,
            "member": _MEMBER,
            "status": str,
            "unreadCount": int,
            "lastMessage": dict | None,
            "lastMessageAt": object,
            "createdAt": str,
        }
    ],
    "pagination": _PAGINATION,
}
CONVERSATION = {
    "success": True,
    "data": {
        "id": str,
        "member": _MEMBER,
        "status": str,
        "unreadCount": int,
        "createdAt": str,
        "messages": [
            {
                "id": str,
                "content": object,
                "direction": str,
                "member": object,
                "deliveryStatus": object,
                "mediaUrl": object,
                "createdAt": str,
                "channel": str,
            }
        ],
        "pagination": _PAGINATION,
    },
}
REPLY = {
    "success": True,
    "data": {
        "id": str,
        "content": str,
        "direction": "outbound",
        "deliveryStatus": object,
        "createdAt": str,
        "replyToId": object,
        "sendEffect": object,
    },
}
READ = {"success": True, "message": str}
SUMMARY = {
    "totalMessages": int,
    "averageDeliveryRate": int | float,
    "totalMembers": int,
    "totalBranches": int,
}


def checked(vu: VU, what: str, response: Response, status: int, shape: Any) -> Any:
    """Check status and shape of an answer; its body, or None if there is none."""
    body = json_of(response)
    vu.check(f"{what}: status is {status}", response.status == status)
    vu.check(f"{what}: has its fields", has_shape(body, shape))
    return body


def has_shape(value: Any, shape: Any) -> bool:
    """
    Whether a JSON value looks as expected.

    Args:
        value: What ``json_of`` gave.
        shape: A type; or a dict with the shape of each field that must be there; or a list with the shape of each
            item; or the very value.
    """
    if isinstance(shape, type | UnionType):
        return isinstance(value, shape)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(key in value and has_shape(value[key], shape[key]) for key in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(has_shape(item, shape[0]) for item in value)
    return bool(value == shape)


def json_of(response: Response) -> Any:
    """The body of an answer that is ``ok``; None for any other, and for a body that is no JSON."""
    if not response.ok:
        return None
    try:
        return response.json()
    except ValueError:
        return None
