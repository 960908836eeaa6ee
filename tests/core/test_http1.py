"""
What is an answer, and what is not.

Every case is fed whole, byte by byte and in threes, and must come to the same end; the good ones once more with bytes
of somebody else behind them. T-numbers are those of the torture list in RELIABILITY §3.
"""

import pytest

from tests.reference.http1 import Outcome, read
from ywstorm_core.errors import ERRORS
from ywstorm_core.net.http1 import ResponseParser, parse_headers

CODES = {info.name.removeprefix("http."): code for code, info in ERRORS.items()}
MANY = 100 * 1024


def head(*lines: str, start: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join([start, *lines, "", ""]).encode("latin-1")


def chunked(body: bytes) -> bytes:
    return head("Transfer-Encoding: chunked") + body


def every_cut(data: bytes) -> list[list[int]]:
    steps = (1, 3, 1000) if len(data) < 20_000 else (1000, 4096)
    return [[], *(list(range(step, len(data), step)) for step in steps)]


# (what it is, bytes, body, whether the connection may go on)
GOOD = [
    ("a declared length", head("Content-Length: 5") + b"hello", b"hello", True),
    ("a body of nothing", head("Content-Length: 0"), b"", True),
    ("no reason phrase (T17)", head("Content-Length: 0", start="HTTP/1.1 200"), b"", True),
    ("no reason phrase, but its space (T17)", head("Content-Length: 0", start="HTTP/1.1 200 "), b"", True),
    ("a reason with high bytes (T18)", head("Content-Length: 0", start="HTTP/1.1 200 Tr\xe8s bien"), b"", True),
    ("a status beyond the registry (T16)", head("Content-Length: 0", start="HTTP/1.1 799 Odd"), b"", True),
    ("one empty line first (T21)", b"\r\n" + head("Content-Length: 1") + b"x", b"x", True),
    ("line feeds alone (T22)", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi", True),
    ("a value in Latin-1, and one in broken UTF-8 (T26)", head("A: \xe4", "B: \xc3", "Content-Length: 0"), b"", True),
    ("a folded harmless field (T25)", head("A: 1", "  2", "Content-Length: 0"), b"", True),
    ("leading zeros (T33)", head("Content-Length: 0005") + b"hello", b"hello", True),
    ("two equal lengths (T33)", head("Content-Length: 5", "content-length: 5") + b"hello", b"hello", True),
    ("a list of equal lengths (T33)", head("Content-Length: 5, 5") + b"hello", b"hello", True),
    ("names in any case", head("CONTENT-LENGTH:5") + b"hello", b"hello", True),
    ("204 with a length (T55)", head("Content-Length: 5", start="HTTP/1.1 204 No Content"), b"", True),
    ("304 with a length (T55)", head("Content-Length: 5", start="HTTP/1.1 304 Not Modified"), b"", True),
    ("304 that says chunked (T57)", head("Transfer-Encoding: chunked", start="HTTP/1.1 304 Not Modified"), b"", True),
    ("205 with a body (T57)", head("Content-Length: 2", start="HTTP/1.1 205 Reset Content") + b"hi", b"hi", True),
    ("one 103 (T58)", head("Link: </a>", start="HTTP/1.1 103 Early Hints") + head("Content-Length: 0"), b"", True),
    ("99 times 100 (T58)", head(start="HTTP/1.1 100 Continue") * 99 + head("Content-Length: 0"), b"", True),
    (
        "100 with a length, which is ignored (T58)",
        head("Content-Length: 9", start="HTTP/1.1 100 C") + head("Content-Length: 1") + b"x",
        b"x",
        True,
    ),
    ("Connection: close (T63)", head("Content-Length: 1", "Connection: close") + b"x", b"x", False),
    ("close among other words", head("Content-Length: 1", "Connection: a, CLOSE ,b") + b"x", b"x", False),
    ("HTTP/1.0", head("Content-Length: 1", start="HTTP/1.0 200 OK") + b"x", b"x", False),
    (
        "HTTP/1.0 that keeps alive",
        head("Content-Length: 1", "Connection: Keep-Alive", start="HTTP/1.0 200 OK") + b"x",
        b"x",
        True,
    ),
    (
        "HTTP/1.0 that says both",
        head("Content-Length: 1", "Connection: keep-alive, close", start="HTTP/1.0 200 OK") + b"x",
        b"x",
        False,
    ),
    ("chunks", chunked(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), b"hello world", True),
    ("no chunk", chunked(b"0\r\n\r\n"), b"", True),
    ("a chunk size with zeros and in both cases", chunked(b"000a\r\n0123456789\r\n0A\r\n0123456789\r\n0\r\n\r\n"), b"0123456789" * 2, True),
    ("a chunk extension", chunked(b'2;a;b=c;d="\\"; x"\r\nhi\r\n0;last\r\n\r\n'), b"hi", True),
    ("trailers, ignored (T54)", chunked(b"2\r\nhi\r\n0\r\nX: 1\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\n\r\n"), b"hi", True),
    ("1000 one-byte chunks (T52)", chunked(b"1\r\nx\r\n" * 1000 + b"0\r\n\r\n"), b"x" * 1000, True),
    ("256 fields", head(*["A: 1"] * 255, "Content-Length: 0"), b"", True),
]  # fmt: skip

# (what it is, bytes, the code's name)
BAD = [
    ("nothing but a close (T02)", b"", "tcp.closed_no_response"),
    ("a status line cut off (T08)", b"HTTP/1.1 2", "head_truncated"),
    ("a head cut off before its last LF", b"HTTP/1.1 200 OK\r\nA: 1\r\n\r", "head_truncated"),
    ("another protocol (T12)", head(start="FOO/1.1 200 OK"), "bad_status_line"),
    ("another protocol that ends no line", b"SSH-2.0-OpenSSH_9.2", "bad_status_line"),
    ("a body without a head (T15)", b"<html>hello</html>", "bad_status_line"),
    ("a version of the future (T13)", head(start="HTTP/3.9 200 OK"), "bad_version"),
    ("a version of three digits (T14)", head(start="HTTP/1.10 200 OK"), "bad_version"),
    ("HTTP/2.0", head(start="HTTP/2.0 200 OK"), "bad_version"),
    ("a status of one digit (T16)", head(start="HTTP/1.1 2 OK"), "bad_status_line"),
    ("a status of four digits (T16)", head(start="HTTP/1.1 2000 OK"), "bad_status_line"),
    ("a status with a letter (T16)", head(start="HTTP/1.1 2x0 OK"), "bad_status_line"),
    ("status 000 (T16)", head(start="HTTP/1.1 000 OK"), "bad_status_line"),
    ("a reason with a NUL (T19)", head(start="HTTP/1.1 200 O\0K"), "bad_status_line"),
    ("a reason with a bare CR (T19)", head(start="HTTP/1.1 200 O\rK"), "bad_status_line"),
    ("two spaces after the version (T20)", head(start="HTTP/1.1  200 OK"), "bad_status_line"),
    ("a tab after the version (T20)", head(start="HTTP/1.1\t200 OK"), "bad_status_line"),
    ("50 empty lines first (T21)", b"\r\n" * 50 + head("Content-Length: 0"), "bad_status_line"),
    ("a CR without LF first", b"\rHTTP/1.1 200 OK\r\n\r\n", "bad_status_line"),
    ("a lone CR as line end (T23)", b"HTTP/1.1 200 OK\r\nA: 1\rContent-Length: 0\r\n\r\n", "bad_header"),
    ("CR CR LF (T23)", b"HTTP/1.1 200 OK\r\nA: 1\r\r\n\r\n", "bad_header"),
    ("a header without colon (T24)", head("A 1"), "bad_header"),
    ("an empty name (T24)", head(": 1"), "bad_header"),
    ("a space before the colon (T24)", head("A : 1"), "bad_header"),
    ("a space inside a name (T24)", head("A B: 1"), "bad_header"),
    ("a NUL inside a name (T24)", head("A\0: 1"), "bad_header"),
    ("a fold with nothing before it", head(" A: 1"), "bad_header"),
    ("a folded Content-Length (T25)", head("Content-Length: 1", " 2") + b"x" * 12, "bad_header"),
    ("a folded Transfer-Encoding (T25)", head("Transfer-Encoding: chunked", "\t, gzip"), "bad_header"),
    ("a NUL in a value (T26)", head("A: \0"), "bad_header"),
    ("a control byte in a folded line", head("A: 1", " \x01"), "bad_header"),
    ("a header line of 1 MiB (T27)", head("A: " + "x" * (1 << 20)), "head_too_large"),
    ("many headers (T28)", head(*["A: 1"] * 10_000), "too_many_headers"),
    ("a head that never ends (T29)", b"HTTP/1.1 200 OK\r\nA: " + b"x" * MANY, "head_too_large"),
    ("a status line that never ends", b"HTTP/1.1 200 " + b"x" * MANY, "head_too_large"),
    ("a negative length (T31)", head("Content-Length: -5"), "bad_content_length"),
    ("a length with a plus (T31)", head("Content-Length: +5"), "bad_content_length"),
    ("a hexadecimal length (T31)", head("Content-Length: 0x5"), "bad_content_length"),
    ("two lengths and a blank (T31)", head("Content-Length: 5 5"), "bad_content_length"),
    ("a length and a semicolon (T31)", head("Content-Length: 5;"), "bad_content_length"),
    ("a length and a comma", head("Content-Length: 5,"), "bad_content_length"),
    ("an empty length (T31)", head("Content-Length:"), "bad_content_length"),
    ("a superscript as length (T31)", head("Content-Length: \xb2"), "bad_content_length"),
    ("a length of 2^64 (T32)", head(f"Content-Length: {1 << 64}"), "bad_content_length"),
    ("a length of 4,000 digits (T32)", head("Content-Length: " + "9" * 4000), "bad_content_length"),
    ("a length of 2^63 - 1 (T32)", head(f"Content-Length: {(1 << 63) - 1}"), "body_too_large"),
    ("two lengths (T34)", head("Content-Length: 5", "Content-Length: 6"), "conflicting_length"),
    ("two lengths in one field (T34)", head("Content-Length: 5, 6"), "conflicting_length"),
    ("length and chunked (T35)", head("Content-Length: 5", "Transfer-Encoding: chunked"), "conflicting_length"),
    ("chunked and length (T35)", head("Transfer-Encoding: chunked", "Content-Length: 5"), "conflicting_length"),
    ("xchunked (T36)", head("Transfer-Encoding: xchunked"), "bad_transfer_encoding"),
    ("chunked twice (T36)", head("Transfer-Encoding: chunked, chunked"), "bad_transfer_encoding"),
    ("chunked in two fields (T36)", head(*["Transfer-Encoding: chunked"] * 2), "bad_transfer_encoding"),
    ("chunked before gzip (T36)", head("Transfer-Encoding: chunked, gzip"), "bad_transfer_encoding"),
    ("identity (T36)", head("Transfer-Encoding: identity"), "bad_transfer_encoding"),
    ("gzip alone", head("Transfer-Encoding: gzip"), "bad_transfer_encoding"),
    ("an empty coding", head("Transfer-Encoding:"), "bad_transfer_encoding"),
    ("chunked on HTTP/1.0 (T36)", head("Transfer-Encoding: chunked", start="HTTP/1.0 200 OK"), "bad_transfer_encoding"),
    ("gzip before chunked (T37)", head("Transfer-Encoding: gzip, chunked"), "decode_failed"),
    ("a length too long (T38)", head("Content-Length: 6") + b"hello", "body_truncated"),
    ("no chunk size (T47)", chunked(b"\r\nhello"), "bad_chunk_size"),
    ("a chunk size that is no number (T47)", chunked(b"g\r\n"), "bad_chunk_size"),
    ("a chunk size with 0x (T47)", chunked(b"0x5\r\nhello\r\n"), "bad_chunk_size"),
    ("a negative chunk size (T47)", chunked(b"-1\r\n"), "bad_chunk_size"),
    ("a space before the chunk size (T47)", chunked(b" 5\r\nhello\r\n"), "bad_chunk_size"),
    ("a space after the chunk size (T47)", chunked(b"5 \r\nhello\r\n"), "bad_chunk_size"),
    ("an underscore in the chunk size (T47)", chunked(b"5_0\r\n"), "bad_chunk_size"),
    ("a chunk size of 17 digits (T47)", chunked(b"00000000000000005\r\nhello\r\n"), "bad_chunk_size"),
    ("a chunk size of 2^63", chunked(b"8000000000000000\r\n"), "bad_chunk_size"),
    ("a chunk size ended by LF (T48)", chunked(b"5\nhello\r\n0\r\n\r\n"), "bad_chunk_size"),
    ("a chunk size ended by CR (T48)", chunked(b"5\rhello\r\n0\r\n\r\n"), "bad_chunk_size"),
    ("no line end after a chunk (T49)", chunked(b"5\r\nhello0\r\n\r\n"), "bad_chunk_end"),
    ("LF alone after a chunk (T49)", chunked(b"5\r\nhello\n0\r\n\r\n"), "bad_chunk_end"),
    ("CR and X after a chunk", chunked(b"5\r\nhello\rX"), "bad_chunk_end"),
    ("a chunk longer than declared (T50)", chunked(b"5\r\nhello!\r\n0\r\n\r\n"), "bad_chunk_end"),
    ("an extension of 1 MiB (T51)", chunked(b"5;" + b"x" * (1 << 20)), "chunk_overhead"),
    ("an extension with a quoted line end (T51)", chunked(b'5;a="\r\n"\r\nhello\r\n'), "bad_chunk_size"),
    ("an extension with a quote left open (T51)", chunked(b'5;a="b\r\nhello\r\n'), "bad_chunk_size"),
    ("an extension with LF inside (T51)", chunked(b"5;a\nb\r\nhello\r\n"), "bad_chunk_size"),
    ("100,000 one-byte chunks (T52)", chunked(b"1\r\nx\r\n" * 100_000), "chunk_overhead"),
    ("a chunk of 1 GiB", chunked(b"40000000\r\n"), "body_too_large"),
    ("a close before the last chunk (T53)", chunked(b"5\r\nhello\r\n"), "body_truncated"),
    ("a close after the last chunk (T53)", chunked(b"0\r\n"), "body_truncated"),
    ("a close before the last LF (T53)", chunked(b"0\r\n\r"), "body_truncated"),
    ("10,000 trailers (T54)", chunked(b"0\r\n" + b"A: 1\r\n" * 10_000), "too_many_headers"),
    ("a trailer of 100 KiB", chunked(b"0\r\nA: " + b"x" * MANY), "head_too_large"),
    ("a trailer without colon (T54)", chunked(b"0\r\nA\r\n\r\n"), "bad_trailer"),
    ("a folded trailer (T54)", chunked(b"0\r\nA: 1\r\n 2\r\n\r\n"), "bad_trailer"),
    ("a trailer ended by LF", chunked(b"0\r\nA: 1\n\r\n"), "bad_trailer"),
    ("a last line ended by CR and X", chunked(b"0\r\n\rX"), "bad_trailer"),
    ("endless 103 (T58)", head(start="HTTP/1.1 103 Early Hints") * 101, "too_many_1xx"),
    ("103, then a close (T58)", head(start="HTTP/1.1 103 Early Hints"), "head_truncated"),
    ("101 unasked (T59)", head("Upgrade: x", start="HTTP/1.1 101 Switching Protocols"), "unexpected_101"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "body", "is_keep_alive"), [pytest.param(*case[1:], id=case[0]) for case in GOOD])
def test_accepts(data: bytes, body: bytes, is_keep_alive: bool) -> None:
    """A good answer is the same for every cut, and ends where it ends."""
    outcomes = [read(data, cuts, closes=False) for cuts in every_cut(data)]

    assert {(o.error, o.body, o.n_used, o.is_keep_alive) for o in outcomes} == {(0, body, len(data), is_keep_alive)}
    assert len(set(outcomes)) == 1


@pytest.mark.parametrize("data", [pytest.param(case[1], id=case[0]) for case in GOOD])
def test_leaves_what_is_not_its_own(data: bytes) -> None:
    """Bytes behind the answer are not consumed (T41, T56, T62), and change nothing of it."""
    alone = read(data, closes=False)

    assert read(data + data) == alone
    assert [read(data + b"\0junk", cuts) for cuts in every_cut(data)] == [alone] * len(every_cut(data))


@pytest.mark.parametrize(("data", "name"), [pytest.param(*case[1:], id=case[0]) for case in BAD])
def test_refuses(data: bytes, name: str) -> None:
    """A bad answer is refused with one code, the same for every cut."""
    assert [read(data, cuts) for cuts in every_cut(data)] == [Outcome(CODES[name])] * len(every_cut(data))


@pytest.mark.parametrize(
    ("data", "body"),
    [
        pytest.param(head() + b"hello", b"hello", id="no length, ended by the close (T42)"),
        pytest.param(head(), b"", id="nothing before the close"),
        pytest.param(head("Connection: keep-alive") + b"hello", b"hello", id="a promise that cannot be kept"),
    ],
)
def test_a_body_without_length_ends_with_the_close(data: bytes, body: bytes) -> None:
    """Until then it is not complete, and the connection is spent."""
    unclosed = {read(data, cuts, closes=False) for cuts in every_cut(data)}
    closed = {read(data, cuts) for cuts in every_cut(data)}

    assert unclosed == {Outcome(-1)}
    assert {(o.error, o.body, o.is_keep_alive) for o in closed} == {(0, body, False)}


@pytest.mark.parametrize(
    "fields", [["Content-Length: 5"], ["Transfer-Encoding: chunked"], [f"Content-Length: {1 << 40}"], []]
)
def test_the_answer_to_head_has_no_body(fields: list[str]) -> None:
    """HEAD ends with the head whatever it declares (T55); what follows is somebody else's (T56)."""
    data = head(*fields)

    assert {read(data + b"hello", cuts, is_head=True).n_used for cuts in every_cut(data)} == {len(data)}
    assert read(data, is_head=True).is_keep_alive


@pytest.mark.parametrize("data", [pytest.param(case[1], id=case[0]) for case in GOOD])
def test_a_discarded_body_is_framed_all_the_same(data: bytes) -> None:
    """Only its bytes are missing."""
    kept, parser = read(data, closes=False), ResponseParser()
    discarded = [read(data, cuts, keeps_body=False, closes=False, parser=parser) for cuts in every_cut(data)]

    assert {(o.error, o.status, o.headers, o.body, o.n_used) for o in discarded} == {
        (0, kept.status, kept.headers, b"", kept.n_used)
    }
    assert parser.body_bytes == len(kept.body)


def test_a_discarded_body_may_be_of_any_size() -> None:
    """The limit is for memory, and it takes none (T70 is the business of the time-out)."""
    data = head("Content-Length: 100000000000")

    assert read(data, closes=False, keeps_body=False) == Outcome(-1)
    assert read(data).error == CODES["body_too_large"]


@pytest.mark.parametrize(
    ("field", "limit", "good", "bad", "name"),
    [
        ("max_head_bytes", 28, head("Content-Length: 0")[:-2].replace(b"Content-Length", b"A") + b"\r\n", head("A: 12"), "head_too_large"),
        ("max_fields", 2, head("A: 1", "Content-Length: 0"), head("A: 1", "B: 2", "C: 3"), "too_many_headers"),
        ("max_interim", 1, head(start="HTTP/1.1 100 C") + head(), head(start="HTTP/1.1 100 C") * 2, "too_many_1xx"),
        ("max_body_bytes", 5, head("Content-Length: 5") + b"hello", head("Content-Length: 6"), "body_too_large"),
        ("max_body_bytes", 5, chunked(b"5\r\nhello\r\n0\r\n\r\n"), chunked(b"5\r\nhello\r\n1\r\n"), "body_too_large"),
        ("max_body_bytes", 5, head() + b"hello", head() + b"hello!", "body_too_large"),
    ],
)  # fmt: skip
def test_limits(field: str, limit: int, good: bytes, bad: bytes, name: str) -> None:
    """The last good size passes and the next one fails, for every cut."""
    parser = ResponseParser()
    setattr(parser, field, limit)

    assert {read(good, cuts, parser=parser).error for cuts in every_cut(good)} == {0}
    assert {read(bad, cuts, parser=parser).error for cuts in every_cut(bad)} == {CODES[name]}


def test_one_parser_serves_many_answers() -> None:
    """Nothing of an answer, good or bad, is left for the next."""
    parser = ResponseParser()
    cases = [case[1] for case in GOOD] + [case[1] for case in BAD]

    for data in cases:
        assert read(data, [20, 50], parser=parser) == read(data)


def test_facts_about_an_answer() -> None:
    """What the connection wants to know beside status, head and body."""
    data = b"\r\n" + head("Keep-Alive: timeout=7, max=100", "Transfer-Encoding: chunked") + b"2\r\nhi\r\n0\r\n\r\n"
    parser = ResponseParser()
    assert (parser.has_started, parser.is_complete, parser.content_length) == (False, False, -1)

    parser.feed_bytes(data)

    assert (parser.status, parser.minor, parser.is_complete, parser.has_started) == (200, 1, True, True)
    assert (parser.keep_alive_timeout_s, parser.is_chunked, parser.is_lenient) == (7, True, True)
    assert (parser.head_bytes, parser.body_bytes, parser.wire_bytes) == (len(data) - 12, 2, len(data))
    assert parser.content_length == -1
    assert parser.finish() == 0
    assert parser.feed_bytes(b"more") == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("timeout=1", 1), ("max=5, TIMEOUT=60", 60), ("timeout=", -1), ("timeout=1s", -1), ("5", -1), ("timeout=" + "9" * 40, 1_000_000)],
)  # fmt: skip
def test_keep_alive_timeout(value: str, seconds: int) -> None:
    """Whole seconds, bounded; anything else says nothing."""
    parser = ResponseParser()
    parser.feed_bytes(head("Content-Length: 0", f"Keep-Alive: {value}"))

    assert parser.keep_alive_timeout_s == seconds


