"""A whole run of scripts that use libraries on asyncio, in Python's development mode: nothing may be left unclosed."""

from pathlib import Path

from tests.e2e.run_of import Ended, counting_server, run, worker_lines

DEVELOPMENT = {"PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1"}

SESSIONS = """
    import aiohttp, asyncio

    @setup
    async def log_in(vu: VU) -> int:
        async with vu.session().get("/log-in") as response:
            return response.status

    @scenario(PerVUIterations(vus=4, iterations=3))
    async def ask(vu: VU) -> None:
        assert vu.data == 200
        context = {"name": "ask", "tags": {"endpoint": "ask"}}
        async with vu.session().post("/ask", json={"n": vu.iteration}, trace_request_ctx=context) as response:
            vu.check("answered", (await response.read()) != b"")
        ours = await vu.get("/ours")
        vu.check("answered", ours.ok)
"""

IDIOMS = """
    import asyncio, contextvars, sqlite3
    import aiosqlite, anyio

    who = contextvars.ContextVar("who", default=0)

    @scenario(PerVUIterations(vus=3, iterations=2))
    async def use(vu: VU) -> None:
        assert who.get() == (vu.id if vu.iteration else 0)
        who.set(vu.id)
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            task = group.create_task(vu.get("/"))
        assert task.result().ok
        assert [r.ok for r in await asyncio.gather(vu.get("/"), vu.get("/"))] == [True, True]
        assert await asyncio.wait_for(asyncio.to_thread(who.get), 5) == vu.id
        async with aiosqlite.connect(":memory:") as database, database.execute("SELECT 7") as rows:
            assert await rows.fetchone() == (7,)
        with anyio.fail_after(5):
            async with await anyio.open_process(["true"]) as process:
                await process.wait()
        assert asyncio.current_task() is vu
        print("done", vu.id, vu.iteration)
"""


def said(ended: Ended) -> list[str]:
    """What workers said, but for asyncio's remarks on how slow this machine is."""
    return [line for line in worker_lines(ended) if not line.startswith("Executing <")]


def test_requests_of_sessions_are_part_of_the_accounts(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, SESSIONS, "--base-url", server.url, "--workers", "2", env=DEVELOPMENT)
        n_counted = server.requests()

    assert ended.summary["run"]["requests_sent"] == n_counted == 1 + 2 * 4 * 3
    assert ended.metric("http_reqs")["count"] == 2 * 4 * 3
    assert ended.metric("checks")["passes"] == 2 * 4 * 3
    by_name = {(each["method"], each["name"]): each for each in ended.summary["endpoints"]}
    theirs, ours = by_name["POST", "ask"], by_name["GET", "/ours"]
    assert theirs["tags"] == {"endpoint": "ask"}
    assert theirs["count"] == ours["count"] == 12
    assert theirs["latency"]["count"] == theirs["service"]["count"] == 12
    assert said(ended) == []


def test_idioms_and_libraries_leave_nothing_behind(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, IDIOMS, "--base-url", server.url, "--workers", "2", env=DEVELOPMENT)
        n_counted = server.requests()

    assert ended.summary["run"]["requests_sent"] == n_counted == 3 * 3 * 2
    assert said(ended) == sorted(f"done {vu} {iteration}" for vu in (1, 2, 3) for iteration in (0, 1))
