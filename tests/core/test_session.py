"""`vu.session()`: requests of aiohttp in the same accounts, series and parts as ours."""

import aiohttp
import pytest
from aiohttp import web

from tests.reference.drive import Loop
from tests.reference.sessions import ROUTES, codes, request_series, run_session
from ywstorm.config import Options, Timeouts
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.stats.series import RequestSeries


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_a_request_of_a_session_is_counted_like_one_of_ours(method: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        async with vu.session().request(method, "/?q=1") as theirs:
            await theirs.read()
        ours = await vu.request(method, "/?q=1")
        return [theirs.status, ours.status]

    run = run_session(script, ROUTES, loop=loop)
    assert run.value == [200, 200]
    assert run.engine.requests_sent == run.engine.requests_ok == len(run.peer.asked) == 2
    assert request_series(run, method=method, name="/", status="200", expected_response="true").count == 2


def test_the_parts_of_a_request_add_up_to_its_service_time(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        session = vu.session()
        for path in ("/", "/late", "/big", "/chunked", "/missing"):
            async with session.get(path, trace_request_ctx={"name": "one"}) as response:
                await response.read()
        async with session.post("/", data=b"y" * 100_000, trace_request_ctx={"name": "one"}) as response:
            await response.read()

    run = run_session(script, ROUTES, loop=loop)
    (timing,) = run.timings()
    service = sum(series.service.sum for series in run.series("http_req") if isinstance(series, RequestSeries))
    parts = (
        timing.blocked,
        timing.looking_up,
        timing.connecting,
        timing.tls,
        timing.sending,
        timing.waiting,
        timing.receiving,
    )
    assert [part.count for part in parts] == [6] * 7
    assert sum(part.sum for part in parts) == service
    assert timing.waiting.max >= 19_000_000  # of "/late"
    assert timing.connecting.max > 0


def test_name_and_tags_come_from_the_trace_context(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        session = vu.session()
        vu.tags["who"] = "me"
        with vu.group("outer"):
            call = session.get("/", trace_request_ctx={"name": "home", "tags": {"endpoint": "home"}})
            async with call as response:
                pass
        async with session.get(f"{vu.data.url}/target?x=1") as response:
            await response.read()
        async with session.get("target", trace_request_ctx="not for us") as response:
            await response.read()

    run = run_session(script, ROUTES, loop=loop)
    assert request_series(run, name="home", endpoint="home", group="outer", who="me").count == 1
    assert request_series(run, name="/target").count == 2


@pytest.mark.parametrize(
    ("base", "reference", "target", "name"),
    [
        ("", "/target", "/target", "/target"),
        ("/api", "/me", "/api/me", "/me"),
        ("/api/", "me?x=1", "/api/me?x=1", "/me"),
        ("/api", "", "/api", "/"),
    ],
)
def test_a_path_is_appended_to_the_base_url_as_in_vu_get(base: str, reference: str, target: str, name: str) -> None:
    async def script(vu: VirtualUser) -> None:
        vu.data.url += base  # the session is made later
        async with vu.session().get(reference) as response:
            await response.read()

    run = run_session(script)
    assert [asked.target for asked in run.peer.asked] == [target]
    assert request_series(run).tag("name") == name


def test_a_path_without_a_base_url_raises_before_anything_is_counted() -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(aiohttp.InvalidURL):
            await vu.session().get("/target")

    assert run_session(script, base_url="").engine.requests_started == 0


def test_a_redirect_is_one_sample_per_hop_each_due_when_the_one_before_it_ended(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> str:
        async with vu.session().post("/moved", trace_request_ctx={"name": "move"}) as response:
            return await response.text()

    run = run_session(script, ROUTES, loop=loop)
    assert run.value == "there"
    assert [(asked.method, asked.target) for asked in run.peer.asked] == [("POST", "/moved"), ("GET", "/target")]
    assert request_series(run, method="POST", name="move", status="302").count == 1
    assert request_series(run, method="GET", name="move", status="200").count == 1
    assert request_series(run, method="GET").lateness.max == 0
    assert run.engine.requests_sent == 2


@pytest.mark.parametrize(
    ("path", "code", "n_hops"), [("/again", 1030, 3), ("/away", 1031, 1)], ids=["too many", "to nowhere"]
)
def test_the_redirect_that_led_too_far_is_the_one_that_failed(path: str, code: int, n_hops: int) -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(aiohttp.ClientError):
            await vu.session().get(path, max_redirects=3)

    run = run_session(script, ROUTES)
    assert codes(run) == [code]
    assert run.requests() == len(run.peer.asked) == n_hops
    assert run.requests(status="302", expected_response="false") == 1


def test_a_redirect_without_a_location_is_the_answer() -> None:
    async def script(vu: VirtualUser) -> int:
        async with vu.session().get("/no-location") as response:
            return response.status

    run = run_session(script, ROUTES)
    assert run.value == 302
    assert run.requests() == run.requests(expected_response="true") == 1


def test_bytes_are_counted_as_far_as_aiohttp_knows_them() -> None:
    async def script(vu: VirtualUser) -> None:
        async with vu.session().post("/big", data=b"y" * 5000) as response:
            await response.read()
        await vu.post("/big", body=b"y" * 5000)

    run = run_session(script, ROUTES)
    both = request_series(run, name="/big")
    assert 2 * 300_000 < both.bytes_received < 2 * 300_200
    assert 2 * 5000 < both.bytes_sent < 2 * 5400


def test_without_arguments_it_is_always_the_same_session_until_that_is_closed() -> None:
    async def script(vu: VirtualUser) -> None:
        session = vu.session()
        assert isinstance(session, aiohttp.ClientSession)
        assert vu.session() is session
        assert vu.session(headers={"X-A": "1"}) is not session
        async with session:
            pass
        assert vu.session() is not session

    run_session(script)


def test_its_headers_cookies_and_connections_are_its_own(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        session = vu.session(headers={"X-A": "1"})
        for path in ("/cookie", "/"):
            async with session.get(path) as response:
                await response.read()
        await vu.get("/")
        async with vu.session().get("/") as response:
            await response.read()

    run = run_session(script, ROUTES, loop=loop, options=Options(user_agent="probe/1"))
    asked = run.peer.asked
    assert [request.headers.get("cookie") for request in asked] == [None, "a=1", None, None]
    assert [request.headers.get("x-a") for request in asked] == ["1", "1", None, None]
    assert [asked[i].headers["user-agent"] for i in (0, 1, 3)] == ["probe/1"] * 3
    assert [request.connection for request in asked] == [1, 1, 2, 3]


def test_the_options_of_the_run_hold_for_it() -> None:
    async def script(vu: VirtualUser) -> None:
        session = vu.session()
        for _ in range(2):
            async with session.get("/") as response:
                await response.read()
        with pytest.raises(TimeoutError):
            await session.get("/never")

    options = Options(user_agent="", connections="per_request", timeout=Timeouts(total=0.05))
    run = run_session(script, ROUTES, options=options)
    assert ["user-agent" in request.headers for request in run.peer.asked] == [False] * len(run.peer.asked)
    assert run.peer.n_connections == 3


@pytest.mark.parametrize("host", ["localhost", "api.example.com"])
def test_hosts_are_looked_up_as_ours_are(host: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> str:
        async with vu.session().get(f"http://{host}:{vu.data.port}/target") as response:
            return await response.text()

    run = run_session(script, ROUTES, hosts={"api.example.com": "127.0.0.1"}, loop=loop)
    assert run.value == "there"
    (timing,) = run.timings()
    assert timing.looking_up.max > 0


def test_a_web_socket_is_one_answered_request(loop: Loop) -> None:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data.upper())
        return socket

    async def script(vu: VirtualUser) -> str:
        app = web.Application()
        app.router.add_get("/ws", serve)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with vu.session().ws_connect(f"http://127.0.0.1:{port}/ws") as socket:
            await socket.send_str("hello")
            said = await socket.receive_str()
        await runner.cleanup()
        return said

    run = run_session(script, loop=loop)
    assert run.value == "HELLO"
    assert request_series(run, name="/ws", status="101").count == run.engine.requests_ok == 1
