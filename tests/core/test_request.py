"""What the writer sends, read back by h11, and what it refuses to send."""

from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ywstorm_core.net.request import render


def read_back(sent: bytes) -> tuple[h11.Request, bytes]:
    """The one request in *sent*, as h11 understands it; nothing may be left over."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(sent)
    request = server.next_event()
    assert isinstance(request, h11.Request)
    body = b""
    while isinstance(event := server.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert server.trailing_data == (b"", False)
    return request, body


def fields(sent: bytes) -> dict[str, str]:
    """Header fields as h11 understands them, names in lower case."""
    return {name.decode(): value.decode() for name, value in read_back(sent)[0].headers}


def test_a_get_is_a_line_a_host_and_what_the_script_sets() -> None:
    sent = render("GET", "/a?b=c", "h:1", {"X-Id": "7"}, fixed_head=b"User-Agent: y\r\n")
    assert sent == b"GET /a?b=c HTTP/1.1\r\nX-Id: 7\r\nHost: h:1\r\nUser-Agent: y\r\n\r\n"


def test_a_body_carries_its_length_and_type() -> None:
    request, body = read_back(sent := render("POST", "/", content_type="application/json", body=b'{"a":1}'))
    assert (request.method, body) == (b"POST", b'{"a":1}')
    assert fields(sent) == {"host": "localhost", "content-type": "application/json", "content-length": "7"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_methods_that_expect_a_body_say_that_there_is_none(method: str) -> None:
    assert fields(render(method, "/"))["content-length"] == "0"


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_other_methods_say_nothing_of_a_body(method: str) -> None:
    assert "content-length" not in fields(render(method, "/"))


def test_an_empty_body_is_a_body() -> None:
    assert fields(render("GET", "/", body=b""))["content-length"] == "0"


def test_fields_of_the_script_replace_ours() -> None:
    sent = render(
        "POST",
        "/",
        "ours",
        {"HOST": "theirs", "user-agent": "me", "Content-Type": "text/csv"},
        "text/plain",
        b"x",
        b"User-Agent: ywstorm\r\n",
    )
    assert fields(sent) == {"host": "theirs", "user-agent": "me", "content-type": "text/csv", "content-length": "1"}


@pytest.mark.parametrize(
    ("value", "sent"),
    [("text", b"text"), ("tab\there", b"tab\there"), ("ü", "ü".encode()), (b"\xff", b"\xff"), (7, b"7"), (0.5, b"0.5")],
    ids=repr,
)
def test_a_value_is_sent_as(value: Any, sent: bytes) -> None:
    assert b"\r\nX: " + sent + b"\r\n" in render("GET", "/", headers={"X": value})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "GE T"}, "method 'GE T' is not an HTTP token"),
        ({"method": ""}, "method '' is not"),
        ({"method": "GET\r\nX: y"}, "is not an HTTP token"),
        ({"target": "/a b"}, "holds a space"),
        ({"target": "/a\r\nX: y"}, "holds a space, a control"),
        ({"target": "/ü"}, "non-ASCII"),
        ({"target": ""}, "request target ''"),
        ({"headers": {"a b": "c"}}, "header name 'a b' is not an HTTP token"),
        ({"headers": {"": "c"}}, "header name ''"),
        ({"headers": {"a:": "c"}}, "header name 'a:'"),
        ({"headers": {7: "c"}}, "header name 7 is no text"),
        ({"headers": {"a": "b\r\nc: d"}}, "'a' holds a control character"),
        ({"headers": {"a": b"b\nc"}}, "'a' holds a control character"),
        ({"headers": {"a": "b\0c"}}, "'a' holds a control character"),
        ({"headers": {"a": None}}, "give text, bytes or a number"),
        ({"headers": {"a": True}}, "give text, bytes or a number"),
        ({"headers": {"a": ["b"]}}, "give text, bytes or a number"),
        ({"headers": {"Content-Length": "3"}}, "'Content-Length' is written by ywstorm"),
        ({"headers": {"transfer-encoding": "chunked"}}, "'transfer-encoding' is written by ywstorm"),
    ],
    ids=lambda value: repr(value) if isinstance(value, dict) else "",
)
def test_what_would_break_the_framing_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        render(**{"method": "GET", "target": "/", **arguments})


TOKEN = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1, max_size=10)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(
    st.dictionaries(
        TOKEN.filter(lambda name: name.lower() not in {"host", "content-length", "transfer-encoding"}),
        VALUE,
        max_size=8,
    ),
    st.none() | st.binary(max_size=200),
)
def test_what_is_written_is_what_a_server_reads(headers: dict[str, str], body: bytes | None) -> None:
    request, read = read_back(render("POST", "/x", headers=headers, body=body))
    assert read == (body or b"")
    assert [(name.lower().encode(), value.encode()) for name, value in headers.items()] == [
        (name, value) for name, value in request.headers if name not in {b"host", b"content-length"}
    ]
