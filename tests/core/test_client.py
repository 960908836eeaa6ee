"""What the client does beyond one request and its answer: redirects, cookies, encodings, batches, uploads, limits."""

import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import Act, Wire, answer, in_order, pause, raw, silence
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.multipart import File

SERVICE_PARTS = (
    "blocked_ms",
    "looking_up_ms",
    "connecting_ms",
    "tls_handshaking_ms",
    "sending_ms",
    "waiting_ms",
    "receiving_ms",
)


def parts_add_up(response: Response) -> bool:
    return sum(getattr(response.timings, part) for part in SERVICE_PARTS) == pytest.approx(response.timings.service_ms)


# == redirects =========================================================================================================


def test_a_redirect_is_followed_and_each_hop_recorded(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/a?x=1", headers={"X-Id": "7"}, auth="secret")

    run = run_hook(script, {"/a": answer(status=302, Location="/b?y=2"), "/b": answer(b"there")}, loop=loop)
    assert (run.value.status, run.value.body, run.value.url) == (200, b"there", f"{run.peer.url}/b?y=2")
    assert [asked.target for asked in run.peer.asked] == ["/a?x=1", "/b?y=2"]
    assert [asked.headers["x-id"] for asked in run.peer.asked] == ["7", "7"]
    assert [asked.headers["authorization"] for asked in run.peer.asked] == ["Bearer secret"] * 2
    assert (run.requests(name="/a", status="302"), run.requests(name="/b", status="200")) == (1, 1)
    assert (run.engine.requests_started, run.engine.requests_sent, run.engine.connections_opened) == (2, 2, 1)
    assert parts_add_up(run.value)


def test_the_hops_of_a_named_request_carry_its_name() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/a", name="start", tags={"team": "x"})

    run = run_hook(script, {"/a": answer(status=301, Location="/b"), "/b": answer()})
    assert [run.requests(name="start", team="x", status=status) for status in ("301", "200")] == [1, 1]


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(302, "GET", b""), (303, "GET", b""), (307, "POST", b"hello"), (308, "POST", b"hello")],
)
def test_a_redirected_post(status: int, method: str, body: bytes) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.post("/a", body=b"hello")

    run = run_hook(script, {"/a": answer(status=status, Location="/b"), "/b": answer()})
    last = run.peer.asked[1]
    assert (last.method, last.body, last.headers.get("content-length", "0")) == (method, body, str(len(body)))
    assert run.requests(name="/b", method=method) == 1


def test_secrets_stay_behind_when_the_port_changes() -> None:
    async def script(vu: VirtualUser) -> Response:
        vu.cookies.set("own", "1")
        return await vu.get("/a", headers={"Proxy-Authorization": "p"}, auth=("me", "pw"))

    elsewhere: dict[str, Act] = {}

    async def lead(wire: Wire) -> None:
        port = wire.writer.get_extra_info("sockname")[1]
        await answer(status=302, Location=f"http://localhost:{port}/b")(wire)

    elsewhere |= {"/a": lead, "/b": answer()}
    run = run_hook(script, elsewhere)
    first, second = (asked.headers for asked in run.peer.asked)
    assert (first["authorization"], first["cookie"]) == ("Basic bWU6cHc=", "own=1")
    assert not {"authorization", "proxy-authorization", "cookie"} & second.keys()


@pytest.mark.parametrize(
    ("location", "name"),
    [("/a", "redirect.too_many"), ("javascript:alert(1)", "redirect.bad_location"), (None, "redirect.bad_location")],
)
def test_a_redirect_that_leads_nowhere(location: str | None, name: str) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/a")

    run = run_hook(script, {"/a": answer(status=302, **({"Location": location} if location else {}))}, max_redirects=3)
    assert (run.value.ok, run.value.error.name, run.value.status) == (False, name, 302)
    assert len(run.peer.asked) == (4 if location == "/a" else 1)


@pytest.mark.parametrize(("of_the_run", "of_the_request"), [(0, None), (10, 0)])
def test_without_redirects_the_answer_is_the_scripts(of_the_run: int, of_the_request: int | None) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/a", redirects=of_the_request)

    run = run_hook(script, {"/a": answer(status=302, Location="/b")}, max_redirects=of_the_run)
    assert (run.value.ok, run.value.status, run.value.error) == (True, 302, None)


# == cookies ===========================================================================================================


