"""
A small HTTP server that does to each request what the test wants: answers, pauses, half answers, ends of every kind.

An *act* is what it does when a request has come, a coroutine function of the connection. `Peer(act)` plays the same one
each time, `in_order` one after the other, a mapping chooses by path. A request with the header X-Early is acted upon
before its body is read. The server shares the test's loop.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Self

__all__ = [
    "Act",
    "Asked",
    "Peer",
    "Wire",
    "answer",
    "close",
    "half_close",
    "in_order",
    "pause",
    "raw",
    "reset",
    "silence",
]

RESETS_ON_CLOSE = struct.pack("ii", 1, 0)


class Asked:
    """One request as it came, header names in lower case."""

    def __init__(self, head: bytes, connection: int) -> None:
        first, *fields = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        self.body = b""
        self.connection = connection


async def read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    """The body of a request, without its framing."""
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body


class Wire:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.reader = reader
        self.writer = writer
        self.number = number
        self.asked: Asked

    @property
    def socket(self) -> socket.socket:
        """The socket below the stream."""
        found: socket.socket = self.writer.get_extra_info("socket")
        return found


Act = Callable[[Wire], Awaitable[None]]


def response(body: bytes, status: int, fields: Mapping[str, str]) -> bytes:
    """A whole answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status} Yes", *(f"{name}: {value}" for name, value in fields.items())]
    if status not in {204, 304}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answer(body: bytes = b'{"ok": true}', status: int = 200, **fields: str) -> Act:
    """A whole answer; underscores in the names of *fields* become hyphens."""
    text = response(body, status, {name.replace("_", "-"): value for name, value in fields.items()})

    async def act(wire: Wire) -> None:
        wire.writer.write(text[: -len(body)] if wire.asked.method == "HEAD" and body else text)

    return act


def raw(*pieces: bytes) -> Act:
    """Bytes as they are, each piece in a turn of the loop of its own."""

    async def act(wire: Wire) -> None:
        for piece in pieces:
            wire.writer.write(piece)
            await asyncio.sleep(0)

    return act


def pause(seconds: float, then: Act) -> Act:
    """Wait, then go on."""

    async def act(wire: Wire) -> None:
        await asyncio.sleep(seconds)
        await then(wire)

    return act


def close(first: Act | None = None) -> Act:
    """Close, after *first* if there is one."""

    async def act(wire: Wire) -> None:
        if first is not None:
            await first(wire)
        wire.writer.close()

    return act


def half_close(first: Act, then: Act) -> Act:
    """Say goodbye after *first*, yet play *then* (it can only read)."""

    async def act(wire: Wire) -> None:
        await first(wire)
        wire.writer.write_eof()
        await then(wire)

    return act


def reset(first: Act | None = None) -> Act:
    """End the connection with RST."""

    async def act(wire: Wire) -> None:
        if first is not None:
            await first(wire)
            await asyncio.sleep(0)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS_ON_CLOSE)
        wire.writer.transport.abort()

    return act


async def silence(wire: Wire) -> None:
    """Say nothing until the client goes away."""
    await wire.reader.read()


def in_order(*acts: Act) -> Act:
    """The first act for the first request, and so on; the last one for all that follow."""
    left = list(acts)

    async def act(wire: Wire) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(wire)

    return act


class Peer:
    """
    The server; used as an async context manager.

    Attributes:
        asked: Every request whose head and body came whole, in order.
        n_connections, n_open: Connections accepted so far, and those that neither side has ended.
    """

    def __init__(self, route: Act | Mapping[str, Act]) -> None:
        self._route = route
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self.asked: list[Asked] = []
        self.n_connections = 0
        self.n_open = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=4096)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for _ in range(3):
            await asyncio.sleep(0)  # connections on their way through the loop are served first
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        self.n_open += 1
        task = asyncio.get_running_loop().create_task(self._serve(Wire(reader, writer, self.n_connections)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, wire: Wire) -> None:
        with self._until_the_client_goes(wire):
            while not wire.writer.is_closing():
                head = await wire.reader.readuntil(b"\r\n\r\n")
                wire.asked = asked = Asked(head[:-4], wire.number)
                is_early = "x-early" in asked.headers
                if is_early:
                    await self._act_for(asked)(wire)
                asked.body = await read_body(wire.reader, asked.headers)
                self.asked.append(asked)
                if not is_early:
                    await self._act_for(asked)(wire)

    @contextlib.contextmanager
    def _until_the_client_goes(self, wire: Wire) -> Iterator[None]:
        """What a connection is served in: a client may go away at any time, and then it is closed here too."""
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                yield
        finally:
            self.n_open -= 1
            wire.writer.close()

    def _act_for(self, asked: Asked) -> Act:
        if isinstance(self._route, Mapping):
            return self._route[asked.target.partition("?")[0]]
        return self._route
