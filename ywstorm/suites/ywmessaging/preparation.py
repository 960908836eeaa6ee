"""
What happens once, before the load: is the server there, who are the users, and can they do what the scenarios do?

A run that cannot work ends here with a sentence that says what to do (``vu.abort``, exit code 108), and not a minute
later with a table full of errors.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ywstorm import VU, setup
from ywstorm.suites.ywmessaging import settings
from ywstorm.suites.ywmessaging.client import reason, send
from ywstorm.suites.ywmessaging.probes import judge, probe_all
from ywstorm.suites.ywmessaging.users import User, is_nearby, new_user, read_users

__all__ = ["prepare"]

_HEALTH_TIMEOUT_S = 10.0


@setup
async def prepare(vu: VU) -> dict[str, Any]:
    """Make sure that the run can work; its value is ``vu.data`` of every virtual user."""
    await _ask_health(vu)
    users = await _find_users(vu)
    judge(vu, await probe_all(vu, users), n_registered=settings.users_to_register())
    return {"users": users}


async def _ask_health(vu: VU) -> None:
    health = await vu.get(f"{settings.ROOT}/health", name="GET /health", timeout=_HEALTH_TIMEOUT_S)
    if health.status != 200:
        vu.abort(f"is the backend running at {settings.ROOT}? GET /health: {reason(health)}")


async def _find_users(vu: VU) -> list[User]:
    if missing := settings.missing_half():
        vu.abort(missing)
    if settings.USERS_FILE:
        try:
            return read_users(Path(settings.USERS_FILE))
        except ValueError as exc:
            vu.abort(str(exc))
    if settings.EMAIL:
        return [User(email=settings.EMAIL, password=settings.PASSWORD)]
    host = urlsplit(settings.ROOT).hostname or ""
    if not settings.REGISTER and not await is_nearby(host):
        vu.abort(
            f"there are no users, and {host} is no private address: name users in USERS_FILE or EMAIL and PASSWORD, "
            f"or let this run register {settings.USERS} of them with REGISTER=1"
        )
    # One after another: on a real server each registration creates a database and blocks everybody else.
    return [await _register(vu, -number) for number in range(1, settings.users_to_register() + 1)]


async def _register(vu: VU, caller: int) -> User:
    user = new_user()
    application = {
        "email": user["email"],
        "password": user["password"],
        "firstName": "Load",
        "lastName": "Test",
        "churchName": f"Load test {user['email']}",
    }
    response = await send(vu, "POST", "/auth/register", endpoint="auth", json=application, caller=caller)
    if response.status != 201:
        vu.abort(f"a user could not be registered: {reason(response)}")
    return user