def test_cookies_come_back_and_belong_to_one_virtual_user(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        first = await vu.get("/set")
        vu.check("told", first.cookies == {"id": "7"})
        await vu.get("/show", params={"iteration": vu.iteration})

    route = {"/set": answer(Set_Cookie="id=7; Path=/"), "/show": answer()}
    run = play(script, route, vus=2, iterations=2, loop=loop)
    shown = [asked.headers.get("cookie") for asked in run.peer.asked if asked.target.startswith("/show")]
    assert shown == ["id=7"] * 4
    assert sum("cookie" not in asked.headers for asked in run.peer.asked if asked.target == "/set") == 2


def test_each_iteration_begins_without_cookies_if_asked() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/set")

    run = play(script, {"/set": answer(Set_Cookie="id=7")}, iterations=3, keeps_cookies=False)
    assert ["cookie" in asked.headers for asked in run.peer.asked] == [False] * 3


def test_a_redirect_carries_the_cookie_that_it_set() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/login")

    run = run_hook(script, {"/login": answer(status=303, Location="/start", Set_Cookie="sid=1"), "/start": answer()})
    assert run.peer.asked[1].headers["cookie"] == "sid=1"


# == bodies ============================================================================================================


def test_an_encoded_body_is_decoded() -> None:
    async def script(vu: VirtualUser) -> Any:
        return (await vu.get("/", headers={"Accept-Encoding": "gzip"})).json()

    assert run_hook(script, answer(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")).value == {"a": 1}


def test_a_body_that_is_not_what_it_says_is_a_failure() -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/")

    run = run_hook(script, answer(b"plain", Content_Encoding="gzip"))
    assert (run.value.error.name, run.value.ok, run.value.body, run.value.status) == (
        "http.decode_failed",
        False,
        b"",
        200,
    )
    assert run.requests(error_code="1701") == run.engine.requests_failed == 1


def test_a_form_with_a_file_is_multipart() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.post("/", form={"title": "me", "photo": File(b"\x89PNG", "me.png", "image/png")})

    asked = run_hook(script, answer()).peer.asked[0]
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="title"\r\n\r\nme\r\n' in asked.body
    assert b'filename="me.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n' in asked.body


def pieces() -> Iterator[bytes]:
    for number in range(50):
        yield b"%d," % number * 4000


async def pieces_in_time() -> AsyncIterator[bytes]:
    for piece in pieces():
        yield piece


@pytest.mark.parametrize("source", [pieces, pieces_in_time], ids=lambda source: source.__name__)
def test_an_upload_from_an_iterator_arrives_whole(source: Any, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        return [(await vu.put("/", body=source())).status, (await vu.get("/")).status]

    run = run_hook(script, answer(), loop=loop)
    assert run.value == [200, 200]
    assert run.peer.asked[0].headers["transfer-encoding"] == "chunked"
    assert run.peer.asked[0].body == b"".join(pieces())
    assert run.engine.connections_opened == 1


def broken() -> Iterator[bytes]:
    yield b"first"
    raise LookupError("no more rows")


async def broken_in_time() -> AsyncIterator[bytes]:
    for piece in broken():
        yield piece


@pytest.mark.parametrize("source", [broken, broken_in_time], ids=lambda source: source.__name__)
def test_an_upload_whose_iterator_raises_fails_and_is_shown(source: Any, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.post("/", body=source())

    run = run_hook(script, answer(), loop=loop)
    assert (run.value.error.name, run.value.status) == ("script.exception", 0)
    assert "no more rows" in str(run.observer.exceptions[0])


# == batches ===========================================================================================================


def test_a_batch_is_answered_in_its_order(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[bytes]:
        items = ["/slow", ("GET", "/quick"), ("POST", "/slow", {"json": {"a": 1}, "name": "posted"})]
        return [response.body for response in await vu.batch(items)]

    route = {"/slow": pause(0.02, answer(b"slow")), "/quick": answer(b"quick")}
    run = run_hook(script, route, loop=loop)
    assert run.value == [b"slow", b"quick", b"slow"]
    assert run.requests(name="posted", method="POST") == 1
    assert run.observer.forgotten == []


def test_a_batch_of_a_dict_gives_a_dict() -> None:
    async def script(vu: VirtualUser) -> dict[str, int]:
        return {name: response.status for name, response in (await vu.batch({"a": "/", "b": "/"})).items()}

    assert run_hook(script, answer()).value == {"a": 200, "b": 200}


def test_a_batch_uses_six_connections_and_the_others_wait_their_turn(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[Response]:
        return await vu.batch(["/"] * 20)

    run = run_hook(script, pause(0.05, answer()), loop=loop)
    assert run.engine.connections_opened == 6
    assert len(run.value) == len(run.peer.asked) == 20
    waited = [response.timings.blocked_ms > 25 for response in run.value]
    assert waited == [False] * 6 + [True] * 14
    assert all(parts_add_up(response) for response in run.value)


def test_an_empty_batch_is_over_at_once() -> None:
    async def script(vu: VirtualUser) -> Any:
        return await vu.batch([])

    assert run_hook(script, answer()).value == []


def test_a_bad_item_of_a_batch_raises_before_anything_is_sent() -> None:
    async def script(vu: VirtualUser) -> None:
        for item, error in ((7, TypeError), (("GET", "/", {"nonsense": 1}), TypeError), (("G T", "/"), ValueError)):
            with pytest.raises(error):
                vu.batch(["/", item])

    run = run_hook(script, answer())
    assert (run.engine.requests_started, run.observer.forgotten) == (0, [])


def test_a_batch_cut_off_cuts_its_requests_off() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.batch(["/"] * 8)

    run = run_hook(script, silence)
    assert (run.engine.requests_started, run.engine.requests_cut_off) == (8, 8)


# == time limits =======================================================================================================


@pytest.mark.parametrize(
    ("act", "timeout", "name"),
    [
        (silence, {"first_byte": 0.02}, "timeout.first_byte"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), {"body_idle": 0.02}, "timeout.body_idle"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), {"total": 0.02}, "timeout.total"),
    ],
    ids=["first byte", "body idle", "total"],
)
def test_each_phase_has_its_limit(act: Act, timeout: dict[str, float], name: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/", timeout=timeout)

    run = run_hook(script, act, loop=loop)
    assert run.value.error.name == name
    assert 20 <= run.value.timings.service_ms < 500
    assert parts_add_up(run.value)


def test_a_batch_whose_turn_does_not_come_says_so() -> None:
    async def script(vu: VirtualUser) -> list[str]:
        requests = [*[("GET", "/", {"timeout": 0.1})] * 6, ("GET", "/", {"timeout": 0.02})]
        return [response.error.name for response in await vu.batch(requests)]

    run = run_hook(script, silence)
    assert run.value == ["timeout.total"] * 6 + ["timeout.pool_wait"]


# == which answers fail ================================================================================================


@pytest.mark.parametrize(
    ("status", "expected", "ok", "code"),
    [
        (404, None, False, 1404),
        (404, [200, 404], True, 0),
        (404, "400-499", True, 0),
        (200, range(201, 300), False, 1730),
        (200, 204, False, 1730),
    ],
)
def test_expected_statuses(status: int, expected: Any, ok: bool, code: int) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/", expected_statuses=expected)

    run = run_hook(script, answer(status=status))
    assert (run.value.ok, run.value.error_code) == (ok, code)
    assert run.requests(expected_response="true" if ok else "false") == 1


# == connections =======================================================================================================


def two_requests_two_iterations(**rules: Any) -> tuple[int, int]:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        await vu.get("/")

    run = play(script, answer(), vus=2, iterations=2, **rules)
    return run.engine.connections_opened, sum("connection" in asked.headers for asked in run.peer.asked)


@pytest.mark.parametrize(
    ("rules", "opened", "closing"),
    [({}, 2, 0), ({"keeps_between": False}, 4, 0), ({"keeps_connections": False}, 8, 8)],
    ids=["per VU", "per iteration", "per request"],
)
def test_how_long_connections_live(rules: dict[str, Any], opened: int, closing: int) -> None:
    assert two_requests_two_iterations(**rules) == (opened, closing)


def test_shared_connections_pass_from_one_virtual_user_to_the_next() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        await vu.sleep(0.01 * vu.id)

    run = play(script, answer(), vus=3, iterations=4, shares_connections=True)
    assert run.engine.connections_opened <= 3
    assert len(run.peer.asked) == 12


def test_a_connection_that_the_server_said_it_would_close_is_not_used_again() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        await vu.get("/")

    run = run_hook(script, in_order(answer(Keep_Alive="timeout=0"), answer()))
    assert run.engine.connections_opened == 2
