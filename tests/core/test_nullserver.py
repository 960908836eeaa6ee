"""The null server: same answer to everything, exact counts, clean end. Read back by our own strict parser."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ywstorm_core.net.http1 import ResponseParser
from ywstorm_core.nullserver import NullServer

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@contextmanager
def serving(body_bytes: int = 100, delay_us: int = 0) -> Iterator[NullServer]:
    """A null server on a thread of this process."""
    with NullServer(body_bytes=body_bytes, delay_us=delay_us) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join(10)
            assert not thread.is_alive()


class Peer:
    """A blocking client."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.rest = b""

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()

    def read(self, is_head: bool = False) -> ResponseParser:
        """The next answer; whatever follows it stays for the next call."""
        parser = ResponseParser()
        parser.begin(is_head)
        while True:
            used = parser.feed_bytes(self.rest)
            self.rest = self.rest[used:]
            if parser.is_complete:
                return parser
            data = self.socket.recv(65536)
            assert data, "closed in the middle of an answer"
            self.rest += data

    def ask(self, request: bytes = GET) -> ResponseParser:
        self.socket.sendall(request)
        return self.read()

    def is_closed_by_server(self) -> bool:
        return self.socket.recv(1) == b""


def counts(server: NullServer) -> dict[str, int]:
    with Peer(server.port) as peer:
        found: dict[str, int] = json.loads(peer.ask(b"GET /__counts HTTP/1.1\r\n\r\n").body())
    return found


@pytest.mark.parametrize("size", [0, 1, 2, 11, 12, 100, 100_000])
def test_the_body_is_json_of_the_size_asked_for(size: int) -> None:
    with serving(size) as server, Peer(server.port) as peer:
        answer = peer.ask()

    assert (answer.status, len(answer.body()), answer.is_keep_alive, answer.is_lenient) == (200, size, True, False)
    assert size == 0 or json.loads(answer.body()) is not None


def test_counts_each_request_and_the_connections_that_made_them() -> None:
    with serving() as server, Peer(server.port) as first, Peer(server.port) as second, Peer(server.port):
        for _ in range(3):
            first.ask()
        second.ask(b"PUT /a/b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")

        assert counts(server) == counts(server) == {"requests": 4, "connections": 2}
        assert (server.requests, server.connections) == (4, 2)


@pytest.mark.parametrize("size", [1, 7, 40, 100_000])
def test_finds_requests_in_any_cut(size: int) -> None:
    """Pipelined, with bodies, in pieces: as many answers as requests."""
    post = b"POST /x HTTP/1.1\r\nHost: h\r\ncontent-LENGTH:  30\r\n\r\n" + GET + b"\r\n"
    stream = (GET + post) * 5
    with serving() as server, Peer(server.port) as peer:
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(stream), size):
            peer.socket.sendall(stream[at : at + size])
        for _ in range(10):
            assert peer.read().status == 200

        assert counts(server)["requests"] == 10


def test_a_head_request_gets_the_head_alone() -> None:
    with serving() as server, Peer(server.port) as peer:
        peer.socket.sendall(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + GET)

        assert peer.read(is_head=True).content_length == 100
        assert len(peer.read().body()) == 100


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 200),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ],
)
def test_closes_where_it_has_to(request_: bytes, status: int) -> None:
    with serving() as server, Peer(server.port) as peer:
        assert peer.ask(request_).status == status
        assert peer.is_closed_by_server()


def test_keeps_an_http_1_0_connection_that_asks_for_it() -> None:
    with serving() as server, Peer(server.port) as peer:
        for _ in range(2):
            assert peer.ask(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").status == 200


def test_a_client_that_does_not_read_gets_no_further_and_loses_nothing() -> None:
    """Its requests wait in its own socket; another client is served meanwhile."""
    n = 300
    with serving(100_000) as server, Peer(server.port) as lazy, Peer(server.port) as other:
        lazy.socket.sendall(GET * n)
        assert other.ask().status == 200

        assert sum(lazy.read().body_bytes for _ in range(n)) == n * 100_000
        assert server.requests == n + 1


def test_a_delay_holds_each_answer_back() -> None:
    """Not before its time, in order, and several clients side by side rather than one after the other."""
    with serving(delay_us=200_000) as server, Peer(server.port) as first, Peer(server.port) as second:
        before = time.monotonic()
        first.socket.sendall(GET)
        second.socket.sendall(GET)
        first.read()
        second.read()
        took = time.monotonic() - before

        assert 0.2 <= took < 0.4
        first.ask()
        assert server.requests == 3


def test_a_client_may_leave_before_its_delayed_answer() -> None:
    with serving(delay_us=20_000) as server, Peer(server.port) as stays:
        with Peer(server.port) as leaves:
            leaves.socket.sendall(GET)
        assert stays.ask().status == 200
        assert stays.ask().status == 200


def test_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="may not be negative"):
        NullServer(body_bytes=-1)
    with pytest.raises(ValueError, match="may not be negative"):
        NullServer(delay_us=-1)
    with NullServer() as server, pytest.raises(OSError, match="in use"):
        NullServer(port=server.port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_listens_and_stops_when_told(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "ywstorm_core.nullserver", "--body", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        port = int(line.removeprefix("listening on http://127.0.0.1:"))
        with Peer(port) as peer:
            assert len(peer.ask().body()) == 20
            process.send_signal(number)
            assert process.wait(10) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