@pytest.mark.parametrize(
    ("data", "is_lenient"),
    [
        (head("Content-Length: 0"), False),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", True),
        (head("Content-Length: 0", start="HTTP/1.1 600 Odd"), True),
        (head("A: 1", " 2", "Content-Length: 0"), True),
    ],
)
def test_what_is_tolerated_is_noted(data: bytes, is_lenient: bool) -> None:
    parser = ResponseParser()
    parser.feed_bytes(data)

    assert (parser.is_complete, parser.is_lenient) == (True, is_lenient)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"", []),
        (b"A: 1\r\n", [("A", "1")]),
        (b"A:1\r\nb:\t 2 \r\n", [("A", "1"), ("b", "2")]),
        (b"A:\r\nA: x:y\nB: 1", [("A", ""), ("A", "x:y"), ("B", "1")]),
        (b"A: \xe4\xff\r\n", [("A", "\xe4\xff")]),
        (b"A: 1\r\n\t 2 \r\n 3\r\nB: 4\r\n", [("A", "1 2 3"), ("B", "4")]),
        (b"A:\r\n 1\r\n", [("A", "1")]),
    ],
)
def test_parse_headers(raw: bytes, fields: list[tuple[str, str]]) -> None:
    assert parse_headers(raw) == fields


@pytest.mark.parametrize("raw", [b"A\r\n", b" A: 1\r\n", b"\r\n", b"A: 1\r\nB\r\n"])
def test_parse_headers_refuses_what_is_no_field(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not a field line"):
        parse_headers(raw)
