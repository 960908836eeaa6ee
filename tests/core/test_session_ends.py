"""How requests of `vu.session()` end badly or not at all, and how the session itself ends: with its virtual user."""

import asyncio
import gc
import warnings
from typing import Any

import aiohttp
import pytest

from tests.reference.drive import Loop, Run
from tests.reference.peer import Wire, answer, close, in_order, raw, reset, silence
from tests.reference.sessions import HALF, ROUTES, codes, play_session, request_series, run_session
from ywstorm_core.errors import error_info
from ywstorm_core.loop.vu import VirtualUser


async def refused(vu: VirtualUser) -> None:
    await vu.session().get("http://127.0.0.1:9/")


async def silent(vu: VirtualUser) -> None:
    await vu.session().post("/act", timeout=aiohttp.ClientTimeout(total=0.02))


async def silent_after_the_first_byte(vu: VirtualUser) -> None:
    await vu.session().get("/act", timeout=aiohttp.ClientTimeout(sock_read=0.02))


async def read(vu: VirtualUser) -> None:
    async with vu.session().get("/act", timeout=aiohttp.ClientTimeout(total=0.05)) as response:
        await response.read()


async def read_with_idle_limit(vu: VirtualUser) -> None:
    async with vu.session().get("/act", timeout=aiohttp.ClientTimeout(sock_read=0.02)) as response:
        await response.read()


async def ask_twice(vu: VirtualUser) -> None:
    async with vu.session().get("/act") as response:
        await response.read()
    await vu.session().post("/act")


async def no_such_host(vu: VirtualUser) -> None:
    await vu.session().get("http://no-such-host.invalid/")


async def raises_for_status(vu: VirtualUser) -> None:
    await vu.session(raise_for_status=True).get("/act")


async def sends_what_cannot_be_sent(vu: VirtualUser) -> None:
    await vu.session().get("/act", headers={"X": "a\r\nb"})


async def hang_up_on_post(wire: Wire) -> None:
    await (answer() if wire.asked.method == "GET" else close())(wire)


