"""
Servers that speak TLS, well and badly, with certificates made for the occasion.

`SecurePeer` is a `Peer` behind TLS; `FaultyPort` does to a bare connection what no TLS library can be talked into;
`Relay` stands between client and server and cuts the stream into single bytes. `run_secure` runs a script against one
of them as `run_hook` does.
"""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

import trustme
import uvloop

from tests.reference.drive import LONG_S, Loop, Run, Script, in_loop
from tests.reference.peer import Act, Peer, Wire, answer
from ywstorm_core.loop.driver import HookDriver

__all__ = ["Certificates", "FaultyPort", "PortAct", "Relay", "SecurePeer", "drop", "refuses", "run_secure"]

PortAct = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NAMES = ("localhost", "127.0.0.1", "::1")
DAY = datetime.timedelta(days=1)


class Certificates:
    """
    What authorities sign, in files of one folder.

    Attributes:
        ca_file: The authority that the tests' clients trust.
    """

    def __init__(self, folder: Path) -> None:
        now = datetime.datetime.now(datetime.UTC)
        self._folder = folder
        self._ca = trustme.CA()
        self._stranger = trustme.CA()
        between = self._ca.create_child_ca()
        self.ca_file = self._write("ca", self._ca.cert_pem)
        leaf = between.issue_cert(*NAMES)
        strange = self._stranger.issue_cert(*NAMES)
        self._chains = {
            "good": self._chain("good", self._ca.issue_cert(*NAMES)),
            "with an intermediate": self._chain("with_intermediate", leaf),
            "without its intermediate": self._write("short", leaf.private_key_pem, leaf.cert_chain_pems[0]),
            "for another host": self._chain("other", self._ca.issue_cert("other.test", "127.0.0.9")),
            "expired": self._chain("expired", self._ca.issue_cert(*NAMES, not_after=now - DAY)),
            "not yet valid": self._chain("early", self._ca.issue_cert(*NAMES, not_before=now + DAY)),
            "of a stranger": self._chain("strange", strange),
            "of a stranger who shows himself": self._write(
                "shown", strange.private_key_pem, strange.cert_chain_pems[0], self._stranger.cert_pem
            ),
            "with a megabyte of others": self._write(
                "long", leaf.private_key_pem, leaf.cert_chain_pems[0], *[self._stranger.cert_pem] * 2000
            ),
            "of itself": self._write("own", self._stranger.private_key_pem, self._stranger.cert_pem),
        }
        self.client_cert = self._chain("client", self._ca.issue_cert("client@example.test"))
        self.strange_client_cert = self._chain("stranger", self._stranger.issue_cert("client@example.test"))

    def _write(self, name: str, *blobs: trustme.Blob) -> str:
        path = self._folder / f"{name}.pem"
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        return str(path)

    def _chain(self, name: str, leaf: trustme.LeafCert) -> str:
        return self._write(name, leaf.private_key_pem, *leaf.cert_chain_pems)

    def server(
        self,
        kind: str = "good",
        *,
        versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
        wants_client: bool = False,
        ciphers: str | None = None,
        alpn: str | None = None,
    ) -> ssl.SSLContext:
        """The context of a server that shows a certificate of this *kind*."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version, context.maximum_version = versions
        if ciphers is not None:
            context.set_ciphers(ciphers)
        context.load_cert_chain(self._chains[kind])
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca_file)
        if alpn is not None:
            context.set_alpn_protocols([alpn])
        return context


class SecurePeer(Peer):
    """
    A `Peer` behind TLS.

    Attributes:
        names: What each client hello asked for (SNI).
        was_resumed: One for each connection that made a request: whether it resumed a session.
    """

    def __init__(self, route: Act | Mapping[str, Act], context: ssl.SSLContext, listen: str = "127.0.0.1") -> None:
        super().__init__(route)
        self._context = context
        self._listen = listen
        self.names: list[str | None] = []
        self.was_resumed: list[bool] = []
        context.sni_callback = lambda _tls, name, _context: self.names.append(name)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accept, self._listen, 0, backlog=4096, ssl=self._context, ssl_handshake_timeout=LONG_S
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        return self

    async def _serve(self, wire: Wire) -> None:
        self.was_resumed.append(bool(wire.writer.get_extra_info("ssl_object").session_reused))
        await super()._serve(wire)


class FaultyPort(Peer):
    """A port that does the same *act* to each connection, with no TLS of its own; its URL says https."""

    def __init__(self, act: PortAct) -> None:
        super().__init__(answer())
        self._act = act

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.url = f"https://127.0.0.1:{self.port}"
        return self

    async def _serve(self, wire: Wire) -> None:
        with self._until_the_client_goes(wire):
            await self._act(wire.reader, wire.writer)


def refuses(context: ssl.SSLContext) -> PortAct:
    """What a port does whose handshake fails: it sends its alert, as servers do and asyncio does not, and closes."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while data := await reader.read(65536):
            incoming.write(data)
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                break
            finally:
                writer.write(outgoing.read())
        await writer.drain()

    return act


class Relay(Peer):
    """Hands each byte of *peer* on in a turn of the loop of its own, so that each is a segment of its own."""

    def __init__(self, peer: SecurePeer) -> None:
        super().__init__(answer())
        self._peer = peer

    async def __aenter__(self) -> Self:
        await self._peer.__aenter__()
        await super().__aenter__()
        self.url = f"https://127.0.0.1:{self.port}"
        self.asked = self._peer.asked
        return self

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        await self._peer.__aexit__(*error)

    async def _serve(self, wire: Wire) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._peer.port)

        async def there() -> None:
            while data := await wire.reader.read(65536):
                writer.write(data)

        async def back() -> None:
            while data := await reader.read(65536):
                for at in range(len(data)):
                    wire.writer.write(data[at : at + 1])
                    await asyncio.sleep(0)

        with self._until_the_client_goes(wire), contextlib.closing(writer):
            await asyncio.gather(there(), back())


def drop(first: Act) -> Act:
    """End the connection after *first* without TLS's goodbye."""

    async def act(wire: Wire) -> None:
        await first(wire)
        await wire.writer.drain()
        await asyncio.sleep(0)
        wire.writer.transport.abort()

    return act


def run_secure(
    script: Script,
    peer: Peer,
    *,
    loop: Loop = uvloop.new_event_loop,
    tls: Mapping[str, Any],
    users: int = 1,
    **named: Any,
) -> Run:
    """
    Run *script* against *peer* as so many virtual users, each once and all at the same time.

    Args:
        tls: Arguments of the TlsClient.
        named: More arguments of the Scenario.

    Returns:
        The run; its value is what the script returned, a list of these when there are more users than one.
    """

    async def main() -> Run:
        async with peer, asyncio.timeout(LONG_S):
            run = Run(peer, asyncio.get_running_loop(), named)
            run.engine.configure_tls(**tls)
            try:
                values = await asyncio.gather(*(HookDriver(run.scenario).run(script) for _ in range(users)))
                run.value = values[0] if users == 1 else values
            finally:
                run.engine.close()
            return run

    return in_loop(main, loop)
