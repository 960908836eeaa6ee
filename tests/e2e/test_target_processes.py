"""A reference target of several processes: one port, one account of what came, one life."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.target_client import (
    DATABASES,
    Client,
    as_client,
    as_stranger,
    database,
    running_target,
    spawned_target,
    stopped,
)

PROCESSES = 3


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or a zombie that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("kind", DATABASES)
def test_the_counts_of_all_processes_add_up_exactly(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each connection may go to another process, and each answer of /__counts may come from another."""
    paths = ["/api/analytics/summary", "/api/messages/conversations", "/api/auth/me", "/nothing"]

    async def test(client: Client) -> None:
        async def visit(number: int) -> None:
            headers = {"Authorization": f"Bearer {client.token}"}
            for path in paths[: 1 + number % len(paths)]:
                async with client.session.get(f"{client.root}{path}", headers=headers) as response:
                    await response.read()

        await asyncio.gather(*map(visit, range(100)))
        answers = [await client.counts() for _ in range(20)]
        expected = {
            "(unknown)": 25,
            "GET /analytics/summary": 100,
            "GET /auth/me": 50,
            "GET /messages/conversations": 75,
            "POST /auth/register": 1,
        }
        assert answers == [{"requests": 251, "by_endpoint": expected}] * 20

    with (
        database(kind, request) as db,
        running_target(tmp_path, db=db, workers=PROCESSES) as root,
    ):
        as_client(root, test)


def test_every_process_gets_its_share_of_the_connections(tmp_path: Path) -> None:
    def sockets(pid: int) -> int:
        """Its descriptors that are sockets."""
        return sum("socket:" in str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir())

    with spawned_target(tmp_path, workers=PROCESSES) as (process, root):
        children = children_of(process.pid)
        before = {pid: sockets(pid) for pid in children}

        async def test(session: aiohttp.ClientSession) -> None:
            async def ask() -> aiohttp.ClientResponse:
                return await session.get(f"{root}/health")

            responses = await asyncio.gather(*(ask() for _ in range(60)))
            assert all(sockets(pid) > before[pid] for pid in children)
            for response in responses:
                response.release()

        as_stranger(test)
        assert len(children) == PROCESSES
        assert stopped(process) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_processes_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with spawned_target(tmp_path, workers=PROCESSES) as (process, _):
        children = children_of(process.pid)
        for pid in (process.pid, *children) if number == signal.SIGINT else (process.pid,):  # Ctrl-C reaches them all
            os.kill(pid, number)
        assert process.communicate(timeout=20) == ("", "")
        assert process.returncode == 0
        assert [pid for pid in children if not has_ended(pid)] == []
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_dies_ends_the_target_which_says_so(tmp_path: Path) -> None:
    """Its share of the counts and of the work would be missing, and nobody would know."""
    with spawned_target(tmp_path, workers=PROCESSES) as (process, _):
        children = children_of(process.pid)
        os.kill(children[1], signal.SIGKILL)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 1
        assert f"process {children[1]} of the target ended by itself with -9" in err
        assert [pid for pid in children if not has_ended(pid)] == []
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_is_killed_leaves_no_processes(tmp_path: Path) -> None:
    with spawned_target(tmp_path, workers=PROCESSES) as (process, _):
        children = children_of(process.pid)
        descriptors = [os.pidfd_open(pid) for pid in children]
        process.kill()
        process.wait()
        for descriptor in descriptors:
            wait_for_end(descriptor)


def wait_for_end(descriptor: int) -> None:
    """Until the process of a pidfd has ended."""

    async def wait() -> None:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, ended.set)
        async with asyncio.timeout(20):
            await ended.wait()

    asyncio.run(wait())
    os.close(descriptor)
