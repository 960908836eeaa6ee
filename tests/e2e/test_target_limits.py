"""Rate limits of the reference target: three of them, each with its headers."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.target_client import Client, as_client, registered_client, running_target

MESSAGE = {"content": "hello", "targetType": "all"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_target(tmp_path_factory.mktemp("target"), has_rate_limits=True, pool_size=3) as url:
        yield url


async def answered(
    client: Client, method: str, path: str, address: str, **keywords: Any
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of a request that comes from *address*, through a proxy."""
    headers = {"Authorization": f"Bearer {client.token}", "X-Forwarded-For": f"10.0.0.1, {address}"}
    url = f"{client.root}/api{path}"
    async with client.session.request(method, url, headers=headers, **keywords) as response:
        return response.status, dict(response.headers), await response.json()


def test_an_address_gets_100_requests_and_then_429(root: str) -> None:
    async def test(client: Client) -> None:
        for remaining in range(99, -1, -1):
            status, headers, _ = await answered(client, "GET", "/nothing", "10.1.0.1")
            assert (status, headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == (404, "100", str(remaining))
        status, headers, body = await answered(client, "GET", "/auth/me", "10.1.0.1")
        assert status == 429
        assert headers["RateLimit-Remaining"] == "0"
        assert 890 <= int(headers["Retry-After"]) == int(headers["RateLimit-Reset"]) == body["retryAfter"] <= 900
        assert body["error"] == "Too many requests"
        assert set(body) == {"error", "message", "retryAfter", "resetTimestamp"}
        for path, address in (("/health", "10.1.0.1"), ("/auth/me", "10.1.0.2")):
            assert (await answered(client, "GET", path, address))[0] == 200

    as_client(root, test)


def test_an_address_gets_20_failed_logins(root: str) -> None:
    async def test(client: Client) -> None:
        email = client.registered["data"]["admin"]["email"]
        wrong, right = ({"email": email, "password": password} for password in ("Wrong123", "Abcdefg1"))
        for _ in range(20):
            assert (await answered(client, "POST", "/auth/login", "10.2.0.1", json=wrong))[0] == 401
            assert (await answered(client, "POST", "/auth/login", "10.2.0.2", json=right))[0] == 200
        status, headers, body = await answered(client, "POST", "/auth/login", "10.2.0.1", json=right)
        assert (status, headers["RateLimit-Limit"], body["error"]) == (429, "20", "Too many requests")
        assert (await answered(client, "POST", "/auth/login", "10.2.0.2", json=right))[0] == 200

    as_client(root, test)


def test_an_admin_gets_100_messages_an_hour_wherever_they_come_from(root: str) -> None:
    async def test(client: Client) -> None:
        async def send(n: int, who: Client = client) -> tuple[int, dict[str, str], Any]:
            return await answered(who, "POST", "/messages/send", f"10.3.0.{n % 4}", json=MESSAGE)

        for n in range(100):
            status, headers, _ = await send(n)
            assert (status, headers["X-RateLimit-Limit"], headers["RateLimit-Limit"]) == (201, "100", "100")
        status, headers, body = await send(101)
        assert (status, headers["X-RateLimit-Remaining"]) == (429, "0")
        assert 1 <= int(headers["Retry-After"]) == int(headers["X-RateLimit-Reset"]) == body["retryAfter"] <= 36
        assert (await answered(client, "GET", "/auth/me", "10.3.0.9"))[0] == 200
        async with registered_client(root) as other:
            assert (await send(102, other))[0] == 201

    as_client(root, test)


def test_without_limits_no_answer_speaks_of_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    async def test(client: Client) -> None:
        url = f"{client.root}/api/messages/conversations/{uuid4()}"
        async with client.session.get(url, headers={"Authorization": f"Bearer {client.token}"}) as response:
            limits = {name for name in response.headers if "RateLimit" in name or name == "Retry-After"}
            assert limits == set()

    with running_target(tmp_path_factory.mktemp("target")) as url:
        as_client(url, test)


def test_a_request_without_a_proxy_comes_from_its_peer(root: str) -> None:
    async def test(client: Client) -> None:
        remaining = []
        for forwarded in ({}, {"X-Forwarded-For": "  "}, {"X-Forwarded-For": "127.0.0.1"}):
            async with client.session.get(f"{root}/api/nothing", headers=forwarded) as response:
                remaining.append(int(response.headers["RateLimit-Remaining"]))
        assert remaining == [remaining[0], remaining[0] - 1, remaining[0] - 2]

    as_client(root, test)
