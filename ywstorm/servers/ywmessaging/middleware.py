"""What happens to every request and answer, whatever the route: counting, the timer, errors as JSON, headers."""

import asyncio
import base64
import gzip
import hashlib
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from uuid import uuid4

from aiohttp import hdrs, web

from ywstorm.servers.ywmessaging.answers import ApiError, json_answer
from ywstorm.servers.ywmessaging.counts import COUNTS_PATH, endpoint_of
from ywstorm.servers.ywmessaging.database import DatabaseUnavailableError
from ywstorm.servers.ywmessaging.limiting import EXTRA_HEADERS, take_request
from ywstorm.servers.ywmessaging.routes_auth import REGISTER_PATH
from ywstorm.servers.ywmessaging.services import SERVICES

__all__ = ["MIDDLEWARES"]

_LOG = logging.getLogger(__name__)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_GZIP_ABOVE_BYTES = 1024
_GZIP_LEVEL = 6
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'none';"
        "img-src 'self' data: https:;object-src 'none';script-src 'self';script-src-attr 'none';"
        "style-src 'self' https: 'unsafe-inline';connect-src 'self' https://api.stripe.com https://*.sentry.io;"
        "frame-src https://js.stripe.com;worker-src 'self' blob:;manifest-src 'self';upgrade-insecure-requests"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), payment=(self), usb=()"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "RateLimit-Limit,RateLimit-Remaining,RateLimit-Reset,X-Request-Id",
    "Vary": "Origin, Accept-Encoding",
    "Cache-Control": "private, no-cache, must-revalidate",
}


@web.middleware
async def _count(request: web.Request, handler: _Handler) -> web.StreamResponse:
    if request.path != COUNTS_PATH:
        request.app[SERVICES].counts.add(endpoint_of(request))
    return await handler(request)


@web.middleware
async def _dress(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Give the answer its headers; make it a 304 if the caller has it already, compress it if the caller reads that."""
    answer = await handler(request)
    answer.headers.update(_SECURITY_HEADERS)
    answer.headers.update(request.get(EXTRA_HEADERS, {}))
    answer.headers["X-Request-Id"] = str(uuid4())
    if request.keep_alive:
        answer.headers["Keep-Alive"] = f"timeout={request.app[SERVICES].options.keep_alive_s:g}"
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return answer
    tag = _etag(answer.body)
    answer.headers[hdrs.ETAG] = tag
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD} and answer.status == 200 and _is_known(request, tag):
        del answer.headers[hdrs.CONTENT_TYPE]
        answer.body = None
        answer.set_status(304)
    elif len(answer.body) > _GZIP_ABOVE_BYTES and _reads_gzip(request):
        answer.body = gzip.compress(answer.body, _GZIP_LEVEL)
        answer.headers[hdrs.CONTENT_ENCODING] = "gzip"
    return answer


@web.middleware
async def _guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer within the request timer, and answer every error as JSON."""
    options = request.app[SERVICES].options
    limit_s = options.register_timeout_s if request.path == REGISTER_PATH else options.request_timeout_s
    try:
        async with asyncio.timeout(limit_s) as timer:
            take_request(request)
            return await _struck(request) or await handler(request)
    except ApiError as exc:
        return json_answer(exc.body, exc.status)
    except DatabaseUnavailableError as exc:
        return json_answer({"error": "Database connection unavailable", "message": str(exc)}, 503)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return json_answer({"error": "Not Found", "path": request.path, "method": request.method}, 404)
    except web.HTTPException as exc:
        return json_answer({"error": exc.reason}, exc.status)
    except Exception as exc:
        if isinstance(exc, TimeoutError) and timer.expired():
            error = "Request timeout - server took too long to respond"
            return json_answer({"success": False, "error": error}, 504)
        _LOG.exception("%s %s failed", request.method, request.path)
        return json_answer({"error": "Internal server error"}, 500)


async def _struck(request: web.Request) -> web.Response | None:
    """Do what a fault on purpose demands; an answer if it is the end of the request."""
    effect = request.app[SERVICES].faults.strike(endpoint_of(request))
    if effect is None:
        return None
    await asyncio.sleep(effect.delay_s)
    if effect.hang_up is not None:
        _hang_up(request, with_reset=effect.hang_up == "reset")
    elif effect.status is None:
        return None
    error = "Fault on purpose"  # which nobody gets to see who was hung up on
    return json_answer({"success": False, "error": error, "code": "FAULT"}, effect.status or 500)


def _hang_up(request: web.Request, *, with_reset: bool) -> None:
    transport = request.transport
    if transport is None:  # the caller was faster
        return
    if with_reset:
        linger = struct.pack("ii", 1, 0)  # on, for no time: closing then resets the connection
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def _etag(body: bytes) -> str:
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return f'W/"{len(body):x}-{base64.b64encode(digest).decode().rstrip("=")}"'


def _is_known(request: web.Request, tag: str) -> bool:
    known = request.headers.get(hdrs.IF_NONE_MATCH, "")
    return known.strip() == "*" or tag.removeprefix("W/") in {
        item.strip().removeprefix("W/") for item in known.split(",")
    }


def _reads_gzip(request: web.Request) -> bool:
    for item in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        name, _, weight = item.partition(";q=")
        if name.strip() in {"gzip", "*"}:
            return weight.strip().rstrip("0").rstrip(".") not in {"", "0"} or not weight
    return False


MIDDLEWARES = (_count, _dress, _guard)
