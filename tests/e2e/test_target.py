"""The reference target, in a process of its own: every route against the contract."""

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
import pytest
from aiohttp.test_utils import TestClient as AppClient
from aiohttp.test_utils import TestServer as AppServer

from ywstorm.errors import OptionsError
from ywstorm.servers.ywmessaging import TargetOptions, run
from ywstorm.servers.ywmessaging.app import build, listening
from ywstorm.servers.ywmessaging.services import open_services

_SERVE = """
from ywstorm.servers.ywmessaging import TargetOptions, run
run(TargetOptions(port=0, bcrypt_cost=4, pool_size=3, sms_delay_s=0.0))
"""

ADMIN_FIELDS = {"id", "email", "firstName", "lastName", "role", "welcomeCompleted", "userRole"}
CHURCH_FIELDS = {"id", "name", "subscriptionStatus", "trialEndsAt"}


class Client:
    """One logged-in user. Its session keeps no cookies, so that only what a test sends counts."""

    def __init__(self, session: aiohttp.ClientSession, root: str, registered: dict[str, Any]) -> None:
        self.session = session
        self.root = root
        self.registered = registered
        self.token: str = registered["data"]["accessToken"]

    async def ask(self, method: str, path: str, *, is_known: bool = True, **keywords: Any) -> tuple[int, Any]:
        """Status and JSON of one request under /api."""
        headers = {"Authorization": f"Bearer {self.token}"} if is_known else {}
        headers |= keywords.pop("headers", {})
        async with self.session.request(method, f"{self.root}/api{path}", headers=headers, **keywords) as response:
            return response.status, await response.json()

    async def counts(self) -> Any:
        async with self.session.get(f"{self.root}/__counts") as response:
            return await response.json()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    temporary = tmp_path_factory.mktemp("target")
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(temporary)}
    )
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline().strip()
        assert line.startswith("listening on http://127.0.0.1:")
        assert line.endswith("/api")
        assert len(list(temporary.iterdir())) == 1
        yield line.removeprefix("listening on ").removesuffix("/api")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""
    assert list(temporary.iterdir()) == []


def registration(**changes: Any) -> dict[str, Any]:
    """A good registration, but for *changes*."""
    fields = {
        "email": f"{uuid4().hex}@example.com",
        "password": "Abcdefg1",
        "firstName": "Ada",
        "lastName": "Abara",
        "churchName": "Grace",
    }
    return fields | changes


@asynccontextmanager
async def registered_client(root: str, **changes: Any) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        async with session.post(f"{root}/api/auth/register", json=registration(**changes)) as response:
            assert response.status == 201
            registered = await response.json()
        yield Client(session, root, registered)


def as_client(root: str, test: Callable[[Client], Awaitable[None]], **changes: Any) -> None:
    """Run *test* as a freshly registered user."""

    async def run() -> None:
        async with registered_client(root, **changes) as client:
            await test(client)

    asyncio.run(run())


