"""From the arguments of `vu.get` to what the server reads, the name it is recorded under, and what is refused."""

import re
from typing import Any

import pytest

from tests.reference.drive import play, run_hook
from tests.reference.peer import Asked, answer
from ywstorm_core.loop.vu import VirtualUser


def asked_by(method: str, url: str = "/me", *, base_path: str = "", **arguments: Any) -> tuple[Asked, dict[str, str]]:
    """What the server read, and the tags under which the request was recorded."""

    async def script(vu: VirtualUser) -> None:
        absolute = f"{vu.data.url}{base_path}" if url.startswith("http") else ""
        await getattr(vu, method)(url.replace("http://self", absolute), **arguments)

    run = run_hook(script, answer())
    (series,) = run.series("http_req")
    return run.peer.asked[0], dict(series.tags)


def str_of_case(value: object) -> str:
    """The same text in every process: a memoryview shows its address."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "patch", "delete"])
def test_each_method_is_sent_as_itself(method: str) -> None:
    asked, tags = asked_by(method)
    assert (asked.method, asked.target, tags["method"], tags["name"]) == (method.upper(), "/me", method.upper(), "/me")


@pytest.mark.parametrize(
    ("arguments", "target", "name"),
    [
        ({"url": "/a?b=c"}, "/a?b=c", "/a"),
        ({"url": "/a", "params": {"b": [1, 2], "c": None}}, "/a?b=1&b=2", "/a"),
        ({"url": "/a?x=y", "params": {"b": "c d"}}, "/a?x=y&b=c+d", "/a"),
        ({"url": "/a/7", "name": "/a/:id"}, "/a/7", "/a/:id"),
        ({"url": "http://self/a?b=c"}, "/a?b=c", "/a"),
        ({"url": "/ü"}, "/%C3%BC", "/ü"),
    ],
    ids=str_of_case,
)
def test_targets_and_names(arguments: dict[str, Any], target: str, name: str) -> None:
    asked, tags = asked_by("get", **arguments)
    assert (asked.target, tags["name"]) == (target, name)


@pytest.mark.parametrize(
    ("arguments", "body", "content_type"),
    [
        ({"json": {"a": "ü"}}, '{"a":"ü"}'.encode(), "application/json"),
        ({"json": 0}, b"0", "application/json"),
        ({"form": {"a": "b c", "d": 1}}, b"a=b+c&d=1", "application/x-www-form-urlencoded"),
        ({"body": "ü"}, "ü".encode(), "text/plain; charset=utf-8"),
        ({"body": b"\0"}, b"\0", None),
        ({"body": bytearray(b"ab")}, b"ab", None),
        ({"body": memoryview(b"abc")[1:]}, b"bc", None),
        ({"json": 1, "headers": {"Content-Type": "text/csv"}}, b"1", "text/csv"),
        ({}, b"", None),
    ],
    ids=str_of_case,
)
def test_bodies_and_their_types(arguments: dict[str, Any], body: bytes, content_type: str | None) -> None:
    asked, _ = asked_by("post", **arguments)
    assert (asked.body, asked.headers.get("content-type")) == (body, content_type)
    assert asked.headers["content-length"] == str(len(body))


def test_every_request_says_who_asks() -> None:
    asked, _ = asked_by("get", headers={"Authorization": "Bearer x", "X-Number": 7})
    assert {"authorization": "Bearer x", "x-number": "7", "user-agent": "ywstorm"}.items() <= asked.headers.items()


def test_a_path_is_appended_to_the_base_url() -> None:
    async def script(vu: VirtualUser) -> str:
        return (await vu.get("/me")).url

    async def absolute(vu: VirtualUser) -> str:
        return (await vu.get(f"{vu.data.url}/me")).url

    for function, base in ((absolute, ""), (script, None)):
        named = {} if base is None else {"base_url": base}
        run = run_hook(function, answer(), **named)
        assert run.value == f"{run.peer.url}/me"


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"url": 7}, TypeError, "the URL is 7; text is needed"),
        ({"url": "/a b"}, ValueError, "space"),
        ({"url": "/", "timeout": {"connecting": 1}}, ValueError, "no phase 'connecting'"),
        ({"url": "/", "redirects": -1}, ValueError, "redirects"),
        ({"url": "/", "auth": 7}, TypeError, "auth"),
        ({"url": "/", "expected_statuses": [7]}, ValueError, "expected_statuses: 7"),
        ({"url": "/", "expected_statuses": []}, ValueError, "no status at all"),
        ({"url": "ftp://h/"}, ValueError, "ftp"),
        ({"url": "http://"}, ValueError, "host"),
        ({"url": "/", "headers": {"a": "b\r\nc: d"}}, ValueError, "control character"),
        ({"url": "/", "headers": {"Content-Length": 7}}, ValueError, "written by ywstorm"),
        ({"url": "/", "json": {}, "body": b""}, ValueError, "one of json, form and body"),
        ({"url": "/", "form": {}, "body": b""}, ValueError, "one of json, form and body"),
        ({"url": "/", "json": {}, "form": {}}, ValueError, "one of json, form and body"),
        ({"url": "/", "json": {1, 2}}, TypeError, "set"),
        ({"url": "/", "body": 7}, TypeError, "neither text, bytes nor an iterable"),
        ({"url": "/", "timeout": -1}, ValueError, "timeout"),
        ({"url": "/", "timeout": "soon"}, ValueError, "soon"),
        ({"url": "/", "timeout": True}, TypeError, "timeout"),
        ({"url": "/", "nonsense": 1}, TypeError, "nonsense"),
    ],
    ids=repr,
)
def test_what_cannot_be_sent_raises_and_nothing_is_sent(
    arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(error, match=says):
            vu.post(**arguments)
        assert (await vu.get("/")).ok

    run = run_hook(script)
    assert run.engine.requests_started == run.engine.requests_sent == 1


def test_without_a_base_url_a_path_is_not_enough() -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(ValueError, match="base"):
            vu.get("/")

    run_hook(script, base_url="")


def test_requests_of_a_virtual_user_that_has_ended_are_refused() -> None:
    users: list[VirtualUser] = []

    async def script(vu: VirtualUser) -> None:
        users.append(vu)

    play(script)
    with pytest.raises(RuntimeError, match="virtual user 1 has ended"):
        users[0].get("/")


def test_virtual_users_are_made_by_the_run_alone() -> None:
    with pytest.raises(TypeError, match="made by the run"):
        VirtualUser()
