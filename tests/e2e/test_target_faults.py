"""Faults on purpose: an endpoint that is slow, fails or hangs up."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.e2e.target_client import Client, as_client, as_stranger, running_target

RULES = (
    "GET /auth/me:delay=100ms",
    "GET /auth/*:delay=100ms",
    "GET /analytics/summary:status=503",
    "GET /analytics/messages:status=500,rate=0.5",
    "GET /health/ready:close",
    "GET /health/live:reset",
    "PATCH /messages/conversations/:id/read:status=418",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_target(tmp_path_factory.mktemp("target"), faults=RULES, fault_seed=7) as url:
        yield url


def test_delays_of_several_rules_add_up(root: str) -> None:
    async def test(client: Client) -> None:
        begin = time.monotonic()
        status, _ = await client.ask("GET", "/auth/me")
        assert status == 200
        assert time.monotonic() - begin >= 0.2

    as_client(root, test)


def test_a_status_stands_for_the_handler_and_the_request_counts(root: str) -> None:
    async def test(client: Client) -> None:
        before = (await client.counts())["by_endpoint"].get("GET /analytics/summary", 0)
        expected = {"success": False, "error": "Fault on purpose", "code": "FAULT"}
        assert await client.ask("GET", "/analytics/summary") == (503, expected)
        assert await client.ask("PATCH", "/messages/conversations/1/read") == (418, expected)
        assert (await client.counts())["by_endpoint"]["GET /analytics/summary"] == before + 1

    as_client(root, test)


def test_a_rate_is_a_share_of_the_requests(root: str) -> None:
    async def test(client: Client) -> None:
        statuses = [(await client.ask("GET", "/analytics/messages"))[0] for _ in range(40)]
        assert set(statuses) == {200, 500}
        assert 10 <= statuses.count(500) <= 30

    as_client(root, test)


@pytest.mark.parametrize(("path", "is_reset"), [("/health/ready", False), ("/health/live", True)])
def test_a_connection_ends_without_an_answer(root: str, path: str, is_reset: bool) -> None:
    address = urlsplit(root)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        if is_reset:
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        else:
            assert connection.recv(1) == b""

    async def test(session: aiohttp.ClientSession) -> None:
        async with session.get(f"{root}/__counts") as response:
            assert (await response.json())["by_endpoint"][f"GET {path}"] == 1

    as_stranger(test)


def test_the_same_seed_strikes_the_same_requests(tmp_path: Path) -> None:
    def statuses() -> list[int]:
        found = []

        async def test(session: aiohttp.ClientSession) -> None:
            for _ in range(30):
                async with session.get(f"{url}/health") as response:
                    found.append(response.status)

        with running_target(tmp_path, faults=("GET /health:status=500,rate=0.3",), fault_seed=3) as url:
            as_stranger(test)
        return found

    first = statuses()

    assert set(first) == {200, 500}
    assert statuses() == first
