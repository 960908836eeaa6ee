"""
What is an answer, and what is not.

Every case is fed whole, byte by byte and in threes, and must come to the same end; the good ones once more with bytes
of somebody else behind them. T-numbers are those of the torture list in RELIABILITY §3.
"""

import pytest

from tests.reference.http1 import Outcome, read
from tests.reference.http1_cases import BAD, GOOD, chunked, head
from ywstorm_core.errors import ERRORS
from ywstorm_core.net.http1 import ResponseParser, parse_headers

CODES = {info.name.removeprefix("http."): code for code, info in ERRORS.items()}


def every_cut(data: bytes) -> list[list[int]]:
    steps = (1, 3, 1000) if len(data) < 20_000 else (1000, 4096)
    return [[], *(list(range(step, len(data), step)) for step in steps)]


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
        ("max_head_bytes", 25, head("A: 1"), head("A: 12"), "head_too_large"),
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
    [
        ("timeout=1", 1),
        ("max=5, TIMEOUT=60", 60),
        ("timeout=", -1),
        ("timeout=1s", -1),
        ("5", -1),
        ("timeout=" + "9" * 40, 1_000_000),
    ],
)
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