class TestAuth:
    def test_a_registration_gives_admin_church_and_tokens(self, root: str) -> None:
        async def test(client: Client) -> None:
            data = client.registered["data"]
            assert client.registered["success"] is True
            assert set(data["admin"]) == ADMIN_FIELDS
            assert data["admin"]["role"] == "PRIMARY"
            assert set(data["church"]) == CHURCH_FIELDS
            assert data["church"]["subscriptionStatus"] == "trial"
            claims = jwt.decode(data["accessToken"], options={"verify_signature": False})
            assert set(claims) == {"adminId", "churchId", "role", "iat", "exp"}
            assert claims["exp"] - claims["iat"] == 900
            assert claims["churchId"] == data["church"]["id"]

        as_client(root, test)

    def test_a_registration_is_refused_field_by_field(self, root: str) -> None:
        async def test(client: Client) -> None:
            body = {"email": "nobody", "password": "short", "firstName": "", "churchName": "x" * 500}
            status, answer = await client.ask("POST", "/auth/register", json=body)
            assert status == 400
            assert answer["error"] == "Validation failed"
            assert {detail["field"] for detail in answer["details"]} == {
                *("email", "password", "firstName", "lastName", "churchName")
            }
            assert all(set(detail) == {"field", "message", "code"} for detail in answer["details"])

        as_client(root, test)

    @pytest.mark.parametrize("password", ["Abcdef1", "abcdefg1", "Abcdefgh"])
    def test_a_weak_password_is_refused(self, root: str, password: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("POST", "/auth/register", json=registration(password=password))
            assert status == 400
            assert [detail["field"] for detail in answer["details"]] == ["password"]

        as_client(root, test)

    def test_an_address_registers_once(self, root: str) -> None:
        async def test(client: Client) -> None:
            email = client.registered["data"]["admin"]["email"].upper()
            status, answer = await client.ask("POST", "/auth/register", json=registration(email=email))
            assert status == 400
            assert answer["error"].startswith("Registration failed. ")

        as_client(root, test)

    def test_a_login_gives_tokens_and_cookies(self, root: str) -> None:
        async def test(client: Client) -> None:
            body = {"email": client.registered["data"]["admin"]["email"], "password": "Abcdefg1"}
            async with client.session.post(f"{root}/api/auth/login", data=body) as response:  # a form will do
                answer = await response.json()
                cookies = response.cookies
            assert response.status == 200
            assert answer["success"] is True
            assert answer["mfaRequired"] is False
            assert set(answer["data"]) == {"admin", "church", "accessToken", "refreshToken"}
            assert cookies["accessToken"]["max-age"] == "900"
            assert cookies["accessToken"]["httponly"]
            assert cookies["refreshToken"]["max-age"] == "604800"

        as_client(root, test)

    def test_a_wrong_password_and_an_unknown_address_look_the_same(self, root: str) -> None:
        async def test(client: Client) -> None:
            known = client.registered["data"]["admin"]["email"]
            for email in (known, "nobody@example.com"):
                answer = await client.ask("POST", "/auth/login", json={"email": email, "password": "Wrong123"})
                assert answer == (401, {"error": "Invalid email or password"})
            status, _ = await client.ask("POST", "/auth/login", json={"email": known})
            assert status == 400

        as_client(root, test)

    def test_me_is_who_the_token_says(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("GET", "/auth/me")
            assert status == 200
            assert set(answer["data"]) == ADMIN_FIELDS | {"tenantId"}
            assert answer["data"]["tenantId"] == client.registered["data"]["church"]["id"]
            by_cookie = {"Cookie": f"accessToken={client.token}"}
            assert (await client.ask("GET", "/auth/me", is_known=False, headers=by_cookie))[0] == 200

        as_client(root, test)

    def test_without_a_good_token_there_is_nothing(self, root: str) -> None:
        async def test(client: Client) -> None:
            assert await client.ask("GET", "/auth/me", is_known=False) == (401, {"error": "No token provided"})
            refresh_token = client.registered["data"]["refreshToken"]
            for token in ("nonsense", client.token[:-3] + "abc", refresh_token):
                client.token = token
                assert await client.ask("GET", "/auth/me") == (401, {"error": "Invalid or expired token"})

        as_client(root, test)

    def test_a_refresh_token_buys_a_new_pair(self, root: str) -> None:
        async def test(client: Client) -> None:
            cookie = {"Cookie": f"refreshToken={client.registered['data']['refreshToken']}"}
            status, answer = await client.ask("POST", "/auth/refresh", is_known=False, headers=cookie)
            assert status == 200
            client.token = answer["data"]["accessToken"]
            assert (await client.ask("GET", "/auth/me"))[0] == 200

        as_client(root, test)

    def test_a_logout_revokes_the_token(self, root: str) -> None:
        async def test(client: Client) -> None:
            assert await client.ask("POST", "/auth/logout") == (200, {"success": True})
            expected = {"error": "Token has been revoked. Please log in again."}
            assert await client.ask("GET", "/auth/me") == (401, expected)

        as_client(root, test)


class TestMessages:
    def test_a_message_to_all_reaches_every_member(self, root: str) -> None:
        async def test(client: Client) -> None:
            body = {"content": "hello", "targetType": "all"}
            status, answer = await client.ask("POST", "/messages/send", json=body)
            assert status == 201
            fields = {"id", "content", "targetType", "totalRecipients", "status", "createdAt"}
            assert set(answer["data"]) == fields
            assert answer["data"]["totalRecipients"] == 25
            assert answer["data"]["status"] == "pending"
            _, history = await client.ask("GET", "/messages/history?limit=1")
            assert history["data"][0]["id"] == answer["data"]["id"]

        as_client(root, test)

    def test_a_message_to_some_reaches_those_of_the_church(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations?limit=2")
            ids = [conversation["member"]["id"] for conversation in listed["data"]]
            body = {"content": "hello", "targetType": "individual", "targetIds": [*ids, str(uuid4())]}
            status, answer = await client.ask("POST", "/messages/send", json=body)
            assert status == 201
            assert answer["data"]["totalRecipients"] == 2

        as_client(root, test)

    def test_a_message_to_nobody_is_refused(self, root: str) -> None:
        async def test(client: Client) -> None:
            refusal = (400, {"success": False, "error": "No valid recipients found"})
            for ids in ([str(uuid4())], []):
                body = {"content": "hello", "targetType": "individual", "targetIds": ids}
                assert await client.ask("POST", "/messages/send", json=body) == refusal

        as_client(root, test)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"content": ""}, "content"),
            ({"content": "x" * 161}, "content"),
            ({"content": None}, "content"),
            ({"targetType": "everybody"}, "targetType"),
            ({"targetIds": ["1"]}, "targetIds"),
        ],
    )
    def test_a_malformed_message_is_refused(self, root: str, changes: dict[str, Any], field: str) -> None:
        async def test(client: Client) -> None:
            body = {"content": "hello", "targetType": "all"} | changes
            status, answer = await client.ask("POST", "/messages/send", json=body)
            assert status == 400
            assert [detail["field"] for detail in answer["details"]] == [field]

        as_client(root, test)

    def test_analytics_count_what_was_sent(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, summary = await client.ask("GET", "/analytics/summary")
            assert status == 200
            expected = {"totalMessages": 30, "averageDeliveryRate": 96.0, "totalMembers": 25, "totalBranches": 2}
            assert summary == expected
            status, days = await client.ask("GET", "/analytics/messages?days=7")
            assert status == 200
            assert days["totalMessages"] == sum(day["count"] for day in days["byDay"]) == 7
            assert days["deliveredCount"] + days["failedCount"] + days["pendingCount"] == 7 * 25
            assert set(days["byDay"][0]) == {"date", "count", "delivered", "failed"}

        as_client(root, test)


class TestConversations:
    def test_the_list_has_pages(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("GET", "/messages/conversations?page=2&limit=8&status=open")
            assert status == 200
            assert answer["pagination"] == {"page": 2, "limit": 8, "total": 20, "pages": 3}
            assert len(answer["data"]) == 8
            fields = {"id", "member", "status", "unreadCount", "lastMessage", "lastMessageAt", "createdAt"}
            assert set(answer["data"][0]) == fields
            assert set(answer["data"][0]["member"]) == {"id", "firstName", "lastName", "phone"}
            last = {"id", "content", "createdAt", "mediaType", "direction"}
            assert set(answer["data"][0]["lastMessage"]) == last

        as_client(root, test)

    def test_one_has_messages(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            status, answer = await client.ask("GET", f"/messages/conversations/{listed['data'][0]['id']}")
            assert status == 200
            assert answer["data"]["pagination"] == {"page": 1, "limit": 50, "total": 8, "pages": 1}
            assert [message["channel"] for message in answer["data"]["messages"]] == ["sms"] * 8

        as_client(root, test)

    def test_a_reply_shows_at_once_in_the_conversation_and_in_the_list(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            path = f"/messages/conversations/{listed['data'][-1]['id']}"
            status, answer = await client.ask("POST", f"{path}/reply", json={"content": "thanks"})
            assert status == 201
            fields = {"id", "content", "direction", "deliveryStatus", "createdAt", "replyToId", "sendEffect"}
            assert set(answer["data"]) == fields
            _, one = await client.ask("GET", path)
            assert one["data"]["messages"][0]["id"] == answer["data"]["id"]
            _, listed_again = await client.ask("GET", "/messages/conversations")
            assert listed_again["data"][0]["lastMessage"]["content"] == "thanks"

        as_client(root, test)

    def test_reading_and_closing(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            unread = next(conversation for conversation in listed["data"] if conversation["unreadCount"])
            path = f"/messages/conversations/{unread['id']}"
            expected = {"success": True, "message": "Conversation marked as read"}
            assert await client.ask("PATCH", f"{path}/read") == (200, expected)
            _, one = await client.ask("GET", path)
            assert one["data"]["unreadCount"] == 0
            assert (await client.ask("PATCH", f"{path}/status", json={"status": "closed"}))[0] == 200
            assert (await client.ask("PATCH", f"{path}/status", json={"status": "lost"}))[0] == 400
            _, closed = await client.ask("GET", "/messages/conversations?status=closed")
            assert [conversation["id"] for conversation in closed["data"]] == [unread["id"]]

        as_client(root, test)

    @pytest.mark.parametrize("name", ["not-a-uuid", str(uuid4())])
    def test_what_is_not_there_is_404(self, root: str, name: str) -> None:
        async def test(client: Client) -> None:
            path = f"/messages/conversations/{name}"
            assert (await client.ask("GET", path))[0] == 404
            assert (await client.ask("PATCH", f"{path}/read"))[0] == 404
            assert (await client.ask("POST", f"{path}/reply", json={"content": "x"}))[0] == 404

        as_client(root, test)

    def test_one_church_does_not_see_the_other(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            async with registered_client(root) as other:
                assert (await other.ask("GET", f"/messages/conversations/{listed['data'][0]['id']}"))[0] == 404

        as_client(root, test)


class TestServer:
    @pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live", "/api/health"])
    def test_health_needs_no_token(self, root: str, path: str) -> None:
        async def test(client: Client) -> None:
            async with client.session.get(f"{root}{path}") as response:
                assert response.status == 200
                assert set(await response.json()) == {"status", "timestamp"}

        as_client(root, test)

    def test_an_unknown_path_or_method_is_404(self, root: str) -> None:
        async def test(client: Client) -> None:
            for method, path in (("GET", "/nothing"), ("DELETE", "/messages/send")):
                expected = {"error": "Not Found", "path": f"/api{path}", "method": method}
                assert await client.ask(method, path) == (404, expected)

        as_client(root, test)

    def test_malformed_json_is_400(self, root: str) -> None:
        async def test(client: Client) -> None:
            json_type = {"Content-Type": "application/json"}
            status, _ = await client.ask("POST", "/messages/send", data=b'{"content":', headers=json_type)
            assert status == 400

        as_client(root, test)

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({}, 201),
            ({"Origin": "http://evil.test"}, 201),
            ({"Referer": "http://evil.test/x"}, 201),
            ({"Origin": "http://evil.test", "Referer": "http://evil.test/x"}, 403),
        ],
    )
    def test_a_foreign_page_may_not_post(self, root: str, headers: dict[str, str], expected: int) -> None:
        async def test(client: Client) -> None:
            body = {"content": "x", "targetType": "all"}
            status, answer = await client.ask("POST", "/messages/send", json=body, headers=headers)
            assert status == expected
            assert answer.get("code") == ("CSRF_INVALID_ORIGIN" if expected == 403 else None)

        as_client(root, test)

    def test_an_answer_that_is_known_is_304(self, root: str) -> None:
        async def test(client: Client) -> None:
            url, headers = f"{root}/api/analytics/summary", {"Authorization": f"Bearer {client.token}"}
            async with client.session.get(url, headers=headers) as first:
                assert first.headers["ETag"].startswith('W/"')
                assert len(first.headers) >= 20
            headers["If-None-Match"] = first.headers["ETag"]
            async with client.session.get(url, headers=headers) as second:
                assert second.status == 304
                assert await second.read() == b""

        as_client(root, test)

    @pytest.mark.parametrize(
        ("accepted", "encoding"),
        [("", None), ("br", None), ("gzip;q=0", None), ("br, gzip", "gzip"), ("gzip;q=0.5", "gzip"), ("*", "gzip")],
    )
    def test_long_answers_are_compressed_if_that_is_accepted(
        self, root: str, accepted: str, encoding: str | None
    ) -> None:
        async def test(client: Client) -> None:
            headers = {"Authorization": f"Bearer {client.token}", "Accept-Encoding": accepted}
            async with client.session.get(f"{root}/api/messages/conversations", headers=headers) as response:
                assert response.headers.get("Content-Encoding") == encoding
                assert len((await response.json())["data"]) == 20

        as_client(root, test)

    def test_the_counts_are_those_of_the_requests(self, root: str) -> None:
        async def test(client: Client) -> None:
            before = await client.counts()
            await client.ask("GET", f"/messages/conversations/{uuid4()}")
            await client.ask("GET", "/nothing")
            await client.ask("GET", "/auth/me", is_known=False)
            after = await client.counts()
            grown = {
                endpoint: count - before["by_endpoint"].get(endpoint, 0)
                for endpoint, count in after["by_endpoint"].items()
            }
            assert {endpoint: count for endpoint, count in grown.items() if count} == {
                "GET /messages/conversations/:id": 1,
                "GET /auth/me": 1,
                "(unknown)": 1,
            }
            assert after["requests"] == before["requests"] + 3 == sum(after["by_endpoint"].values())

        as_client(root, test)

    def test_cleaning_up_removes_the_church_and_its_tokens(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("DELETE", "/admin/cleanup-test-data")
            assert status == 200
            expected = {"messages": 30, "conversations": 20, "members": 25, "churches": 1}
            assert answer == {"success": True, "data": {"deleted": expected}}
            assert (await client.ask("GET", "/messages/conversations"))[0] == 401

        as_client(root, test)


def test_a_database_file_outlives_the_server(tmp_path: Path) -> None:
    options = TargetOptions(port=0, bcrypt_cost=4, db=tmp_path / "kept.sqlite")
    account = registration()

    async def ask(path: str) -> int:
        async with (
            listening(options) as url,
            aiohttp.ClientSession() as session,
            session.post(f"{url}{path}", json=account) as response,
        ):
            return response.status

    assert asyncio.run(ask("/auth/register")) == 201
    assert asyncio.run(ask("/auth/login")) == 200


def test_a_dry_pool_and_a_slow_answer_have_their_statuses(tmp_path: Path) -> None:
    async def statuses(options: TargetOptions) -> tuple[int, Any]:
        services = open_services(options, tmp_path / "pool.sqlite")
        release = asyncio.Event()
        held = asyncio.create_task(_hold(services.database, release))
        try:
            async with AppClient(AppServer(build(services))) as client:
                body = {"email": "a@b.de", "password": "Abcdefg1"}
                async with client.post("/api/auth/login", json=body) as response:
                    return response.status, await response.json()
        finally:
            release.set()
            await held
            services.close()

    dry = TargetOptions(bcrypt_cost=4, pool_size=1, pool_timeout_s=0.02)
    message = "timeout acquiring a connection from the pool"
    expected = {"error": "Database connection unavailable", "message": message}
    assert asyncio.run(statuses(dry)) == (503, expected)
    slow = TargetOptions(bcrypt_cost=4, pool_size=1, request_timeout_s=0.02)
    error = "Request timeout - server took too long to respond"
    assert asyncio.run(statuses(slow)) == (504, {"success": False, "error": error})


async def _hold(database: Any, release: asyncio.Event) -> None:
    """Keep the only connection until *release*."""
    loop = asyncio.get_running_loop()
    await database.read(lambda _: asyncio.run_coroutine_threadsafe(release.wait(), loop).result())


@pytest.mark.parametrize(
    ("options", "place"), [({"port": 70_000}, "port"), ({"bcrypt_cost": 2}, "bcrypt_cost"), ({"pool_size": 0}, "pool")]
)
def test_unusable_options_are_named(options: dict[str, int], place: str) -> None:
    with pytest.raises(OptionsError, match=place):
        run(TargetOptions(**options))  # type: ignore[arg-type]


def test_a_missing_library_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(OptionsError, match=r"needs bcrypt and PyJWT \(pip install 'ywstorm\[target\]'\)"):
        run(TargetOptions())
