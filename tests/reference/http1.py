"""
Answers read in several ways: by our parser under any cut of the bytes, and by two parsers of other people.

`Outcome` is what they can be compared by. Where the others differ from us on purpose, test_http1_peers.py lists the
case and the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import h11
import httptools

from ywstorm_core.net.http1 import ResponseParser, parse_headers


@dataclass(frozen=True)
class Outcome:
    """
    What became of an answer.

    Attributes:
        status: 0 when there was none, or when it could not be accepted.
        n_used: Bytes that belonged to the answer; 0 with an error, where nobody may rely on it.
        error: ErrorCode, or for the other parsers 1 for any refusal.
    """

    error: int
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    n_used: int = 0
    is_keep_alive: bool = False


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Cut *data* at the given offsets; offsets outside it, and repeated ones, cut nothing."""
    bounds = sorted({0, len(data), *(cut for cut in cuts if 0 < cut < len(data))})
    return (data[first:last] for first, last in pairwise(bounds))


def outcome_of(parser: ResponseParser) -> Outcome:
    """What *parser*, which has been fed, found; an answer that goes on is told by error -1."""
    if parser.error or not parser.is_complete:
        return Outcome(parser.error or -1)
    headers = tuple(parse_headers(parser.head()))
    return Outcome(0, parser.status, headers, parser.body(), parser.wire_bytes, parser.is_keep_alive)


def read(
    data: bytes,
    cuts: list[int] | None = None,
    *,
    is_head: bool = False,
    keeps_body: bool = True,
    closes: bool = True,
    parser: ResponseParser | None = None,
) -> Outcome:
    """Feed our parser the pieces of *data*, then the peer's close if it *closes*."""
    parser = parser or ResponseParser()
    parser.begin(is_head, keeps_body)
    for piece in pieces(data, cuts or []):
        parser.feed_bytes(piece)
        if parser.error or parser.is_complete:
            break
    if closes:
        parser.finish()
    return outcome_of(parser)


def read_by_h11(data: bytes, *, is_head: bool = False) -> Outcome:
    """The same answer as h11 sees it, the peer's close included; it gives header names in lower case."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="HEAD" if is_head else "GET", target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    status, body = 0, b""
    headers: tuple[tuple[str, str], ...] = ()
    has_closed = False
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
                headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif event is h11.NEED_DATA and not has_closed:
                connection.receive_data(b"")
                has_closed = True
            elif not isinstance(event, h11.InformationalResponse):
                return Outcome(1)
    except h11.RemoteProtocolError:
        return Outcome(1)
    n_used = len(data) - len(connection.trailing_data[0])
    return Outcome(0, status, headers, body, n_used, connection.their_state is h11.DONE)


class _Collector:
    """Receives llhttp's events for one answer and the interim ones before it."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.outcome = Outcome(-1)

    def on_message_begin(self) -> None:
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.has_whole_head = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_whole_head:
            self.headers.append((name.decode("latin-1"), value.decode("latin-1").strip(" \t")))

    def on_headers_complete(self) -> None:
        self.has_whole_head = True

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        status = self.parser.get_status_code()
        if status >= 200:
            keeps_alive = self.parser.should_keep_alive()
            self.outcome = Outcome(0, status, tuple(self.headers), self.body, is_keep_alive=keeps_alive)


def read_by_llhttp(data: bytes) -> Outcome:
    """
    The same answer as llhttp sees it, through httptools.

    httptools tells neither how far a message reached nor what a close means, and knows no HEAD: *data* must hold one
    answer and no more, and its whole length is taken for `n_used`.
    """
    collector = _Collector()
    try:
        collector.parser.feed_data(data)
    except httptools.HttpParserError:
        return Outcome(1)
    return replace(collector.outcome, n_used=len(data)) if collector.outcome.error == 0 else collector.outcome
