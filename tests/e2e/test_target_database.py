"""The reference target and its database: what stays in it, and what is answered when it cannot be asked."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.e2e.target_client import (
    DATABASES,
    Client,
    as_client,
    as_stranger,
    registration,
    running_target,
    spawned_target,
    stopped,
)
from tests.reference.postgres import NO_POSTGRES, find_binaries, running_postgres

MESSAGE = {"content": "hello", "targetType": "all"}
DRY = {"error": "Database connection unavailable", "message": "timeout acquiring a connection from the pool"}


@pytest.fixture(params=DATABASES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that outlives its targets."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'kept.sqlite'}"
    dsn: str = request.getfixturevalue("postgres_dsn")
    return dsn


@asynccontextmanager
async def blocked(db: str) -> AsyncIterator[None]:
    """Keep whoever writes to *db* waiting."""
    if db.startswith("sqlite:"):
        holder = sqlite3.connect(db.removeprefix("sqlite:"), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
        holder.close()
    else:
        connection = await asyncpg.connect(db)
        await connection.execute("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        yield
        await connection.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_in_a_database_outlives_the_server(
    kept: str, tmp_path_factory: pytest.TempPathFactory, workers: int
) -> None:
    account = registration()

    def status_of(path: str) -> int:
        statuses = []

        async def test(session: aiohttp.ClientSession) -> None:
            async with session.post(f"{root}/api{path}", json=account) as response:
                statuses.append(response.status)

        with running_target(tmp_path_factory.mktemp("target"), db=kept, workers=workers) as root:
            as_stranger(test)
        return statuses[0]

    assert status_of("/auth/register") == 201
    assert status_of("/auth/login") == 200
    assert status_of("/auth/register") == 400


def test_a_dry_pool_is_answered_with_503(kept: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The only connection waits for a lock that we hold; the next request waits for the connection."""

    async def test(client: Client) -> None:
        async with blocked(kept):
            sending = asyncio.create_task(client.ask("POST", "/messages/send", json=MESSAGE))
            await client.until_counted("POST /messages/send", 1)
            assert await client.ask("GET", "/auth/me") == (503, DRY)
        status, _ = await sending
        assert status == 201
        assert (await client.ask("GET", "/auth/me"))[0] == 200

    temporary = tmp_path_factory.mktemp("target")
    with running_target(temporary, db=kept, pool_size=1, pool_timeout_s=0.2, request_timeout_s=60) as root:
        as_client(root, test)


def test_what_waits_longer_than_the_timer_is_answered_with_504_and_gives_its_connection_back(
    postgres_dsn: str, tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        async with blocked(postgres_dsn):
            status, answer = await client.ask("POST", "/messages/send", json=MESSAGE)
            assert (status, answer["success"]) == (504, False)
            assert (await client.ask("GET", "/auth/me"))[0] == 200

    with running_target(tmp_path, db=postgres_dsn, pool_size=1, request_timeout_s=0.3) as root:
        as_client(root, test)


def test_a_database_that_went_away_is_answered_with_503(tmp_path: Path) -> None:
    if find_binaries() is None:
        pytest.skip(NO_POSTGRES)

    async def test(client: Client) -> None:
        server.close()
        status, answer = await client.ask("GET", "/auth/me")
        assert status == 503
        assert answer["error"] == "Database connection unavailable"
        assert answer["message"]
        assert (await client.ask("GET", "/health", is_known=False))[0] == 200

    with ExitStack() as server:
        db = server.enter_context(running_postgres())
        with spawned_target(tmp_path, db=db) as (process, root):
            as_client(root, test)
            code, _, err = stopped(process)
    assert code == 0
    assert "failed\n" not in err  # no request has met with a fault of ours, whatever asyncpg says about its connections


def test_of_many_who_take_an_address_at_once_one_gets_it(kept: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    async def test(client: Client) -> None:
        account = registration()
        asked = [client.ask("POST", "/auth/register", json=account) for _ in range(8)]
        statuses = [status for status, _ in await asyncio.gather(*asked)]
        assert sorted(statuses) == [201] + [400] * 7
        # Nothing is left of those who came too late.
        status, answer = await client.ask("POST", "/auth/login", json=account)
        assert status == 200
        client.token = answer["data"]["accessToken"]
        _, deleted = await client.ask("DELETE", "/admin/cleanup-test-data")
        assert deleted["data"]["deleted"] == {"messages": 30, "conversations": 20, "members": 25, "churches": 1}
        assert await churches(kept) == 1

    with running_target(tmp_path_factory.mktemp("target"), db=kept, workers=2) as root:
        as_client(root, test)


async def churches(db: str) -> Any:
    if db.startswith("sqlite:"):
        connection = sqlite3.connect(db.removeprefix("sqlite:"))
        [(count,)] = connection.execute("SELECT count(*) FROM churches").fetchall()
        connection.close()
        return count
    connection = await asyncpg.connect(db)
    try:
        return await connection.fetchval("SELECT count(*) FROM churches")
    finally:
        await connection.close()
