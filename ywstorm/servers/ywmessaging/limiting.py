"""Where the rate limits are asked: every request under the base path, a login, a message that is sent."""

from aiohttp import web

from ywstorm.servers.ywmessaging.answers import ApiError
from ywstorm.servers.ywmessaging.calls import Call
from ywstorm.servers.ywmessaging.limits import Allowance
from ywstorm.servers.ywmessaging.services import SERVICES
from ywstorm.servers.ywmessaging.tokens import Identity

__all__ = [
    "EXTRA_HEADERS",
    "HEALTH_PATHS",
    "client_address",
    "count_failed_login",
    "refuse_failed_logins",
    "take_message",
    "take_request",
]

EXTRA_HEADERS = "extra_headers"
"""Where a request keeps headers that its answer has to have, whatever becomes of it."""
HEALTH_PATHS = ("/health", "/health/ready", "/health/live", "/api/health")
_MAX_ADDRESS = 64


def client_address(request: web.Request) -> str:
    """Who calls, as the proxy before the server says: the last address of X-Forwarded-For, else the peer's."""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())).rpartition(",")[2].strip()
    return forwarded[:_MAX_ADDRESS] or request.remote or ""


def take_request(request: web.Request) -> None:
    """Count a request of an address; ApiError 429 if it has made too many. Health is never limited."""
    limits = request.app[SERVICES].limits
    if limits is None or not request.path.startswith("/api/") or request.path in HEALTH_PATHS:
        return
    allowance = limits.requests.take(client_address(request))
    _apply(request, allowance, "RateLimit", "Too many requests from this IP, please try again later.")


def refuse_failed_logins(call: Call) -> None:
    """ApiError 429 if too many logins from this address have failed."""
    limits = call.services.limits
    if limits is not None:
        allowance = limits.failed_logins.look(client_address(call.request))
        if allowance.is_exceeded:
            _apply(call.request, allowance, "RateLimit", "Too many login attempts, please try again later.")


def count_failed_login(call: Call) -> None:
    """One more login from this address has failed."""
    if call.services.limits is not None:
        call.services.limits.failed_logins.take(client_address(call.request))


def take_message(call: Call, who: Identity) -> None:
    """Count a message of an admin; ApiError 429 if there were too many in the last hour."""
    if call.services.limits is not None:
        allowance = call.services.limits.messages.take(who.admin_id)
        _apply(call.request, allowance, "X-RateLimit", "Message limit reached, please try again later.")


def _apply(request: web.Request, allowance: Allowance, prefix: str, message: str) -> None:
    request[EXTRA_HEADERS] = request.get(EXTRA_HEADERS, {}) | allowance.headers(prefix)
    if allowance.is_exceeded:
        raise ApiError(429, allowance.refusal(message))
