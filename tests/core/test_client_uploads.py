"""
Bodies from iterators that meet what servers and scripts do meanwhile.

C- and T-numbers are those of RELIABILITY §1a and §3. A request with X-Early is acted upon before its body is read.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import Act, Wire, answer, close, in_order, raw, reset, silence
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

EARLY = {"X-Early": "1"}
PIECE = b"x" * 65536


class Body:
    """Endless pieces, plain or asynchronous, and whether their generator was ended."""

    def __init__(self) -> None:
        self.n_read = 0
        self.is_closed = False

    def pieces(self) -> Iterator[bytes]:
        try:
            while True:
                self.n_read += 1
                yield PIECE
        finally:
            self.is_closed = True

    async def pieces_in_time(self) -> AsyncIterator[bytes]:
        try:
            while True:
                self.n_read += 1
                yield PIECE
        finally:
            self.is_closed = True


BOTH = pytest.mark.parametrize("kind", ["pieces", "pieces_in_time"])


async def refuse_and_stay(wire: Wire) -> None:
    """T11: an answer at once; the body is never read, and the connection stays open."""
    await answer(b"too large", 413)(wire)
    wire.reader._transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(60)


@BOTH
@pytest.mark.parametrize(
    "act",
    [refuse_and_stay, close(answer(b"too large", 413)), reset(answer(b"too large", 413))],
    ids=["T11", "T10", "RST"],
)
def test_an_early_answer_ends_an_endless_upload(act: Act, kind: str, loop: Loop) -> None:
    body = Body()

    async def script(vu: VirtualUser) -> list[Any]:
        refused = await vu.post("/", body=getattr(body, kind)(), headers=EARLY)
        await vu.sleep(0.01)
        return [refused.status, refused.body, body.is_closed, (await vu.get("/after")).status]

    run = run_hook(script, {"/": act, "/after": answer()}, loop=loop)
    assert run.value == [413, b"too large", True, 200]
    assert run.engine.connections_opened == 2
    assert (run.engine.requests_failed, run.engine.requests_ok, run.observer.exceptions) == (1, 1, [])


@BOTH
def test_the_same_over_a_connection_that_was_used_before(kind: str, loop: Loop) -> None:
    body = Body()

    async def script(vu: VirtualUser) -> list[int]:
        first = await vu.get("/after")
        return [first.status, (await vu.post("/", body=getattr(body, kind)(), headers=EARLY)).status]

    run = run_hook(script, {"/": close(answer(b"no", 413)), "/after": answer()}, loop=loop)
    assert run.value == [200, 413]
    assert run.engine.connections_opened == 1


@BOTH
def test_a_connection_that_breaks_in_the_middle_of_an_upload(kind: str, loop: Loop) -> None:
    """T05."""

    async def script(vu: VirtualUser) -> Response:
        return await vu.post("/", body=getattr(Body(), kind)(), headers=EARLY)

    run = run_hook(script, reset(), loop=loop)
    assert run.value.error is not None
    assert run.value.error.name in {"tcp.reset", "tcp.broken_pipe"}


@pytest.mark.parametrize("n_interim", [0, 1, 2])
def test_interim_answers_do_not_disturb_an_upload(n_interim: int) -> None:
    """C16: none, one and two times 100 Continue."""

    async def script(vu: VirtualUser) -> list[int]:
        headers = {**EARLY, "Expect": "100-continue"}
        return [(await vu.put("/", body=iter([PIECE] * 20), headers=headers)).status, (await vu.get("/done")).status]

    act = raw(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * n_interim, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def read_then_act(wire: Wire) -> None:
        if n_interim:
            await raw(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * n_interim)(wire)
        while await wire.reader.readline() != b"0\r\n":
            await wire.reader.readexactly(len(PIECE) + 2)
        await wire.reader.readexactly(2)
        await answer()(wire)
        wire.asked.headers.pop("transfer-encoding")

    run = run_hook(script, {"/": read_then_act, "/done": act if not n_interim else answer()})
    assert run.value == [200, 200]
    assert run.engine.connections_opened == 1


@pytest.mark.parametrize("status", [302, 303, 307])
@BOTH
def test_a_redirected_upload(status: int, kind: str) -> None:
    """A body that was read can be left behind, but not sent again."""

    async def script(vu: VirtualUser) -> Response:
        async def pieces_in_time() -> AsyncIterator[bytes]:
            yield b"a"
            yield b"b"

        return await vu.post("/from", body=iter([b"a", b"b"]) if kind == "pieces" else pieces_in_time())

    run = run_hook(script, {"/from": answer(status=status, Location="/to"), "/to": answer()})
    assert [asked.body for asked in run.peer.asked] == ([b"ab", b""] if status != 307 else [b"ab"])
    assert (run.value.status, run.value.ok) == ((200, True) if status != 307 else (307, False))
    assert run.engine.connections_opened == 1


def test_an_upload_is_never_sent_twice() -> None:
    """C8: not even with an idempotent method, for its body has been read."""

    async def script(vu: VirtualUser) -> list[Any]:
        await vu.get("/")
        lost: Any = await vu.put("/", body=iter([b"a"]))
        return [lost.error.name, (await vu.get("/")).status]

    run = run_hook(script, in_order(answer(), close(), answer()))
    assert run.value == ["tcp.stale_closed", 200]
    assert run.engine.requests_resent == 0


def test_a_body_of_bytes_is_sent_again_after_a_redirect_and_a_lost_connection() -> None:
    """C8 and C13 at once: PUT, 307, and the kept connection turns out to be dead."""

    async def script(vu: VirtualUser) -> Response:
        await vu.get("/first")
        return await vu.put("/from", body=b"hello")

    acts = {"/first": answer(), "/from": answer(status=307, Location="/to"), "/to": in_order(close(), answer(b"there"))}
    run = run_hook(script, acts)
    assert [(asked.target, asked.body) for asked in run.peer.asked[1:]] == [
        ("/from", b"hello"),
        ("/to", b"hello"),
        ("/to", b"hello"),
    ]
    assert (run.value.body, run.engine.requests_resent) == (b"there", 1)
    assert (run.engine.requests_started, run.engine.requests_sent) == (3, 4)


@contextmanager
def swallower() -> Iterator[str]:
    """A server in a thread of its own that takes everything as fast as it comes, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as thread:

        def swallow() -> None:
            with server.accept()[0] as wire:
                room = bytearray(1 << 20)
                while wire.recv_into(room):
                    pass

        done = thread.submit(swallow)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        done.result(timeout=10)


