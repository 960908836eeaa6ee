"""
What happens once, before the load: is the server there, who are the users, and can they do what the scenarios do?

A run that cannot work ends here with a sentence that says what to do (``vu.abort``, exit code 108), and not a minute
later with a table full of errors.
"""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ywstorm import VU, Response, setup
from ywstorm.suites.ywmessaging import settings
from ywstorm.suites.ywmessaging.client import reason, request_token, send
from ywstorm.suites.ywmessaging.limits import foresee, limits_of
from ywstorm.suites.ywmessaging.tokens import church_of
from ywstorm.suites.ywmessaging.users import User, is_nearby, new_user, read_users

__all__ = ["prepare"]

_LOG = logging.getLogger(__name__)
_NOBODY = "No valid recipients found"
_REFUSED = (400, 401, 403)
_PROBES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Probe:
    """What became of one user's login and, if that went well, of one message."""

    user: User
    login: Response
    token: str = ""
    message: Response | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the server knows better than to let this user in; a server in trouble is another matter."""
        return not self.token and self.login.status in _REFUSED


@setup
async def prepare(vu: VU) -> dict[str, Any]:
    """Make sure that the run can work; its value is ``vu.data`` of every virtual user."""
    await _ask_health(vu)
    users = await _find_users(vu)
    probes: list[Probe] = []
    for first in range(0, len(users), _PROBES_AT_ONCE):
        probes += await asyncio.gather(*(_probe(vu, user) for user in users[first : first + _PROBES_AT_ONCE]))
    _judge(vu, probes)
    return {"users": users}


async def _ask_health(vu: VU) -> None:
    health = await vu.get(f"{settings.ROOT}/health", name="GET /health")
    if health.status != 200:
        vu.abort(f"is the backend running at {settings.ROOT}? GET /health: {reason(health)}")


async def _find_users(vu: VU) -> list[User]:
    if settings.USERS_FILE:
        try:
            return read_users(Path(settings.USERS_FILE))
        except ValueError as exc:
            vu.abort(str(exc))
    if settings.EMAIL:
        if not settings.PASSWORD:
            vu.abort(f"EMAIL is {settings.EMAIL}, but there is no PASSWORD")
        return [User(email=settings.EMAIL, password=settings.PASSWORD)]
    host = urlsplit(settings.ROOT).hostname or ""
    if not settings.REGISTER and not await is_nearby(host):
        vu.abort(
            f"there are no users, and {host} is no private address: name users in USERS_FILE or EMAIL and PASSWORD, "
            f"or let this run register {settings.USERS_TO_REGISTER} of them with REGISTER=1"
        )
    # One after another: on a real server each registration creates a database and blocks everybody else.
    return [await _register(vu) for _ in range(settings.USERS_TO_REGISTER)]


async def _register(vu: VU) -> User:
    user = new_user()
    application = {
        "email": user["email"],
        "password": user["password"],
        "firstName": "Load",
        "lastName": "Test",
        "churchName": f"Load test {user['email']}",
    }
    response = await send(vu, "POST", "/auth/register", endpoint="auth", json=application)
    if response.status != 201:
        vu.abort(f"a user could not be registered: {reason(response)}")
    return user


async def _probe(vu: VU, user: User) -> Probe:
    token, login = await request_token(vu, user)
    if not token:
        return Probe(user, login)
    text = {"content": "Load test: probe", "targetType": "all"}
    message = await send(vu, "POST", "/messages/send", endpoint="message", token=token, json=text)
    return Probe(user, login, token, message)


def _judge(vu: VU, probes: list[Probe]) -> None:
    """Abort if the run cannot work; warn of what will make it less than it could be."""
    if all(probe.is_refused for probe in probes):
        vu.abort(f"no user could log in; {probes[0].user['email']}: {reason(probes[0].login)}")
    for probe in probes:
        email, message = probe.user["email"], probe.message
        if message is None:
            _LOG.warning("%s could not log in: %s", email, reason(probe.login))
            continue
        expected, church = probe.user.get("churchId") or settings.CHURCH_ID, church_of(probe.token)
        if expected and church != expected:
            vu.abort(f"{email} belongs to the church {church}, not to {expected}: see CHURCH_ID and USERS_FILE")
        if _NOBODY in message.text:
            vu.abort(
                f"the church of {email} has no members or conversations: seed it, or name a seeded user in USERS_FILE"
            )
        if message.status != 201:
            _LOG.warning("the probe of %s failed: %s", email, reason(message))
    _foresee(probes)


def _foresee(probes: list[Probe]) -> None:
    answered = [probe.message for probe in probes if probe.message is not None]
    if answered:
        limits = limits_of(answered[0].headers)
        for sentence in foresee(limits, len(probes), is_forwarded=settings.FORWARDED_FOR):
            _LOG.warning(sentence)
