"""Answers as values: JSON bodies, and the errors that a handler ends with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web

__all__ = ["ApiError", "encoded", "iso_time", "json_answer", "not_found", "raw_answer", "validation_failed"]


class ApiError(Exception):
    """A request that ends with an error the API defines: its status and its JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body.get('error')}")
        self.status = status
        self.body = body


def not_found(what: str) -> ApiError:
    """404 for a thing that the caller's church does not have."""
    return ApiError(404, {"success": False, "error": f"{what} not found"})


def validation_failed(details: list[dict[str, str]]) -> ApiError:
    """400 with one entry of ``{field, message, code}`` for each field that is wrong."""
    return ApiError(400, {"error": "Validation failed", "details": details})


def encoded(body: Any) -> bytes:
    """The JSON text of *body*."""
    return orjson.dumps(body)


def raw_answer(body: bytes, status: int = 200) -> web.Response:
    """An answer whose JSON text is ready, as a cached one is."""
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8")


def json_answer(body: Any, status: int = 200) -> web.Response:
    """An answer with *body* as JSON."""
    return raw_answer(encoded(body), status)


def iso_time(offset: timedelta = timedelta()) -> str:
    """Now plus *offset* in UTC to the millisecond, as JavaScript writes it: text that sorts by time."""
    moment = datetime.now(UTC) + offset
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
