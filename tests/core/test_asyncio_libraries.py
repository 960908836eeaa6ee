"""Libraries on asyncio inside a script, each as its users use it: aiohttp, aiosqlite, asyncpg, anyio."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import aiosqlite
import anyio
import anyio.from_thread
import anyio.to_thread
import asyncpg
import pytest
from aiohttp import web

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import Peer, answer, pause, silence
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/slow": pause(0.02, answer()), "/never": silence}


# -- aiohttp -------------------------------------------------------------------------------------------------------


async def session(vu: VirtualUser) -> Any:
    async with Peer(ROUTES) as far, aiohttp.ClientSession(far.url) as session, session.get("/") as response:
        theirs = await response.json(content_type=None)
    return (await vu.get("/")).status if theirs == {"ok": True} else theirs


async def session_at_once(vu: VirtualUser) -> Any:
    async with Peer(ROUTES) as far, aiohttp.ClientSession(far.url) as session:

        async def ask() -> int:
            async with session.get("/slow") as response:
                await response.read()
                return response.status

        theirs = await asyncio.gather(*(ask() for _ in range(5)), vu.get("/slow"))
    return theirs[-1].status if theirs[:-1] == [200] * 5 else theirs


async def session_with_a_time_limit(vu: VirtualUser) -> Any:
    limit = aiohttp.ClientTimeout(total=0.02)
    async with Peer(ROUTES) as far, aiohttp.ClientSession(far.url, timeout=limit) as session:
        with pytest.raises(TimeoutError):
            await session.get("/never")
    return (await vu.get("/")).status


async def session_cancelled(vu: VirtualUser) -> Any:
    async with Peer(ROUTES) as far, aiohttp.ClientSession(far.url) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await session.get("/never")
    return (await vu.get("/")).status


async def server_and_web_socket(vu: VirtualUser) -> Any:
    async def shout(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data.upper())
        return socket

    app = web.Application()
    app.router.add_get("/ws", shout)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/ws"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_str("hello")
        said = await socket.receive_str()
    await runner.cleanup()
    return (await vu.get("/")).status if said == "HELLO" else said


# -- anyio ---------------------------------------------------------------------------------------------------------


async def anyio_sleep(vu: VirtualUser) -> Any:
    await anyio.sleep(0.001)
    await anyio.lowlevel.checkpoint()
    return (await vu.get("/")).status


async def anyio_task_group(vu: VirtualUser) -> Any:
    statuses: list[int] = []

    async def ask(path: str) -> None:
        statuses.append((await vu.get(path)).status)

    async with anyio.create_task_group() as group:
        group.start_soon(ask, "/slow")
        group.start_soon(ask, "/")
    return max(statuses) if len(statuses) == 2 else statuses


async def anyio_cancel_scope(vu: VirtualUser) -> Any:
    async with anyio.create_task_group() as group:
        group.start_soon(vu.get, "/never")
        await anyio.sleep(0.005)
        group.cancel_scope.cancel()
    return (await vu.get("/")).status


async def anyio_move_on(vu: VirtualUser) -> Any:
    with anyio.move_on_after(0.01) as scope:
        await vu.get("/never")
    return (await vu.get("/")).status if scope.cancelled_caught else "went on"


async def anyio_fail_after(vu: VirtualUser) -> Any:
    with pytest.raises(TimeoutError), anyio.fail_after(0.01):
        await vu.sleep(10)
    with anyio.fail_after(5):
        return (await vu.get("/")).status


async def anyio_shield(vu: VirtualUser) -> Any:
    with anyio.move_on_after(0.005):
        with anyio.CancelScope(shield=True):
            status = (await vu.get("/slow")).status
    return status


async def anyio_streams(vu: VirtualUser) -> Any:
    sender, receiver = anyio.create_memory_object_stream[int](1)

    async def produce() -> None:
        async with sender:
            for _ in range(3):
                await sender.send((await vu.get("/")).status)

    async with anyio.create_task_group() as group, receiver:
        group.start_soon(produce)
        got = [status async for status in receiver]
    return max(got) if len(got) == 3 else got


async def anyio_locks(vu: VirtualUser) -> Any:
    event, lock, limiter = anyio.Event(), anyio.Lock(), anyio.CapacityLimiter(1)

    async def ask() -> int:
        async with lock, limiter:
            return (await vu.get("/")).status

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        async with lock, limiter:  # a virtual user and a task, each the owner in turn
            event.set()
        await event.wait()
        return await ask()


async def anyio_threads(vu: VirtualUser) -> Any:
    def elsewhere() -> int:
        return anyio.from_thread.run(ask)

    async def ask() -> int:
        return (await vu.get("/")).status

    return await anyio.to_thread.run_sync(elsewhere)


async def anyio_sockets(vu: VirtualUser) -> Any:
    async with Peer(ROUTES) as far, await anyio.connect_tcp("127.0.0.1", far.port) as stream:
        await stream.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = await stream.receive()
    return (await vu.get("/")).status if head.startswith(b"HTTP/1.1 200") else head


async def anyio_process(vu: VirtualUser) -> Any:
    ended = await anyio.run_process(["echo", "hello"])
    return (await vu.get("/")).status if ended.stdout == b"hello\n" else ended


LIBRARIES = [
    session,
    session_at_once,
    session_with_a_time_limit,
    session_cancelled,
    server_and_web_socket,
    anyio_sleep,
    anyio_task_group,
    anyio_cancel_scope,
    anyio_move_on,
    anyio_fail_after,
    anyio_shield,
    anyio_streams,
    anyio_locks,
    anyio_threads,
    anyio_sockets,
    anyio_process,
]


@pytest.mark.parametrize("use", LIBRARIES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_a_script_may_use(use: Any, debug: bool, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Any:
        asyncio.get_running_loop().set_debug(debug)
        value = await use(vu)
        assert asyncio.current_task() is vu
        assert vu.cancelling() == 0
        return value

    assert run_hook(script, ROUTES, loop=loop).value == 200


def test_a_virtual_user_inside_a_cancel_scope_can_still_be_cut_off(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        with anyio.move_on_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(vu.get, "/never")
                await anyio.sleep(60)

    run = play(script, ROUTES, iterations=None, duration_s=0.03, graceful_stop_s=0, loop=loop)
    assert run.scenario.interrupted == 1
    assert run.engine.requests_cut_off == 1


# -- databases -----------------------------------------------------------------------------------------------------


def test_a_script_may_use_aiosqlite(tmp_path: Path, loop: Loop) -> None:
    """Each virtual user with a connection, and with it a thread, of its own."""
    path = tmp_path / "a.db"

    async def create(vu: VirtualUser) -> None:
        async with aiosqlite.connect(path) as database:
            await database.execute("CREATE TABLE seen (vu INTEGER, status INTEGER)")
            await database.commit()

    async def script(vu: VirtualUser) -> None:
        async with aiosqlite.connect(path, timeout=20) as database:
            await database.execute("INSERT INTO seen VALUES (?, ?)", (vu.id, (await vu.get("/")).status))
            await database.commit()
            async with database.execute("SELECT vu, status FROM seen WHERE vu = ?", (vu.id,)) as rows:
                assert [row async for row in rows][-1] == (vu.id, 200)
        assert asyncio.current_task() is vu

    async def count(vu: VirtualUser) -> Any:
        async with aiosqlite.connect(path) as database, database.execute("SELECT count(*) FROM seen") as rows:
            return await rows.fetchone()

    run_hook(create, ROUTES, loop=loop)
    run = play(script, ROUTES, vus=3, iterations=2, loop=loop)
    assert run.observer.exceptions == []
    assert run_hook(count, ROUTES, loop=loop).value == (6,)


def test_a_script_may_use_asyncpg(postgres_dsn: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Any:
        connection = await asyncpg.connect(postgres_dsn)
        try:
            await connection.execute("CREATE TABLE seen (id serial PRIMARY KEY, status integer)")
            statement = await connection.prepare("INSERT INTO seen (status) VALUES ($1) RETURNING id")
            async with connection.transaction():
                ids = [await statement.fetchval((await vu.get("/")).status) for _ in range(3)]
                seen = [row["status"] async for row in connection.cursor("SELECT status FROM seen")]
        finally:
            await connection.close()
        assert asyncio.current_task() is vu
        return ids, seen

    assert run_hook(script, ROUTES, loop=loop).value == ([1, 2, 3], [200] * 3)


def test_a_query_that_takes_too_long_is_cancelled_and_its_connection_goes_on(postgres_dsn: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Any:
        connection = await asyncpg.connect(postgres_dsn)
        try:
            with pytest.raises(TimeoutError):
                await connection.execute("SELECT pg_sleep(60)", timeout=0.02)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await connection.execute("SELECT pg_sleep(60)")
            assert vu.cancelling() == 0
            return await connection.fetchval("SELECT 7")
        finally:
            await connection.close()

    assert run_hook(script, ROUTES, loop=loop).value == 7


def test_virtual_users_may_share_a_pool_of_asyncpg(postgres_dsn: str, loop: Loop) -> None:
    pools: list[asyncpg.Pool[asyncpg.Record]] = []
    lock = asyncio.Lock()
    all_seen = asyncio.Event()
    seen: list[int] = []

    async def script(vu: VirtualUser) -> None:
        async with lock:
            if not pools:
                pools.append(await asyncpg.create_pool(postgres_dsn, min_size=1, max_size=2))
        async with pools[0].acquire() as connection:
            await vu.get("/")
            seen.append(await connection.fetchval("SELECT $1::int", vu.id))
        if len(seen) == 10:
            all_seen.set()

    async def close(run: object, driver: object) -> None:
        await all_seen.wait()
        await pools[0].close()

    run = play(script, ROUTES, vus=5, iterations=2, during=close, loop=loop)
    assert run.observer.exceptions == []
    assert sorted(seen) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
