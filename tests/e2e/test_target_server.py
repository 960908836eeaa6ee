"""The reference target: what it does whatever the route, and its life as a process."""

import asyncio
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.target_client import Client, as_client, registration, running_target
from ywstorm.errors import OptionsError
from ywstorm.servers.ywmessaging import TargetOptions, run


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


def test_a_slow_answer_has_its_status(tmp_path: Path) -> None:
    options = {"faults": ("GET /auth/me:delay=30s",), "request_timeout_s": 0.02}

    async def test(client: Client) -> None:
        error = "Request timeout - server took too long to respond"
        assert await client.ask("GET", "/auth/me") == (504, {"success": False, "error": error})

    with running_target(tmp_path, **options) as root:
        as_client(root, test)


def test_a_registration_can_cost_what_it_costs_in_production(tmp_path: Path) -> None:
    """Everybody waits for it, as in the users' deployment: that is a weakness which a load test should find."""

    async def test(client: Client) -> None:
        begin = time.monotonic()
        registering = asyncio.create_task(client.ask("POST", "/auth/register", json=registration()))
        await client.until_counted("POST /auth/register", 2)
        await client.ask("GET", "/health", is_known=False)
        status, _ = await registering
        assert status == 201
        assert time.monotonic() - begin >= 0.3

    with running_target(tmp_path, register_delay_s=0.3) as root:
        as_client(root, test)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 70_000}, "--port: 70000 is outside 0 to 65535"),
        ({"bcrypt_cost": 2}, "--bcrypt-cost: 2 is outside 4 to 16"),
        ({"pool_size": 0}, "--pool: 0 is outside 1 to 1000"),
        ({"workers": 0}, "--workers: 0 is outside 1 to 256"),
        ({"register_delay_s": -1.0}, "--register-delay: -1.0 is outside"),
        ({"workers": 2, "has_rate_limits": True}, "--rate-limits: with --workers 2: limits are counted in one process"),
        ({"db": "/nowhere/x.sqlite"}, "--db: the folder /nowhere does not exist"),
        ({"db": "sqlite:"}, "--db: 'sqlite:' names no file (write sqlite:PATH)"),
        ({"db": "mysql://u@h/d"}, "--db: mysql://u@h/d is neither postgres://… nor the path of an SQLite file"),
        ({"db": "postgres://u:secret@127.0.0.1:9/d"}, "--db: postgres://u:***@127.0.0.1:9/d cannot be used: "),
        ({"host": "192.0.2.1"}, "--port: cannot listen on 192.0.2.1:0: Cannot assign requested address"),
        ({"faults": ("GET /auth/me",)}, "--fault: 'GET /auth/me' is not a fault: write"),
        ({"faults": ("GET /auth/mee:close",)}, "fits no endpoint (did you mean 'GET /auth/me'?)"),
    ],
)
def test_unusable_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        run(TargetOptions(**{"port": 0, **options}))

    assert message in str(caught.value)


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    with running_target(tmp_path) as root:
        port = int(root.rpartition(":")[2])
        for workers in (1, 2):
            with pytest.raises(OptionsError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
                run(TargetOptions(port=port, workers=workers))


@pytest.mark.parametrize(
    ("db", "libraries"), [(None, "bcrypt and PyJWT"), ("postgres://h/d", "bcrypt and PyJWT and asyncpg")]
)
def test_a_missing_library_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, db: str | None, libraries: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(OptionsError, match=rf"needs {libraries} \(pip install 'ywstorm\[target\]'\)"):
        run(TargetOptions(db=db))
