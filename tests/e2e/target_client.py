"""The reference target in a process of its own, and a user of it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.reference.postgres import fresh_database

__all__ = [
    "DATABASES",
    "Client",
    "as_client",
    "as_stranger",
    "database",
    "registered_client",
    "registration",
    "running_target",
    "spawned_target",
    "stopped",
]

DATABASES = ("sqlite", "postgres")

_SERVE = """
from ywstorm.servers.ywmessaging import TargetOptions, run
run(TargetOptions(**(dict(port=0, bcrypt_cost=4, pool_size=3, sms_delay_s=0.0) | {options!r})))
"""


class Client:
    """One logged-in user. Its session keeps neither cookies nor connections: what it has is what a test sends."""

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

    async def until_counted(self, endpoint: str, n: int) -> None:
        """Wait until the target has seen the *n*-th request of an endpoint, answered or not."""
        while (await self.counts())["by_endpoint"].get(endpoint, 0) < n:
            pass


@contextmanager
def spawned_target(temporary: Path, **options: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """
    A target that listens, and its root; killed at the end if a test has not ended it.

    Args:
        temporary: Where its temporary files go.
        options: Of `TargetOptions`.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE.format(options=options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line.startswith("listening on http://127.0.0.1:"), process.stderr and process.stderr.read()
            assert line.endswith("/api")
            yield process, line.removeprefix("listening on ").removesuffix("/api")
        finally:
            process.kill()


@contextmanager
def running_target(temporary: Path, **options: Any) -> Iterator[str]:
    """Its root, for the length of the context; its files go to *temporary* and must be gone at the end."""
    with spawned_target(temporary, **options) as (process, root):
        assert len(list(temporary.iterdir())) == (0 if options.get("db") else 1)
        yield root
        assert stopped(process) == (0, "", "")
    assert list(temporary.iterdir()) == []


def stopped(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Tell a target to stop; its exit code, and what it has printed since it listens."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@contextmanager
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What ``--db`` says for one of `DATABASES`: nothing for the file that goes with a target, or an empty database."""
    if kind == "sqlite":
        yield None
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as dsn:
        yield dsn


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
    # With a connection for each request every process of a target gets its share of them.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
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


def as_stranger(test: Callable[[aiohttp.ClientSession], Awaitable[None]]) -> None:
    """Run *test* with a session that nobody is logged in to."""

    async def run() -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            await test(session)

    asyncio.run(run())
