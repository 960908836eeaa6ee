"""
However far a request has come, it ends: by its time limit, cut off with its script, or by a bug of ours.

Each case is a state in which a request may be; `check_the_end` of the driver proves after each run that the accounts
balance and that no connection is left.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop

from tests.core.test_client import parts_add_up
from tests.reference.drive import LONG_S, Loop, Run, play, run_hook
from tests.reference.peer import Peer, Wire, answer, raw, silence
from tests.reference.ports import full_port
from ywstorm_core.loop.driver import HookDriver
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

STALLED = "stalled.test"
ENDLESS = b"x" * 65536


@pytest.fixture(autouse=True)
def stalled_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name whose look-up does not end before the test does."""
    ask, is_over = socket.getaddrinfo, threading.Event()

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        if host == STALLED and not named.get("flags"):
            is_over.wait(LONG_S)
            raise socket.gaierror(socket.EAI_NONAME, "there is no such name")
        return ask(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    is_over.set()


async def endless(vu: VirtualUser) -> AsyncIterator[bytes]:
    while True:
        yield ENDLESS


async def stare(wire: Wire) -> None:
    """Read no more."""
    wire.reader._transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(60)


async def to_stalled(wire: Wire) -> None:
    """Redirect to a server whose name takes long to look up."""
    await answer(status=302, Location=f"http://{STALLED}/")(wire)


ROUTES = {
    "/": answer(),
    "/never": silence,
    "/half": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"),
    "/stare": stare,
    "/hop": answer(status=302, Location="/never"),
    "/hop-away": to_stalled,
}

# State -> (how to get there, the time limits, how that failure is called)
States = dict[str, tuple[Callable[..., Any], dict[str, float], str]]
STATES: States = {
    "waiting for its turn": (
        lambda vu, port, **named: vu.batch([*["/never"] * 6, ("GET", "/", named)]),
        {"total": 0.05},
        "timeout.pool_wait",
    ),
    "looking up": (lambda vu, port, **named: vu.get(f"http://{STALLED}/", **named), {"connect": 0.05}, "dns.timeout"),
    "connecting": (
        lambda vu, port, **named: vu.get(f"http://127.0.0.1:{port}/", **named),
        {"connect": 0.05},
        "tcp.connect_timeout",
    ),
    "connecting for an upload": (
        lambda vu, port, **named: vu.post(f"http://127.0.0.1:{port}/", body=endless(vu), **named),
        {"total": 0.05},
        "tcp.connect_timeout",
    ),
    "handshaking": (
        lambda vu, port, **named: vu.get(f"https://127.0.0.1:{vu.data.port}/", **named),
        {"tls": 0.05},
        "tls.timeout",
    ),
    "uploading": (
        lambda vu, port, **named: vu.post("/stare", body=endless(vu), headers={"X-Early": "1"}, **named),
        {"first_byte": 0.05},
        "timeout.first_byte",
    ),
    "waiting for the answer": (
        lambda vu, port, **named: vu.get("/never", **named),
        {"first_byte": 0.05},
        "timeout.first_byte",
    ),
    "reading the answer": (
        lambda vu, port, **named: vu.get("/half", **named),
        {"body_idle": 0.05},
        "timeout.body_idle",
    ),
    "at the next hop": (lambda vu, port, **named: vu.get("/hop", **named), {"total": 0.25}, "timeout.total"),
    "looking up the next hop": (
        lambda vu, port, **named: vu.get("/hop-away", **named),
        {"connect": 0.05},
        "dns.timeout",
    ),
    "on a kept connection": (
        lambda vu, port, **named: vu.get("/never", **named),
        {"first_byte": 0.05},
        "timeout.first_byte",
    ),
}
EACH = pytest.mark.parametrize("state", STATES)


@EACH
def test_a_time_limit_is_named_by_the_phase_that_took_too_long(state: str, loop: Loop) -> None:
    begin, timeout, name = STATES[state]

    with full_port() as port:

        async def script(vu: VirtualUser) -> Response:
            if state == "on a kept connection":
                await vu.get("/")
            answered = await begin(vu, port, timeout=timeout)
            return answered[-1] if isinstance(answered, list) else answered  # type: ignore[no-any-return]

        run = run_hook(script, ROUTES, loop=loop, timeout_ns=300_000_000)
    assert run.value.error is not None
    assert run.value.error.name == name
    assert 50 <= run.value.timings.service_ms + 1 < 1000
    assert parts_add_up(run.value)
    assert min(getattr(run.value.timings, part) for part in dir(run.value.timings) if part.endswith("_ms")) >= 0


async def by_itself(vu: VirtualUser, pending: Any) -> None:
    assert pending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pending


async def by_asyncio(vu: VirtualUser, pending: Any) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await pending


async def by_a_task(vu: VirtualUser, pending: Any) -> None:
    task = asyncio.get_running_loop().create_task(pending)
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_the_end_of_its_iteration(vu: VirtualUser, pending: Any) -> None:
    vu.state["pending"] = pending
    asyncio.get_running_loop().call_soon(pending.done)


async def by_an_exception(vu: VirtualUser, pending: Any) -> None:
    raise LookupError("of the script")


async def by_the_end_of_its_time(vu: VirtualUser, pending: Any) -> None:
    await pending


ENDS = [by_itself, by_asyncio, by_a_task, by_the_end_of_its_iteration, by_an_exception]


@EACH
@pytest.mark.parametrize(
    ("end", "waits_s"),
    [*((end, waits_s) for end in ENDS for waits_s in (0, 0.02)), (by_the_end_of_its_time, 0)],
    ids=lambda value: value.__name__ if callable(value) else ("later" if value else "at once"),
)
def test_a_request_is_cut_off_in_every_state(
    state: str, end: Callable[[VirtualUser, Any], Coroutine[Any, Any, None]], waits_s: float, loop: Loop
) -> None:
    begin = STATES[state][0]
    duration_s = 0.1 if end is by_the_end_of_its_time else 10.0

    with full_port() as port:

        async def script(vu: VirtualUser) -> None:
            if state == "on a kept connection":
                await vu.get("/")
            pending = begin(vu, port)
            if waits_s:
                await vu.sleep(waits_s)
            await end(vu, pending)

        run = play(script, ROUTES, vus=2, duration_s=duration_s, graceful_stop_s=0.0, loop=loop)
    assert run.engine.requests_cut_off >= 2
    assert run.engine.requests_failed == 0
    expected = ["of the script"] * 2 if end is by_an_exception else []
    assert [str(error) for error in run.observer.exceptions] == expected
    assert run.scenario.interrupted == (2 if end is by_the_end_of_its_time else 0)


def test_a_name_that_is_found_after_its_request_has_ended(loop: Loop) -> None:
    """The look-up goes on in the background; its news is for nobody."""
    slow = threading.Event()
    ask = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        if host == "slow.test" and not named.get("flags"):
            slow.wait(LONG_S)
            return ask("127.0.0.1", *rest, **named)
        return ask(host, *rest, **named)

    async def script(vu: VirtualUser) -> list[str | int]:
        url = f"http://slow.test:{vu.data.port}/"
        late = await vu.get(url, timeout=0.01)
        slow.set()
        assert late.error is not None
        return [late.error.name, (await vu.get(url)).status]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        run = run_hook(script, loop=loop)
    assert run.value == ["dns.timeout", 200]
    assert run.engine.connections_opened == 1


# == bugs of ours ======================================================================================================


class OurBugError(Exception):
    """What a part of ours raises that should not."""


def raises_bug(*_: Any, **__: Any) -> Any:
    raise OurBugError


def run_into(script: Callable[[VirtualUser], Coroutine[Any, Any, Any]], runs: list[Run] | None = None) -> Run:
    """Run a script as VU 0 of an engine that is going to fail; *runs* gets the run at its start."""

    async def main() -> Run:
        async with Peer(FAULTY) as peer, asyncio.timeout(LONG_S):
            run = Run(peer, asyncio.get_running_loop(), {})
            if runs is not None:
                runs.append(run)
            run.value = await HookDriver(run.scenario).run(script)
            run.engine.close()
            return run

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


FAULTY = {
    "/": answer(),
    "/cookie": answer(Set_Cookie="a=1"),
    "/encoded": answer(b"?", Content_Encoding="gzip"),
    "/hop": answer(status=302, Location="/"),
}


@pytest.mark.parametrize(
    ("module", "function", "path", "recorded"),
    [
        ("ywstorm_core.loop.request_face", "next_hop", "/hop", 0),
        ("ywstorm_core.loop.request_face", "carried", "/hop", 1),
        ("ywstorm_core.loop.exchange", "decode", "/encoded", 0),
        ("ywstorm_core.loop.exchange", "is_redirect", "/hop", 0),
    ],
)
@pytest.mark.parametrize("in_batch", [False, True])
def test_a_bug_of_ours_ends_the_request_and_is_told(
    module: str, function: str, path: str, recorded: int, in_batch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    monkeypatch.setattr(importlib.import_module(module), function, raises_bug)

    async def script(vu: VirtualUser) -> Response:
        return (await vu.batch([path]))[0] if in_batch else await vu.get(path)

    run = run_into(script)
    engine = run.engine
    assert (run.value.ok, run.value.error.name) == (False, "unknown")
    assert [type(error) for error in run.observer.engine_errors] == [OurBugError]
    assert engine.requests_started == recorded + 1 - recorded
    assert (engine.requests_ok, engine.requests_cut_off, engine.requests_in_flight) == (recorded, 1 - recorded, 0)
    assert engine.connections_open == 0


def test_a_listener_that_raises_does_not_keep_the_script() -> None:
    runs: list[Run] = []

    async def script(vu: VirtualUser) -> list[Any]:
        runs[0].engine.on_exchange = raises_bug
        cut_off = vu.get("/")
        await by_itself(vu, cut_off)
        return [(await vu.get("/hop")).status, (await vu.get("/")).status]

    run = run_into(script, runs)
    assert run.value == [200, 200]
    assert {type(error) for error in run.observer.engine_errors} == {OurBugError}
    assert (run.engine.requests_ok, run.engine.requests_cut_off, run.engine.requests_in_flight) == (3, 1, 0)


def test_an_observer_that_raises_does_not_keep_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.reference.drive import Observer

    monkeypatch.setattr(Observer, "request_failed", raises_bug)

    async def script(vu: VirtualUser) -> list[Response]:
        return [await vu.get("/never", timeout=0.01), await vu.get("http://127.0.0.1:9/"), await vu.get("/")]

    run = run_into(script)
    assert [response.ok for response in run.value] == [False, False, True]
    assert {type(error) for error in run.observer.engine_errors} == {OurBugError}
    assert (run.engine.requests_in_flight, run.engine.connections_open) == (0, 0)
