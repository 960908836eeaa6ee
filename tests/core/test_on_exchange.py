"""What the engine tells whoever debugs: every hop that ends, however it ends, and nothing unless somebody asked."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.reference.drive import Loop, Run, Script, play
from tests.reference.peer import answer, close, silence
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {
    "/": answer(b"hello", Server="peer"),
    "/moved": answer(b"", 302, Location="/"),
    "/never": silence,
    "/lost": close(),
}


@dataclass
class Told:
    """One call, its arguments in words."""

    vu: int
    path: str
    first_line: bytes
    body: bytes | None
    status: int | None
    answered: bytes
    answer_head: bytes


def told_of(script: Script, **named: Any) -> tuple[list[Told], Run]:
    """Run *script* and listen."""
    told: list[Told] = []

    def listen(vu: Any, url: str, head: bytes, body: bytes | None, response: Any, answer_head: bytes) -> None:
        status, content = (None, b"") if response is None else (response.status, response.body)
        first_line = head.partition(b"\r\n")[0]
        told.append(Told(vu.id, urlsplit(url).path, first_line, body, status, content, answer_head))

    async def during(run: Run, _driver: object) -> None:
        run.engine.on_exchange = listen

    run = play(script, ROUTES, during=during, **named)
    return told, run


def test_a_request_and_its_answer_are_told_together(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.post("/", body=b"content")

    [told], _ = told_of(script, loop=loop)

    assert (told.vu, told.path, told.first_line, told.body) == (1, "/", b"POST / HTTP/1.1", b"content")
    assert (told.status, told.answered) == (200, b"hello")
    assert b"Server: peer" in told.answer_head


def test_each_hop_of_a_redirect_is_told() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/moved")

    told, _ = told_of(script)

    assert [(each.path, each.status) for each in told] == [("/moved", 302), ("/", 200)]


def test_a_failure_is_told_without_an_answer() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.post("/lost")

    [told], _ = told_of(script)

    assert (told.path, told.status, told.answer_head) == ("/lost", 0, b"")


def test_a_request_that_is_cut_off_has_no_response(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        try:
            async with asyncio.timeout(0.05):
                await vu.get("/never")
        except TimeoutError:
            await vu.get("/")

    told, _ = told_of(script, loop=loop)

    assert [(each.path, each.status) for each in told] == [("/never", None), ("/", 200)]


def test_members_of_a_batch_are_told_one_by_one() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.batch(["/"] * 8)

    told, run = told_of(script, vus=2)

    assert sorted(each.vu for each in told) == [1] * 8 + [2] * 8
    assert run.engine.requests_ok == 16


def test_as_a_rule_nobody_is_told() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")

    assert play(script).engine.on_exchange is None