FAILURES = {
    "nobody listens": (refused, answer(), "tcp.refused"),
    "no answer in time": (silent, silence, "timeout.total"),
    "no first byte in time": (silent_after_the_first_byte, silence, "timeout.first_byte"),
    "the body stops": (read, raw(HALF), "timeout.total"),
    "the body stops, by the idle limit": (read_with_idle_limit, raw(HALF), "timeout.body_idle"),
    "the body is cut": (read, close(raw(HALF)), "http.body_truncated"),
    "closed without a word": (silent, close(), "tcp.closed_no_response"),
    "closed while idle": (ask_twice, hang_up_on_post, "tcp.stale_closed"),
    "reset": (silent, reset(), "tcp.reset"),
    "not HTTP": (silent, raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "http.bad_status_line"),
    "a bad header": (silent, raw(b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n"), "http.bad_header"),
    "bad gzip": (
        read,
        answer(b"this is no gzip", Content_Encoding="gzip"),
        "http.decode_failed",
    ),
    "raise_for_status": (raises_for_status, answer(b"", 503), "http.503"),
    "a header with a line break": (sends_what_cannot_be_sent, answer(), "script.invalid_request"),
}


@pytest.mark.parametrize(("script", "act", "name"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_has_the_code_that_ours_would_have(script: Any, act: Any, name: str, loop: Loop) -> None:
    async def failing(vu: VirtualUser) -> None:
        with pytest.raises((aiohttp.ClientError, TimeoutError, ValueError)):
            await script(vu)

    run = run_session(failing, {"/act": act}, loop=loop)
    assert [error_info(code).name for code in codes(run)] == [name]
    assert run.observer.failed[0].url.startswith("http://")


def test_what_aiohttp_sends_again_by_itself_is_one_request_sent_twice() -> None:
    async def script(vu: VirtualUser) -> int:
        async with vu.session().get("/act") as response:
            return response.status

    run = run_session(script, {"/act": in_order(close(), answer())})
    assert run.value == 200
    assert len(run.peer.asked) == run.engine.requests_sent == 2
    assert run.engine.requests_started == run.engine.requests_resent == run.requests() == 1


def test_a_host_without_an_address_is_named() -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(aiohttp.ClientConnectorDNSError):
            await no_such_host(vu)

    run = run_session(script)
    assert codes(run)[0] in range(1100, 1105)


def test_a_status_of_400_or_more_fails_as_in_ours() -> None:
    async def script(vu: VirtualUser) -> None:
        async with vu.session().get("/missing") as response:
            await response.read()

    run = run_session(script, ROUTES)
    assert codes(run) == [1404]
    assert run.observer.failed[0].status == 404


def test_a_script_may_expect_other_statuses() -> None:
    async def script(vu: VirtualUser) -> None:
        async with vu.session().get("/missing", trace_request_ctx={"expected_statuses": 404}) as response:
            await response.read()
        async with vu.session().get("/", trace_request_ctx={"expected_statuses": [201, 404]}) as response:
            await response.read()

    run = run_session(script, ROUTES)
    assert run.requests(status="404", expected_response="true") == 1
    assert run.requests(status="200", expected_response="false") == 1


async def cancelled_while_waiting(vu: VirtualUser) -> None:
    async with asyncio.timeout(0.02):
        await vu.session().get("/never")


async def cancelled_while_reading(vu: VirtualUser) -> None:
    async with vu.session().get("/half") as response, asyncio.timeout(0.02):
        await response.read()


@pytest.mark.parametrize("way", [cancelled_while_waiting, cancelled_while_reading], ids=lambda way: way.__name__)
def test_a_request_cancelled_is_neither_answered_nor_failed(way: Any, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(TimeoutError):
            await way(vu)

    run = run_session(script, {**ROUTES, "/half": raw(HALF)}, loop=loop)
    assert run.engine.requests_cut_off == run.engine.requests_sent == 1
    assert run.requests() == 0


def test_an_answer_left_unread_ends_when_the_script_lets_go_of_it() -> None:
    async def script(vu: VirtualUser) -> None:
        async with vu.session().get("/half") as response:
            await asyncio.sleep(0.02)
            assert response.status == 200
        with pytest.raises(LookupError):
            async with vu.session().get("/half"):
                raise LookupError("of the script's own")

    run = run_session(script, {"/half": raw(HALF)})
    assert request_series(run, status="200").count == run.engine.requests_ok == 2
    assert request_series(run).service.max >= 19_000_000


@pytest.mark.parametrize("iterations", [1, 3])
def test_a_session_lives_as_long_as_its_virtual_user_and_leaves_nothing_behind(iterations: int, loop: Loop) -> None:
    sessions: list[aiohttp.ClientSession] = []

    async def script(vu: VirtualUser) -> None:
        sessions.append(vu.session())
        async with vu.session().get("/") as response:
            await response.read()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = play_session(script, ROUTES, vus=2, iterations=iterations, loop=loop)
        unique = {id(session) for session in sessions}
        is_closed = [session.closed for session in sessions]
        sessions.clear()
        gc.collect()

    assert run.scenario.iterations == 2 * iterations
    assert len(unique) == run.peer.n_connections == 2
    assert all(is_closed)
    assert [str(warning.message) for warning in caught] == []


def test_what_is_under_way_when_the_virtual_user_ends_is_cut_off(loop: Loop) -> None:
    """The script left it to a task: nobody waits for it any more."""
    tasks: list[asyncio.Task[Any]] = []
    is_asking = asyncio.Event()

    async def script(vu: VirtualUser) -> None:
        async def ask() -> None:
            await vu.session().post("/never")

        tasks.append(asyncio.create_task(ask()))
        is_asking.set()
        await asyncio.sleep(0.02)

    async def wait(run: Run, driver: object) -> None:
        await is_asking.wait()
        await asyncio.wait(tasks)

    run = play_session(script, ROUTES, loop=loop, during=wait)
    assert isinstance(tasks[0].exception(), aiohttp.ClientError)
    assert run.engine.requests_cut_off == run.engine.requests_sent == 1


def test_a_virtual_user_cut_off_in_the_middle_of_a_request_leaves_it_cut_off(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.session().get("/never")

    run = play_session(script, ROUTES, duration_s=0.05, graceful_stop_s=0, iterations=None, loop=loop)
    assert run.engine.requests_cut_off == run.scenario.interrupted == 1


def test_a_session_the_script_closes_under_its_own_request_cuts_that_off() -> None:
    async def script(vu: VirtualUser) -> None:
        session = vu.session()
        task = asyncio.create_task(session.get("/never"))  # type: ignore[arg-type]
        await asyncio.sleep(0.02)
        await session.close()
        with pytest.raises(aiohttp.ClientError):
            await task

    run = run_session(script, ROUTES)
    assert run.engine.requests_cut_off == 1


def test_a_virtual_user_that_has_ended_opens_no_session() -> None:
    kept: list[VirtualUser] = []

    async def script(vu: VirtualUser) -> None:
        kept.append(vu)

    run_session(script)
    with pytest.raises(RuntimeError, match="has ended"):
        kept[0].session()
