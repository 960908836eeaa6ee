"""Bodies whose iterators do more than to hand over the next piece: they raise, cancel, ask and abort."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.test_client_uploads import BOTH, EARLY, PIECE
from tests.reference.drive import Loop, run_hook
from tests.reference.peer import Wire, answer, pause, raw
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

if TYPE_CHECKING:
    from ywstorm_core.loop.exchange import Exchange


def test_an_iterator_that_raises_while_an_interim_answer_comes_in(loop: Loop) -> None:
    """The failure shows in the same event that brings bytes to read."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(0.01)
        raise LookupError("no more rows")

    def at_once() -> Iterator[bytes]:
        for _ in range(100):
            yield PIECE
        raise LookupError("no more rows")

    async def script(vu: VirtualUser) -> list[Response]:
        return [await vu.post("/", body=body(), headers=EARLY, timeout=5) for body in (pieces, at_once)]

    async def interim(wire: Wire) -> None:
        for _ in range(50):
            await raw(b"HTTP/1.1 100 Continue\r\n\r\n")(wire)
            await wire.reader.read(65536)

    run = run_hook(script, interim, loop=loop)
    assert [response.error.name for response in run.value] == ["script.exception"] * 2
    assert [str(error) for error in run.observer.exceptions] == ["no more rows"] * 2


@pytest.mark.parametrize("at", [0, 1, 40])
def test_an_iterator_that_cancels_its_own_request(at: int, loop: Loop) -> None:
    """Whatever the body's iterator does to the request runs in the middle of sending it."""
    made: list[Exchange] = []

    def pieces() -> Iterator[bytes]:
        for number in itertools.count():
            if number == at and made:
                made.pop().cancel()
            yield PIECE

    async def script(vu: VirtualUser) -> int:
        made.append(vu.post("/", body=pieces(), headers=EARLY))
        with pytest.raises(asyncio.CancelledError):
            await made[0]
        return (await vu.get("/after")).status

    async def slowly(wire: Wire) -> None:
        while await wire.reader.read(65536):
            pass

    run = run_hook(script, {"/": slowly, "/after": answer()}, loop=loop)
    assert run.value == 200
    assert run.engine.requests_cut_off == 1


def test_an_iterator_that_cancels_its_request_from_within_the_call() -> None:
    """On a connection that idled the first pieces are read before `vu.post` has returned."""
    drop: list[Callable[[], Any]] = []

    def pieces() -> Iterator[bytes]:
        yield b"one"
        drop.pop()()
        yield b"two"

    async def script(vu: VirtualUser) -> list[int]:
        statuses = [(await vu.get("/")).status]
        drop.append(lambda: batch_of[0].cancel() if batch_of else None)
        batch_of: list[Any] = []
        batch_of.append(vu.batch([("POST", "/", {"body": pieces()}), *["/"] * 7]))
        statuses += [response.status for response in await batch_of[0]]
        return statuses

    assert run_hook(script, answer()).value == [200] * 9


def test_an_iterator_that_cancels_the_batch_it_belongs_to() -> None:
    batches: list[Any] = []

    def pieces() -> Iterator[bytes]:
        yield b"one"
        batches[0].cancel()
        yield b"two"

    async def script(vu: VirtualUser) -> None:
        for _ in range(6):
            await vu.batch(["/"] * 6)  # six idle connections
        batches.append(vu.batch([*["/slow"] * 6, ("POST", "/", {"body": pieces()}), *["/"] * 7]))
        with pytest.raises(asyncio.CancelledError):
            await batches[0]

    run = run_hook(script, {"/slow": pause(0.01, answer()), "/": answer()})
    assert run.engine.requests_cut_off > 0


@pytest.mark.parametrize("status", [200, 303])
@BOTH
def test_a_generator_whose_end_cancels_its_own_request(status: int, kind: str, loop: Loop) -> None:
    """An early answer ends the generator, in whose `finally` a script may do as it likes."""
    made: list[Exchange] = []
    inner: list[Exchange] = []

    async def script(vu: VirtualUser) -> tuple[int, int]:
        def pieces() -> Iterator[bytes]:
            try:
                while True:
                    yield PIECE
            finally:
                made[0].cancel()
                inner.append(vu.get("/after"))

        async def pieces_in_time() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield PIECE
            finally:
                made[0].cancel()
                inner.append(vu.get("/after"))

        made.append(vu.post("/", body=pieces() if kind == "pieces" else pieces_in_time(), headers=EARLY))
        await asyncio.gather(made[0], return_exceptions=True)
        await vu.sleep(0.01)
        return len(inner), (await inner[0]).status

    fields: dict[str, Any] = {"Location": "/after"} if status == 303 else {}
    run = run_hook(script, {"/": answer(status=status, **fields), "/after": answer()}, loop=loop)
    assert run.value == (1, 200)


def test_an_iterator_that_makes_requests_of_its_own(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> tuple[int, list[int]]:
        inner: list[Exchange] = []

        def pieces() -> Iterator[bytes]:
            for _ in range(3):
                inner.append(vu.get("/inner"))
                yield PIECE

        await vu.get("/inner")  # so that the next one sends at once
        outer = (await vu.post("/", body=pieces())).status
        return outer, [(await exchange).status for exchange in inner]

    run = run_hook(script, answer(), loop=loop)
    assert run.value == (200, [200] * 3)
    assert next(asked.body for asked in run.peer.asked if asked.method == "POST") == PIECE * 3


@BOTH
def test_abort_in_an_iterator_ends_the_run(kind: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Response:
        def pieces() -> Iterator[bytes]:
            yield b"one"
            vu.abort("no more rows")

        async def pieces_in_time() -> AsyncIterator[bytes]:
            for piece in pieces():
                yield piece

        return await vu.post("/", body=pieces() if kind == "pieces" else pieces_in_time())

    run = run_hook(script, answer(), loop=loop)
    assert run.observer.events == [("abort", "no more rows")]
    assert run.value.error.name == "script.exception"
