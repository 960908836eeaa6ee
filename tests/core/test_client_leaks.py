"""Batches, uploads, redirects, sessions and TLS leave nothing behind, however they end."""

import asyncio
import gc
import os
import sys
import weakref
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reference.drive import Loop, Run
from tests.reference.peer import answer, close, in_order, silence
from tests.reference.secure import Certificates, SecurePeer, run_secure
from tests.reference.sessions import play_session
from ywstorm_core.loop.vu import VirtualUser

PIECE = b"x" * 1000
ROUTES = {
    "/": answer(),
    "/from": answer(status=302, Location="/", Set_Cookie="a=1"),
    "/never": silence,
    "/nowhere": answer(status=302, Location="ftp://nowhere"),
    "/refuse": answer(b"no", 413),
}


async def in_batches(vu: VirtualUser) -> None:
    await vu.batch(["/"] * 8)


async def in_batches_it_keeps(vu: VirtualUser) -> None:
    batch = vu.batch(["/"] * 8)
    vu.state["batch"] = batch
    vu.state["answers"] = await batch
    vu.state["open"] = vu.batch(["/never"] * 8)


async def in_batches_cut_off(vu: VirtualUser) -> None:
    batch = vu.batch(["/never"] * 8)
    batch.add_done_callback(lambda done: vu.state.setdefault("done", done))
    await vu.sleep(0)
    batch.cancel()


async def after_redirects(vu: VirtualUser) -> None:
    await vu.post("/from", json={})
    await vu.get("/nowhere")
    vu.state["open"] = vu.get("/from")


def pieces_of(vu: VirtualUser) -> Iterator[bytes]:
    """A generator that leads back to its virtual user."""
    for _ in range(3):
        vu.state["pieces"] = 1
        yield PIECE


async def pieces_in_time(vu: VirtualUser) -> AsyncIterator[bytes]:
    for piece in pieces_of(vu):
        await asyncio.sleep(0)
        yield piece


async def with_uploads(vu: VirtualUser) -> None:
    await vu.post("/", body=pieces_of(vu))
    await vu.post("/", body=pieces_in_time(vu))


async def with_uploads_cut_off(vu: VirtualUser) -> None:
    for pieces in (pieces_of, pieces_in_time):
        made: list[Any] = []

        def known(made: list[Any]) -> Iterator[bytes]:
            while made:  # from the request to its body and back again
                yield PIECE

        made.append(vu.post("/refuse", body=known(made), headers={"X-Early": "1"}))
        await made[0]
        made.append(vu.post("/never", body=pieces(vu)))
        made.append(vu.post("/refuse", body=pieces(vu), headers={"X-Early": "1"}))
        await vu.sleep(0)
        vu.state[pieces.__name__] = made


async def with_a_session(vu: VirtualUser) -> None:
    async with vu.session().get("/") as response:
        await response.read()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.002):
            await vu.session().get("/never")


SCRIPTS = [
    in_batches,
    in_batches_it_keeps,
    in_batches_cut_off,
    after_redirects,
    with_uploads,
    with_uploads_cut_off,
    with_a_session,
]
EACH = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)


@EACH
def test_virtual_users_are_gone_after_their_end(script: Any, loop: Loop) -> None:
    users: list[weakref.ref[VirtualUser]] = []

    async def watched(vu: VirtualUser) -> None:
        if vu.iteration == 0:
            users.append(weakref.ref(vu))
        await script(vu)

    run = play_session(watched, ROUTES, vus=4, iterations=3, loop=loop)
    run.observer.failed.clear()
    gc.collect()
    assert run.observer.exceptions == []
    assert len(users) == 4
    assert [user().id for user in users if user() is not None] == []  # type: ignore[union-attr]


@EACH
def test_memory_does_not_grow(script: Any) -> None:
    """Three hundred iterations more leave no more blocks behind than a few."""
    blocks: list[int] = []

    async def counted(vu: VirtualUser) -> None:
        await script(vu)
        vu.state.clear()
        if vu.iteration % 100 == 99:
            await vu.sleep(0.01)
            vu.data.asked.clear()
            runs[0].observer.forgotten.clear()
            failed = runs[0].observer.failed
            failed[:] = failed[:1] * len(failed)
            gc.collect()
            blocks.append(sys.getallocatedblocks())

    runs: list[Run] = []

    async def keep(run: Run, driver: object) -> None:
        runs.append(run)

    play_session(counted, ROUTES, iterations=500, during=keep)
    assert blocks[-1] - blocks[1] < 300  # not one an iteration


# == TLS ===============================================================================================================


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.parametrize("keeps_connections", [True, False])
def test_connections_over_tls_leave_nothing_behind(certificates: Certificates, keeps_connections: bool) -> None:
    """Blocks are Python's, the rest is OpenSSL's; five hundred handshakes would lose megabytes."""
    blocks: list[int] = []
    resident: list[int] = []

    async def script(vu: VirtualUser) -> None:
        for round_ in range(600):
            await vu.get("/")
            vu.data.was_resumed.clear()
            vu.data.names.clear()
            vu.data.asked.clear()
            if round_ % 100 == 99:
                await vu.sleep(0.01)
                gc.collect()
                blocks.append(sys.getallocatedblocks())
                resident.append(resident_kb())

    peer = SecurePeer(answer(b"x" * 20_000), certificates.server())
    tls = {"ca_file": certificates.ca_file}
    run = run_secure(script, peer, tls=tls, keeps_connections=keeps_connections)
    assert run.engine.connections_opened == (1 if keeps_connections else 600)
    assert blocks[-1] - blocks[1] < 1000
    assert resident[-1] - resident[1] < 4000


def test_a_user_over_tls_is_gone_after_its_end(certificates: Certificates, loop: Loop) -> None:
    users: list[weakref.ref[VirtualUser]] = []

    async def script(vu: VirtualUser) -> None:
        users.append(weakref.ref(vu))
        await vu.get("/")
        await vu.batch(["/"] * 3)
        vu.state["cut off"] = vu.get("/"), vu.post("/", body=pieces_of(vu))

    peer = SecurePeer(in_order(answer(), close(), answer()), certificates.server())
    run_secure(script, peer, loop=loop, tls={"ca_file": certificates.ca_file}, users=3)
    gc.collect()
    assert [user() for user in users] == [None] * 3


def test_an_answer_that_comes_with_the_end_of_the_handshake(certificates: Certificates) -> None:
    """T10 over TLS: no part of its time is negative, though the answer is there before the request is."""
    import ssl

    class HastyPeer(SecurePeer):
        async def _serve(self, wire: Any) -> None:
            wire.writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await wire.reader.read(1)
            self.n_open -= 1
            wire.writer.close()

    async def script(vu: VirtualUser) -> list[Any]:
        return [await vu.get("/") for _ in range(20)]

    version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    run = run_secure(
        script, HastyPeer(answer(), certificates.server(versions=version)), tls={"ca_file": certificates.ca_file}
    )
    assert [response.status for response in run.value] == [503] * 20
    parts = [part for part in dir(run.value[0].timings) if part.endswith("_ms")]
    assert min(getattr(response.timings, part) for response in run.value for part in parts) >= 0