@BOTH
def test_an_endless_upload_leaves_the_others_their_turn(kind: str, loop: Loop) -> None:
    """The kernel may take it as fast as it comes: the time limit and other users must not wait for it."""
    took_ms: list[float] = []

    with swallower() as url:

        async def script(vu: VirtualUser) -> None:
            if vu.id == 1:
                response = await vu.post(url, body=getattr(Body(), kind)(), timeout=0.2)
                took_ms.append(response.timings.service_ms)
            else:
                took_ms.extend([(await vu.get("/")).timings.service_ms for _ in range(5)])

        run = play(script, answer(), vus=2, loop=loop)
    assert [response.error_code for response in run.observer.failed] == [1050]
    assert len(took_ms) == 6
    assert max(took_ms) < 2000


@BOTH
def test_nobody_waits_for_a_server_that_takes_no_upload(kind: str) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.post("/", body=getattr(Body(), kind)(), headers=EARLY, timeout={"first_byte": 0.05})

    async def stare(wire: Wire) -> None:
        wire.reader._transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(60)

    assert run_hook(script, stare).value.error.name == "timeout.first_byte"


def test_the_server_is_not_blamed_for_a_slow_iterator(loop: Loop) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b"):
            yield piece
            await asyncio.sleep(0.06)

    async def script(vu: VirtualUser) -> int:
        return (await vu.post("/", body=pieces(), timeout={"first_byte": 0.03})).status

    assert run_hook(script, answer(), loop=loop).value == 200


def test_a_connection_is_kept_after_an_asynchronous_upload(loop: Loop) -> None:
    """However fast the answer is: the last piece is the last one when it is handed over."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"

    async def script(vu: VirtualUser) -> list[int]:
        return [(await vu.put("/", body=pieces())).status for _ in range(50)]

    run = run_hook(script, answer(), loop=loop)
    assert run.value == [200] * 50
    assert run.engine.connections_opened == 1


@BOTH
def test_an_upload_that_is_cut_off_lets_go_of_its_iterator(kind: str, loop: Loop) -> None:
    body = Body()

    async def script(vu: VirtualUser) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await vu.post("/", body=getattr(body, kind)(), headers=EARLY)
        await asyncio.sleep(0.01)

    run = run_hook(script, silence, loop=loop)
    assert body.is_closed
    assert (run.engine.requests_cut_off, run.engine.connections_opened) == (1, 1)
