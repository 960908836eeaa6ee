"""The reference target: what it does whatever the route, and its life as a process."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp.test_utils import TestClient as AppClient
from aiohttp.test_utils import TestServer as AppServer

from tests.e2e.target_client import Client, as_client, registration, running_target
from ywstorm.errors import OptionsError
from ywstorm.servers.ywmessaging import TargetOptions, run
from ywstorm.servers.ywmessaging.app import build, listening
from ywstorm.servers.ywmessaging.services import open_services


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_target(tmp_path_factory.mktemp("target")) as url:
        yield url


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
