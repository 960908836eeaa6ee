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

__all__ = ["Client", "as_client", "registered_client", "registration", "running_target"]

_SERVE = """
from ywstorm.servers.ywmessaging import TargetOptions, run
run(TargetOptions(port=0, bcrypt_cost=4, pool_size=3, sms_delay_s=0.0))
"""


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


@contextmanager
def running_target(temporary: Path) -> Iterator[str]:
    """Its root, for the length of the context; its files go to *temporary* and must be gone at the end."""
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
