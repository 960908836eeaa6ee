"""``--http-debug``: what is printed of a request and its answer, and what is not."""

from types import SimpleNamespace
from typing import Any

import pytest

from ywstorm.worker.http_debug import MAX_BODY_BYTES, HttpDebug
from ywstorm_core.errors import RequestError

URL = "http://h:3000/api/me"
HEAD = b"GET /api/me HTTP/1.1\r\nHost: h:3000\r\n\r\n"


def response(status: int = 200, body: bytes = b"", error: str = "") -> Any:
    def raise_for_error() -> None:
        raise RequestError(1212, error)

    timings = SimpleNamespace(service_ms=12.34)
    return SimpleNamespace(status=status, body=body, timings=timings, raise_for_error=raise_for_error)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Print one request as virtual user 3 would; give the lines."""

    def lines_of(
        head: bytes = HEAD,
        body: bytes | None = None,
        answer: Any = None,
        answer_head: bytes = b"",
        *,
        url: str = URL,
        has_bodies: bool = False,
    ) -> list[str]:
        vu: Any = SimpleNamespace(scenario="load", id=3, iteration=7)
        HttpDebug(has_bodies=has_bodies)(vu, url, head, body, answer, answer_head)
        told = capsys.readouterr()
        assert told.out == ""
        return told.err.splitlines()

    return lines_of


def test_heads_are_printed_and_bodies_are_not(printed: Any) -> None:
    head = b"POST /api/me HTTP/1.1\r\nHost: h:3000\r\nContent-Length: 7\r\n\r\n"

    assert printed(head, b"content", response(201, b"answer"), b"Server: x\r\nETag: \xe9\r\n") == [
        "load, vu 3, iteration 7: POST http://h:3000/api/me, 12.3 ms",
        "> POST /api/me HTTP/1.1",
        "> Host: h:3000",
        "> Content-Length: 7",
        "< 201",
        "< Server: x",
        "< ETag: é",
    ]


def test_bodies_are_printed_if_asked_for(printed: Any) -> None:
    lines = printed(HEAD, b"a=b", response(200, "ü\r\nzwei\n".encode()), b"Server: x\r\n", has_bodies=True)

    assert lines[2:] == ["> Host: h:3000", ">", "> a=b", "< 200", "< Server: x", "<", "< ü", "< zwei"]


def test_an_empty_body_takes_no_line(printed: Any) -> None:
    assert printed(HEAD, None, response(204), b"", has_bodies=True)[2:] == ["> Host: h:3000", "< 204"]


def test_of_a_long_body_the_beginning_is_printed_up_to_a_whole_character(printed: Any) -> None:
    body = b"x" * (MAX_BODY_BYTES - 1) + "ü".encode() * 1000

    *_, begins, more = printed(HEAD, None, response(200, body), b"", has_bodies=True)

    assert begins == f"< {'x' * (MAX_BODY_BYTES - 1)}"
    assert more == "< … (4,047 bytes in all)"


def test_what_is_no_text_has_a_size(printed: Any) -> None:
    assert printed(HEAD, None, response(200, b"\xff\xd8" * 600), b"", has_bodies=True)[-1] == (
        "< (1,200 bytes that are no text)"
    )


def test_a_failure_says_why(printed: Any) -> None:
    why = "GET http://h:3000/api/me: tcp.refused"

    assert printed(HEAD, None, response(0, error=why))[-1] == f"< {why}"


def test_a_request_that_was_cut_off_has_no_answer(printed: Any) -> None:
    assert printed() == [
        "load, vu 3, iteration 7: GET http://h:3000/api/me, cut off",
        "> GET /api/me HTTP/1.1",
        "> Host: h:3000",
    ]


SECRETS = [
    "Authorization: Bearer abc",
    "authorization: Basic abc",
    "Proxy-Authorization: Basic abc",
    "Cookie: sid=abc; a=b",
    "Set-Cookie: sid=abc; Path=/",
    "X-Api-Key: abc",
    "apikey: abc",
    "Ocp-Apim-Subscription-Key:abc",
    "X-Auth-Token: abc",
    "X-CSRF-Token: abc",
    "X-Client-Secret: abc",
    "X-Session-Id: abc",
    "X-Hub-Signature-256: sha256=abc",
]


@pytest.mark.parametrize("field", SECRETS)
def test_secrets_of_either_side_are_not_printed(printed: Any, field: str) -> None:
    lines = printed(HEAD[:-2] + field.encode() + b"\r\n\r\n", None, response(), f"{field}\r\n".encode())
    shown = f"{field.partition(':')[0]}: ***"

    assert lines[3:] == [f"> {shown}", "< 200", f"< {shown}"]


@pytest.mark.parametrize("field", ["Accept: text/html", "Host: token.example.com", "Access-Control-Max-Age: 5"])
def test_other_fields_are_printed_as_they_are(printed: Any, field: str) -> None:
    assert f"> {field}" in printed(HEAD[:-2] + field.encode() + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?token=abc", "?token=***"),
        ("?page=1&api_key=abc&size=2", "?page=1&api_key=***&size=2"),
        ("?Password=abc", "?Password=***"),
        ("?page=token", "?page=token"),
    ],
)
def test_secrets_in_a_query_are_not_printed(printed: Any, query: str, shown: str) -> None:
    moved = f"Location: http://h/{query}#top\r\n".encode()

    lines = printed(f"GET /api/me{query} HTTP/1.1\r\n\r\n".encode(), None, response(302), moved, url=URL + query)

    assert lines == [
        f"load, vu 3, iteration 7: GET {URL}{shown}, 12.3 ms",
        f"> GET /api/me{shown} HTTP/1.1",
        "< 302",
        f"< Location: http://h/{shown}#top",
    ]
