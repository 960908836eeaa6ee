"""The fields of an answer that its reader has to act upon: seen while the head is read, fetched one name at a time."""

import pytest

from tests.reference.http1_cases import head
from ywstorm_core.net.http1 import ResponseParser, parse_headers, values_of


def flags_of(data: bytes, step: int = 0, *, is_head: bool = False) -> tuple[bool, bool, bool]:
    """(Content-Encoding, Set-Cookie, Location) are there, as the parser says of a head fed in steps."""
    parser = ResponseParser()
    parser.begin(is_head)
    for at in range(0, len(data), step or len(data)):
        parser.feed_bytes(data[at : at + (step or len(data))])
    assert parser.error == 0
    assert parser.is_complete
    return parser.has_content_encoding, parser.has_set_cookie, parser.has_location


END = "Content-Length: 0"


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ([], (False, False, False)),
        (["Content-Encoding: gzip"], (True, False, False)),
        (["content-ENCODING:gzip"], (True, False, False)),
        (["Set-Cookie: a=1"], (False, True, False)),
        (["SET-COOKIE:", "Set-Cookie: b=2"], (False, True, False)),
        (["Location: /x"], (False, False, True)),
        (["lOCATION: /x", "Content-Encoding: br", "Set-Cookie: a=1", "Connection: keep-alive"], (True, True, True)),
        (["Set-Cookies: a=1", "Content-Encodings: x", "X-Location: /x", "Locations: x"], (False, False, False)),
        (["Set_Cookie: a=1", "Content_Encoding: gzip", "Connection: set-cookie", "Trailers: x"], (False, False, False)),
        (["X-Folded: a", " Set-Cookie: a=1"], (False, False, False)),
    ],
)
def test_a_head_says_which_of_them_it_has(fields: list[str], flags: tuple[bool, bool, bool]) -> None:
    data = head(*fields, END)

    assert {flags_of(data), flags_of(data, 1), flags_of(data, 7)} == {flags}


def test_they_are_those_of_the_final_head_and_of_one_answer() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=1\r\nLocation: /x\r\nContent-Encoding: gzip\r\n\r\n"
    parser = ResponseParser()
    seen = []
    for data in (head("Set-Cookie: a=1", END), interim + head(END)):
        parser.begin()
        parser.feed_bytes(data)
        seen.append((parser.has_set_cookie, parser.has_location, parser.has_content_encoding))

    assert seen == [(True, False, False), (False, False, False)]


def test_trailers_set_no_cookies() -> None:
    data = head("Transfer-Encoding: chunked") + b"0\r\nSet-Cookie: a=1\r\nLocation: /x\r\n\r\n"

    assert flags_of(data, 1) == (False, False, False)


@pytest.mark.parametrize(
    ("status", "is_head"),
    [("304 Not Modified", False), ("204 No Content", False), ("200 OK", True), ("302 Found", True)],
)
def test_an_answer_without_a_body_may_be_labelled(status: str, is_head: bool) -> None:
    """Encoding, length and chunking of the body that is not there change nothing (T55, T66)."""
    for framing in ("Content-Length: 1234", "Transfer-Encoding: chunked", "X-None: 1"):
        data = f"HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\n{framing}\r\n\r\n".encode()

        assert flags_of(data, is_head=is_head) == (True, False, False)


HEAD = (
    b"Set-Cookie: a=1\r\nX: y\r\nset-cookie:  b=2 ; Path=/ \r\nSet-Cookie:\r\nSet-Cookie2: no\r\n"
    b"Set-Cookie: folded\r\n\tover\r\n  lines\r\nX-Other: z\r\n Set-Cookie: c=3\r\nLocation: /\xfc\r\n"
)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (b"set-cookie", ["a=1", "b=2 ; Path=/", "", "folded over lines"]),
        (b"location", ["/\xfc"]),
        (b"x-other", ["z Set-Cookie: c=3"]),
        (b"missing", []),
    ],
)
def test_the_values_of_one_name(name: bytes, values: list[str]) -> None:
    assert values_of(HEAD, name) == values
    assert values_of(HEAD, name) == [value for key, value in parse_headers(HEAD) if key.lower().encode() == name]


@pytest.mark.parametrize("bad", [b"no colon\r\n", b" folded from nothing\r\n", b"A: 1\r\nno colon\r\n"])
def test_what_is_no_head_is_refused_whatever_is_asked(bad: bytes) -> None:
    with pytest.raises(ValueError, match="not a field line"):
        values_of(bad, b"set-cookie")
    with pytest.raises(ValueError, match="not a field line"):
        parse_headers(bad)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("timeout=1", 1),
        ("max=100, Timeout=0", 0),
        ("timeout=5, max=1", 5),
        ("timeout=", -1),
        ("timeout=1.5", -1),
        ("x", -1),
    ],
)
def test_how_long_an_idle_connection_is_promised_to_live(value: str, seconds: int) -> None:
    """T63: who keeps connections has to close this one in time."""
    parser = ResponseParser()
    parser.begin()
    parser.feed_bytes(head(f"Keep-Alive: {value}", END))

    assert (parser.keep_alive_timeout_s, parser.is_keep_alive) == (seconds, True)
