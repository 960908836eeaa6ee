"""
Requests to the API, as a logged-in user.

`call` is what the steps use. It logs in again before the token ends, or when the server says 401, and then repeats the
request once. A login that fails ends the iteration with `LoginFailed`; the next one tries again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ywstorm import VU, Response, Trend
from ywstorm.suites.ywmessaging import metrics, settings
from ywstorm.suites.ywmessaging.shapes import LOGIN, checked, has_shape, json_of
from ywstorm.suites.ywmessaging.tokens import renewal_s
from ywstorm.suites.ywmessaging.users import User, user_of

__all__ = ["LoginFailed", "address_of", "call", "log_in", "reason", "request_token", "send"]

_TOKEN = {"data": {"accessToken": str}}


class LoginFailed(Exception):  # noqa: N818 - not an error of the script: it is counted, and the next iteration tries again
    """This virtual user is not logged in, so its iteration cannot go on."""


@dataclass(frozen=True, slots=True)
class Session:
    """An access token, and the instant (`time.monotonic`) at which to get another."""

    token: str
    renew_at_s: float


async def send(
    vu: VU,
    method: str,
    path: str,
    *,
    endpoint: str,
    name: str = "",
    token: str = "",
    json: Mapping[str, Any] | None = None,
    trend: Trend | None = None,
    caller: int | None = None,
) -> Response:
    """
    Send one request and count its outcome.

    Args:
        vu: The virtual user.
        method: The HTTP method.
        path: Appended to the base URL.
        endpoint: Value of the tag ``endpoint``, by which thresholds select.
        name: What the request is called in the summary; default: method and path. Paths with ids need one.
        token: Sent as bearer token.
        json: The body.
        trend: Where the duration goes as well.
        caller: Whose address it comes from with FORWARDED_FOR; default: the virtual user's own.
    """
    headers = {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if settings.FORWARDED_FOR:
        headers["X-Forwarded-For"] = address_of(vu.id if caller is None else caller)
    response = await vu.request(
        method, path, name=name or f"{method} {path}", headers=headers, json=json, tags={"endpoint": endpoint}
    )
    outcome = metrics.successful_requests if 0 < response.status < 400 else metrics.api_errors
    outcome.add(vu)
    # A request that never got a connection has no duration: a zero would flatter the trend.
    if trend is not None and response.timings.duration_ms > 0:
        trend.add(vu, response.timings.duration_ms)
    return response


async def call(
    vu: VU,
    method: str,
    path: str,
    *,
    endpoint: str,
    name: str = "",
    json: Mapping[str, Any] | None = None,
    trend: Trend | None = None,
) -> Response:
    """Send one request as this virtual user's user; arguments as of `send`. Raises LoginFailed."""
    session: Session | None = vu.state.get("session")
    if session is None or time.monotonic() >= session.renew_at_s:
        session = await log_in(vu)
    response = await send(vu, method, path, endpoint=endpoint, name=name, token=session.token, json=json, trend=trend)
    if response.status == 401:
        session = await log_in(vu)
        response = await send(
            vu, method, path, endpoint=endpoint, name=name, token=session.token, json=json, trend=trend
        )
    return response


async def log_in(vu: VU) -> Session:
    """Log this virtual user in; if that fails, wait a second, so as not to hammer the server, and raise LoginFailed."""
    vu.state.pop("session", None)
    token, response = await request_token(vu, user_of(vu))
    checked(vu, "login", response, 200, LOGIN)
    if not token:
        metrics.auth_failures.add(vu)
        await vu.sleep(1.0)
        raise LoginFailed(reason(response))
    metrics.auth_successes.add(vu)
    session = Session(token, time.monotonic() + renewal_s(token))
    vu.state["session"] = session
    return session


async def request_token(vu: VU, user: User, caller: int | None = None) -> tuple[str, Response]:
    """Ask for an access token: it, or "" if none was given, and the answer; *caller* as of `send`."""
    credentials = {"email": user["email"], "password": user["password"]}
    response = await send(vu, "POST", "/auth/login", endpoint="auth", json=credentials, caller=caller)
    body = json_of(response)
    return (body["data"]["accessToken"] if has_shape(body, _TOKEN) else ""), response


def address_of(number: int) -> str:
    """An address of its own for each number: 10.0.0.1 for 1, and 10.255.255.255 for −1."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def reason(response: Response) -> str:
    """Why a request did not do what it should: its status and the beginning of its body, or why there was no answer."""
    if response.error is not None:
        return f"no answer ({response.error.name})"
    return f"{response.status} {response.text[:200]}".strip()
