"""What a script reads off an answer, and off the lack of one."""

from typing import Any

import pytest

from tests.reference.drive import run_hook
from tests.reference.peer import Act, answer, close, raw, silence
from ywstorm_core.errors import ConnectError, NoResponse, ProtocolError, ReadError, RequestTimeout
from ywstorm_core.loop.response import Headers, Response
from ywstorm_core.loop.vu import VirtualUser


def response_to(act: Act, **arguments: Any) -> Response:
    """What a script gets when the server acts so."""

    async def script(vu: VirtualUser) -> Response:
        return await vu.request(**{"method": "get", "url": "/a?b=c", **arguments})

    response: Response = run_hook(script, act).value
    return response


def test_header_names_match_in_any_case() -> None:
    headers = Headers([("Content-Type", "text/html"), ("X-Id", "7")])
    assert headers["content-type"] == headers["CONTENT-TYPE"] == "text/html"
    assert "x-ID" in headers
    assert headers.get("x-none") is None
    assert headers.get("x-none", "0") == "0"
    assert list(headers) == ["content-type", "x-id"]
    with pytest.raises(KeyError):
        headers["x-none"]


def test_several_fields_of_one_name_are_joined_and_kept_apart() -> None:
    headers = Headers([("Set-Cookie", "a=1"), ("Via", "x"), ("set-cookie", "b=2")])
    assert headers["Set-Cookie"] == "a=1, b=2"
    assert headers.get_all("SET-COOKIE") == ["a=1", "b=2"]
    assert headers.get_all("none") == []
    assert headers.pairs == [("Set-Cookie", "a=1"), ("Via", "x"), ("set-cookie", "b=2")]


def test_an_answer_says_what_came() -> None:
    response = response_to(answer(b'{"a": [1]}', status=201, X_Id="7"))
    assert (response.status, response.ok, response.error, response.error_code) == (201, True, None, 0)
    assert response.method == "GET"
    assert response.url.endswith("/a?b=c")
    assert response.headers["x-id"] == "7"
    assert response.headers is response.headers
    assert (response.body, response.text, response.json()) == (b'{"a": [1]}', '{"a": [1]}', {"a": [1]})
    assert repr(response) == f"<Response 201 GET {response.url}>"
    response.raise_for_error()


@pytest.mark.parametrize(
    ("status", "ok", "code"),
    [(200, True, 0), (304, True, 0), (399, True, 0), (400, False, 1400), (503, False, 1503), (701, False, 1730)],
)
def test_a_status_of(status: int, ok: bool, code: int) -> None:
    response = response_to(answer(status=status))
    assert (response.ok, response.error_code, response.error) == (ok, code, None)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("ü".encode(), "text/plain", "ü"),
        ("ü".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ü"),
        ("ü".encode("latin-1"), 'text/plain; charset="iso-8859-1"; x=y', "ü"),
        ("ü".encode("latin-1"), "text/plain; charset=utf-8", "\ufffd"),
        ("ü".encode(), "text/plain; charset=no-such-charset", "ü"),
        (b"", "text/plain", ""),
    ],
)
def test_text_is_decoded_by_its_charset(body: bytes, content_type: str, text: str) -> None:
    assert response_to(answer(body, Content_Type=content_type)).text == text


def test_a_body_that_is_not_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="unexpected"):
        response_to(answer(b"<html>")).json()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_an_empty_one(status: int) -> None:
    response = response_to(answer(b"", status=status))
    assert (response.ok, response.body, response.text) == (True, b"", "")


def test_the_answer_to_head_has_headers_and_no_body() -> None:
    response = response_to(answer(b"12345"), method="HEAD")
    assert (response.headers["content-length"], response.body) == ("5", b"")


def test_discarded_bodies_are_gone_and_their_requests_counted() -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/")

    run = run_hook(script, answer(b"12345"), keeps_body=False)
    assert (run.value.status, run.value.body, run.value.headers["content-length"]) == (200, b"", "5")
    assert run.series("http_req")[0].bytes_received > 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("act", "arguments", "name", "error"),
    [
        (close(), {}, "tcp.closed_no_response", ReadError),
        (silence, {"timeout": 0.01}, "timeout.total", RequestTimeout),
        (answer(), {"url": "http://127.0.0.1:1/"}, "tcp.refused", ConnectError),
        (close(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")), {}, "http.body_truncated", ProtocolError),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_an_answer(act: Act, arguments: dict[str, Any], name: str, error: type[Exception]) -> None:
    response = response_to(act, **arguments)
    assert (response.status, response.ok, response.body, response.text) == (0, False, b"", "")
    assert dict(response.headers) == {}
    assert response.error is not None
    assert (response.error.name, response.error.code) == (name, response.error_code)
    assert repr(response) == f"<Response {name} GET {response.url}>"
    with pytest.raises(NoResponse, match=name):
        response.json()
    with pytest.raises(error, match=name):
        response.raise_for_error()


def test_timings_are_milliseconds_and_add_up() -> None:
    timings = response_to(answer()).timings
    assert 0 < timings.duration_ms < timings.service_ms <= timings.latency_ms < 1000
    assert timings.connecting_ms > 0
    assert (timings.blocked_ms, timings.looking_up_ms, timings.tls_handshaking_ms) == (0, 0, 0)
    assert repr(timings).startswith("<Timings duration=")
