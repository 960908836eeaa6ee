"""What a run says it sent is what arrived, to the last request, however many workers there are and however it ends."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.run_of import DEAD_URL, Ended, counting_server, run


def assert_consistent(ended: Ended) -> None:
    """Every figure of a summary that says how many requests there were agrees with the others."""
    told = ended.summary
    n_main = ended.metric("http_reqs")["count"]
    assert sum(worker["requests"] for worker in told["workers"]) == told["run"]["requests_sent"]
    assert sum(window["requests"] for window in told["windows"]) == n_main
    assert sum(window["failed"] for window in told["windows"]) == ended.metric("http_req_failed")["passes"]
    assert sum(endpoint["count"] for endpoint in told["endpoints"]) == n_main
    assert sum(endpoint["failed"] for endpoint in told["endpoints"]) == ended.metric("http_req_failed")["passes"]
    assert told["verdict"]["validity"] != "INVALID"


CASES = {
    "setup and teardown are sent, but are not the load": (
        """
        @setup
        async def prepare(vu: VU) -> None:
            await vu.get("/before")

        @teardown
        async def tidy(vu: VU) -> None:
            await vu.get("/after")

        @scenario(PerVUIterations(vus=4, iterations=3))
        async def spike(vu: VU) -> None:
            await vu.get("/")
        """,
        {"requests_sent": 14, "http_reqs": 12, "iterations": 12},
    ),
    "on_start and on_stop belong to the load, once for each VU": (
        """
        async def arrive(vu: VU) -> None:
            await vu.get("/hello")

        async def leave(vu: VU) -> None:
            await vu.get("/bye")

        @scenario(SharedIterations(vus=3, iterations=7), on_start=arrive, on_stop=leave)
        async def spike(vu: VU) -> None:
            await vu.get("/")
        """,
        {"requests_sent": 13, "http_reqs": 13, "iterations": 7},
    ),
    "a request still open at the end of its iteration is cut off": (
        """
        @scenario(PerVUIterations(vus=2, iterations=3))
        async def spike(vu: VU) -> None:
            asked = vu.get("/never-awaited")
            answered = await vu.get("/")
            last = vu.get("/not-waited-for")
        """,
        {"requests_sent": 18, "iterations": 6},
    ),
    "every way of sending counts once": (
        """
        import asyncio

        @scenario(PerVUIterations(vus=2, iterations=2))
        async def spike(vu: VU) -> None:
            await asyncio.gather(vu.get("/a"), vu.post("/b", json={"n": 1}), vu.put("/c", body="text"))
            async with asyncio.timeout(5):
                await vu.head("/d")
            await asyncio.wait_for(vu.patch("/e", json=[]), 5)
            await asyncio.create_task(later(vu))
            await vu.request("DELETE", "/g", params={"id": 7})

        async def later(vu: VU) -> None:
            await vu.options("/f")
        """,
        {"requests_sent": 28, "http_reqs": 28, "iterations": 4},
    ),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("script", "expected"), CASES.values(), ids=CASES)
def test_a_server_counts_what_a_script_sent(
    tmp_path: Path, script: str, expected: dict[str, int], workers: int
) -> None:
    with counting_server(delay_ms=20) as server:
        ended = run(tmp_path, script, "--base-url", server.url, "--workers", str(workers))
        counted = server.requests()

    assert observed(ended, expected) == expected
    assert counted == expected["requests_sent"]
    assert_consistent(ended)


def observed(ended: Ended, expected: dict[str, int]) -> dict[str, Any]:
    figures = {"requests_sent": ended.summary["run"]["requests_sent"]}
    return {name: figures.get(name) or ended.metric(name)["count"] for name in expected}


def test_a_request_without_a_connection_was_not_sent_but_is_an_attempt(tmp_path: Path) -> None:
    script = """
    @scenario(PerVUIterations(vus=2, iterations=3))
    async def spike(vu: VU) -> None:
        response = await vu.get("/")
        assert (response.status, response.ok, response.body) == (0, False, b"")
    """

    ended = run(tmp_path, script, "--base-url", DEAD_URL, code=99)

    assert ended.summary["run"]["requests_sent"] == 0
    assert ended.metric("http_reqs")["count"] == ended.metric("http_req_failed")["passes"] == 6
    assert ended.metric("http_req_duration")["count"] == 0


def test_a_request_that_timed_out_was_sent_and_counts_with_its_elapsed_time(tmp_path: Path) -> None:
    script = """
    @scenario(PerVUIterations(vus=2, iterations=2))
    async def spike(vu: VU) -> None:
        await vu.get("/", timeout=0.05)
    """

    with counting_server(delay_ms=400) as server:
        ended = run(tmp_path, script, "--base-url", server.url, code=99)
        counted = server.requests()

    assert ended.summary["run"]["requests_sent"] == counted == 4
    [error] = ended.summary["errors"]
    assert (error["name"], error["count"]) == ("timeout.total", 4)
    assert 50 <= ended.metric("http_req_service")["min"] < 400
