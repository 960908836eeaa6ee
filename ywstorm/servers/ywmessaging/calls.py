"""
From a request to the call of a handler: origin check, body, token, in the order of the users' server.

A handler takes a :class:`Call` and returns an answer; one that needs to know who calls takes the identity as well.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from aiohttp import web

from ywstorm.servers.ywmessaging.answers import ApiError, not_found
from ywstorm.servers.ywmessaging.services import SERVICES, Services
from ywstorm.servers.ywmessaging.tokens import Identity
from ywstorm.servers.ywmessaging.validation import is_uuid

__all__ = ["Call", "private", "public"]

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its body read and its origin allowed."""

    services: Services
    request: web.Request
    body: Mapping[str, Any]

    @property
    def token(self) -> str | None:
        """The access token: of the Authorization header, else of the cookie."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        return self.request.cookies.get("accessToken")

    @property
    def conversation_id(self) -> str:
        """The id in the path; ApiError 404 if it cannot be one."""
        conversation_id = self.request.match_info["id"]
        if not is_uuid(conversation_id):
            raise not_found("Conversation")
        return conversation_id


def public(handler: Callable[[Call], Awaitable[web.Response]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A route that anybody may call."""

    async def handle(request: web.Request) -> web.Response:
        return await handler(await _call(request))

    return handle


def private(
    handler: Callable[[Call, Identity], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A route that needs an access token: 401 without a good one."""

    async def handle(request: web.Request) -> web.Response:
        call = await _call(request)
        return await handler(call, await call.services.tokens.read_access(call.token))

    return handle


async def _call(request: web.Request) -> Call:
    if request.method in _CHANGING and _is_foreign(request, "Origin") and _is_foreign(request, "Referer"):
        error = "Request origin not allowed (CSRF protection)"
        raise ApiError(403, {"success": False, "error": error, "code": "CSRF_INVALID_ORIGIN"})
    return Call(request.app[SERVICES], request, await _read_body(request))


def _is_foreign(request: web.Request, header: str) -> bool:
    value = request.headers.get(header)
    return value is not None and urlsplit(value).netloc.lower() != request.host.lower()


async def _read_body(request: web.Request) -> Mapping[str, Any]:
    """The body as a mapping: JSON or a form; anything else, or a JSON array, counts as empty."""
    body = await request.read()
    if not body:
        return {}
    if request.content_type == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        return {
            name.removesuffix("[]"): values if name.endswith("[]") or len(values) > 1 else values[0]
            for name, values in fields.items()
        }
    if request.content_type != "application/json":
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise ApiError(400, {"error": "Malformed JSON", "message": str(exc)}) from exc
    return value if isinstance(value, dict) else {}
