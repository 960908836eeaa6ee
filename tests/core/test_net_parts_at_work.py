"""
Cookies, redirects, encodings and idle times in the hands of the engine: what really goes over the wire.

Each part has tests of its own; these see that the engine asks them. T-numbers are those of RELIABILITY §3.
"""

import gzip

import pytest

from tests.reference.drive import run_hook
from tests.reference.peer import Act, Asked, Wire, answer, in_order, raw
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

SECRETS = {"Authorization": "s3cret", "COOKIE": "s3cret", "Proxy-Authorization": "s3cret"}


def redirect(status: int, path: str, host: str = "127.0.0.1") -> Act:
    """Send the client to this server under a name of its choice; another name is another origin."""

    async def act(wire: Wire) -> None:
        await answer(b"", status, Location=f"http://{host}:{wire.socket.getsockname()[1]}{path}")(wire)

    return act


def secrets_of(asked: Asked) -> set[str]:
    """The names of the fields that carry a secret."""
    return {name for name, value in asked.headers.items() if "s3cret" in value}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("host", "is_elsewhere"), [("127.0.0.1", False), ("localhost", True)])
def test_secrets_stay_with_their_origin(status: int, host: str, is_elsewhere: bool) -> None:
    """C13, on the wire: those of the script's headers, of `auth` and of the jar."""

    async def script(vu: VirtualUser) -> None:
        await vu.post("/from", json={}, headers=SECRETS)
        vu.cookies.set("session", "s3cret")
        await vu.post("/from", json={}, auth="s3cret")

    run = run_hook(script, {"/from": redirect(status, "/to", host), "/to": answer()})
    first, first_hop, second, second_hop = run.peer.asked

    assert secrets_of(first) == {"authorization", "cookie", "proxy-authorization"}
    assert secrets_of(second) == {"authorization", "cookie"}
    assert secrets_of(first_hop) == (set() if is_elsewhere else secrets_of(first))
    assert secrets_of(second_hop) == (set() if is_elsewhere else secrets_of(second))
    assert {hop.method for hop in (first_hop, second_hop)} == {"POST" if status in {307, 308} else "GET"}
    assert {hop.body for hop in (first_hop, second_hop)} == {b"{}" if status in {307, 308} else b""}


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/from", "redirect.too_many"),
        (None, "redirect.bad_location"),
        ("javascript:alert(1)", "redirect.bad_location"),
        ("file:///etc/passwd", "redirect.bad_location"),
        ("//user:password@127.0.0.1/", "redirect.bad_location"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_named(location: str | None, name: str) -> None:
    """T67."""

    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/from")

    fields = {} if location is None else {"Location": location}
    run = run_hook(script, {"/from": answer(b"", 302, **fields)})

    assert run.value.error is not None
    assert run.value.error.name == name
    assert len(run.peer.asked) == (11 if name == "redirect.too_many" else 1)


def test_a_flood_of_cookies_is_capped() -> None:
    """T30: 200 of them, as many as a head may hold, come back as at most eight kilobytes."""
    flood = b"".join(b"Set-Cookie: c%d=%s\r\n" % (n, b"x" * 300) for n in range(200))

    async def script(vu: VirtualUser) -> int:
        await vu.get("/")
        await vu.get("/")
        return len(vu.cookies)

    run = run_hook(script, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + flood + b"\r\n"))
    header = run.peer.asked[1].headers["cookie"]

    assert run.value == 50
    assert 8192 - 305 <= len(header) <= 8192


@pytest.mark.parametrize(
    ("method", "status", "framing"),
    [
        ("HEAD", "200 OK", "Content-Length: 200"),
        ("HEAD", "200 OK", "Transfer-Encoding: chunked"),
        ("GET", "304 Not Modified", "Content-Length: 200"),
        ("GET", "304 Not Modified", "X-None: 1"),
        ("GET", "200 OK", "Content-Length: 0"),
    ],
)
def test_a_label_on_no_body_is_no_error(method: str, status: str, framing: str) -> None:
    """T55, T66: no waiting, no empty-stream error, and the connection is kept."""

    async def script(vu: VirtualUser) -> list[Response]:
        return [await vu.request(method, "/"), await vu.request(method, "/")]

    run = run_hook(script, raw(f"HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\n{framing}\r\n\r\n".encode()))

    assert [(r.error, r.body, r.ok) for r in run.value] == [(None, b"", True)] * 2
    assert {asked.connection for asked in run.peer.asked} == {1}


def test_what_arrives_encoded_is_decoded_and_what_is_damaged_is_named() -> None:
    """T64: and neither spoils the connection."""
    whole = gzip.compress(b'{"ok": true}')

    async def script(vu: VirtualUser) -> list[Response]:
        return [await vu.get("/"), await vu.get("/"), await vu.get("/")]

    acts = [answer(body, Content_Encoding="gzip") for body in (whole, whole[:-1], whole)]
    run = run_hook(script, in_order(*acts))
    good, damaged, again = run.value

    assert good.json() == again.json() == {"ok": True}
    assert (damaged.error.name, damaged.body, damaged.ok) == ("http.decode_failed", b"", False)
    assert {asked.connection for asked in run.peer.asked} == {1}


@pytest.mark.parametrize(("promise", "connections"), [("timeout=0", {1, 2}), ("timeout=60", {1})])
def test_a_connection_is_used_no_longer_than_promised(promise: str, connections: set[int]) -> None:
    """T63: nothing is sent into a connection that its server is about to close."""

    async def script(vu: VirtualUser) -> list[bool]:
        return [(await vu.get("/")).ok, (await vu.get("/")).ok]

    run = run_hook(script, answer(Keep_Alive=promise))

    assert run.value == [True, True]
    assert {asked.connection for asked in run.peer.asked} == connections
