"""Routes under ``/api/auth``: who may call."""

import time

from aiohttp import web

from ywstorm.servers.ywmessaging import accounts
from ywstorm.servers.ywmessaging.accounts import Account, NewAccount
from ywstorm.servers.ywmessaging.answers import ApiError, json_answer
from ywstorm.servers.ywmessaging.calls import Call, private, public
from ywstorm.servers.ywmessaging.limiting import count_failed_login, refuse_failed_logins
from ywstorm.servers.ywmessaging.services import Services
from ywstorm.servers.ywmessaging.tokens import Identity
from ywstorm.servers.ywmessaging.validation import Fields

__all__ = ["REGISTER_PATH", "ROUTES"]

REGISTER_PATH = "/api/auth/register"


async def _register(call: Call) -> web.Response:
    """The delay stands for the database that the users' server makes: it keeps the whole process from anything else."""
    fields = Fields(call.body)
    email, password = fields.email("email"), fields.new_password("password")
    first_name, last_name = fields.text("firstName"), fields.text("lastName")
    church_name, church_phone = fields.text("churchName"), fields.optional_text("churchPhone")
    fields.done()
    time.sleep(call.services.options.register_delay_s)  # noqa: ASYNC251 - everybody has to wait: that is the weakness
    password_hash = await call.services.passwords.hash(password)
    new = NewAccount(email, password_hash, first_name, last_name, church_name, church_phone)
    account = await call.services.database.write(accounts.add, new)
    if account is None:
        raise ApiError(400, {"error": "Registration failed. This email address cannot be used."})
    return _signed_in(call.services, account, status=201)


async def _login(call: Call) -> web.Response:
    refuse_failed_logins(call)
    fields = Fields(call.body)
    email, password = fields.email("email"), fields.text("password")
    fields.done()
    account = await call.services.database.read(accounts.by_email, email)
    stored = account.password_hash if account else None
    if not await call.services.passwords.is_correct(password, stored) or account is None:
        count_failed_login(call)
        raise ApiError(401, {"error": "Invalid email or password"})
    return _signed_in(call.services, account, status=200)


async def _me(call: Call, who: Identity) -> web.Response:
    account = await call.services.database.read(accounts.by_id, who.admin_id)
    if account is None:
        raise ApiError(401, {"error": "Invalid or expired token"})
    return json_answer({"success": True, "data": account.admin | {"tenantId": who.church_id}})


async def _refresh(call: Call) -> web.Response:
    who = await call.services.tokens.read_refresh(call.request.cookies.get("refreshToken"))
    pair = _token_pair(call.services, who)
    return _with_cookies(json_answer({"success": True, "data": pair}), call.services, pair)


async def _logout(call: Call, who: Identity) -> web.Response:  # noqa: ARG001 - only a caller who is known can log out
    await call.services.tokens.revoke(*filter(None, (call.token, call.request.cookies.get("refreshToken"))))
    answer = json_answer({"success": True})
    answer.del_cookie("accessToken")
    answer.del_cookie("refreshToken")
    return answer


def _signed_in(services: Services, account: Account, status: int) -> web.Response:
    pair = _token_pair(services, account.identity)
    data = {"admin": account.admin, "church": account.church} | pair
    # A registration says nothing about a second factor; a login does.
    extra = {"mfaRequired": False} if status == 200 else {}
    return _with_cookies(json_answer({"success": True, **extra, "data": data}, status), services, pair)


def _token_pair(services: Services, who: Identity) -> dict[str, str]:
    return {"accessToken": services.tokens.access(who), "refreshToken": services.tokens.refresh(who)}


def _with_cookies(answer: web.Response, services: Services, pair: dict[str, str]) -> web.Response:
    lives = {"accessToken": services.options.access_token_s, "refreshToken": services.options.refresh_token_s}
    for name, token in pair.items():
        answer.set_cookie(name, token, max_age=lives[name], httponly=True, samesite="Lax")
    return answer


ROUTES = (
    web.post(REGISTER_PATH, public(_register)),
    web.post("/api/auth/login", public(_login)),
    web.get("/api/auth/me", private(_me)),
    web.post("/api/auth/refresh", public(_refresh)),
    web.post("/api/auth/logout", private(_logout)),
)
