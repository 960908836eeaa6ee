"""What a connection makes of everything a server may do: the error, whether it is used again, what was counted."""

import socket
from collections.abc import Iterator

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import Act, Wire, answer, close, half_close, in_order, pause, raw, reset, silence
from tests.reference.ports import full_port
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

FAILURES: dict[str, tuple[Act, str]] = {
    "closes without a word": (close(), "tcp.closed_no_response"),
    "says goodbye without a word": (half_close(raw(b""), silence), "tcp.closed_no_response"),
    "closes in the middle of the head": (close(raw(b"HTTP/1.1 200 OK\r\nCont")), "http.head_truncated"),
    "closes in the middle of the body": (close(raw(OK[:-1])), "http.body_truncated"),
    "closes in the middle of a chunk": (
        close(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")),
        "http.body_truncated",
    ),
    "says goodbye in the middle of the body": (half_close(raw(OK[:-1]), silence), "http.body_truncated"),
    "resets without a word": (reset(), "tcp.reset"),
    "resets in the middle of the body": (reset(raw(OK[:-1])), "tcp.reset"),
    "speaks another language": (raw(b"220 smtp.example ESMTP\r\n"), "http.bad_status_line"),
    "answers with HTTP/2.0": (raw(b"HTTP/2.0 200 OK\r\n\r\n"), "http.bad_version"),
    "sends two lengths": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        "http.conflicting_length",
    ),
}

ANSWERS: dict[str, tuple[Act, int]] = {
    "answers": (answer(b"ok"), 1),
    "answers byte by byte": (raw(*(bytes([byte]) for byte in OK)), 1),
    "answers in chunks": (
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no", b"\r\n1\r\nk\r\n0\r\n\r\n"),
        1,
    ),
    "announces its answer first": (raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", OK), 1),
    "answers and closes": (close(answer(b"ok", Connection="close")), 2),
    "answers and says that it will close": (answer(b"ok", Connection="close"), 2),
    "answers without a length and closes": (close(raw(b"HTTP/1.1 200 OK\r\n\r\no", b"k")), 2),
    "answers without a length and says goodbye": (half_close(raw(b"HTTP/1.1 200 OK\r\n\r\nok"), silence), 2),
    "answers as HTTP/1.0": (close(raw(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")), 2),
    "says more than it should": (raw(OK + b"HTTP/1.1 200 OK\r\n"), 2),
}


async def ask_twice(vu: VirtualUser) -> list[Response]:
    """Two requests, one after the other."""
    return [await vu.get("/a"), await vu.get("/b")]


def parts_ns(response: Response) -> list[int]:
    """The seven parts of service in ns; a millisecond figure below 2^53 ns gives its ns back exactly."""
    t = response.timings
    parts = (
        t.blocked_ms,
        t.looking_up_ms,
        t.connecting_ms,
        t.tls_handshaking_ms,
        t.sending_ms,
        t.waiting_ms,
        t.receiving_ms,
    )
    return [round(part * 1e6) for part in parts]


def check_times(response: Response) -> None:
    """The parts are no less than 0 and add up to service exactly, and so do service and lateness to latency."""
    timings, parts = response.timings, parts_ns(response)
    assert min(parts) >= 0
    assert sum(parts) == round(timings.service_ms * 1e6)
    assert sum(parts[4:]) == round(timings.duration_ms * 1e6)
    assert round(timings.latency_ms * 1e6) == round(timings.service_ms * 1e6) + round(timings.lateness_ms * 1e6)


@pytest.mark.parametrize("case", FAILURES)
def test_a_server_that(case: str, loop: Loop) -> None:
    act, name = FAILURES[case]
    run = run_hook(ask_twice, in_order(act, answer()), loop=loop)
    first, second = run.value
    assert first.status == 0
    assert first.error.name == name
    assert not first.ok
    assert second.status == 200
    assert run.engine.connections_opened == 2
    check_times(first)
    check_times(second)


@pytest.mark.parametrize("case", ANSWERS)
def test_a_server_that_in_the_end(case: str, loop: Loop) -> None:
    act, connections = ANSWERS[case]
    run = run_hook(ask_twice, act, loop=loop)
    assert [(response.status, response.body) for response in run.value] == [(200, b"ok")] * 2
    assert run.engine.connections_opened == run.peer.n_connections == connections
    for response in run.value:
        check_times(response)


def test_a_connection_is_kept_for_the_next_request_and_the_next_iteration() -> None:
    run = play(ask_twice, iterations=3)
    assert len(run.peer.asked) == 6
    assert run.peer.n_connections == 1


def test_virtual_users_do_not_share_connections() -> None:
    run = play(ask_twice, vus=4, iterations=2)
    assert run.peer.n_connections == 4


def test_a_kept_connection_that_the_server_closes_while_idle_is_not_used_again(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        first = await vu.get("/")
        await vu.sleep(0.02)
        return [first.status, (await vu.get("/")).status]

    run = run_hook(script, close(answer()), loop=loop)
    assert run.value == [200, 200]
    assert run.engine.requests_failed == 0


def test_a_kept_connection_that_ends_under_the_next_post_is_called_stale(loop: Loop) -> None:
    async def post_twice(vu: VirtualUser) -> list[Response]:
        return [await vu.post("/a"), await vu.post("/b")]

    for end in (close(), reset()):
        run = run_hook(post_twice, in_order(answer(), end), loop=loop)
        first, second = run.value
        assert first.ok
        assert second.error.name == "tcp.stale_closed"
        assert (run.engine.connections_opened, run.engine.requests_resent) == (1, 0)
        check_times(second)


def test_a_kept_connection_that_ends_under_a_get_has_it_sent_once_more(loop: Loop) -> None:
    for end in (close(), reset()):
        run = run_hook(ask_twice, in_order(answer(), end, answer(b"again")), loop=loop)
        first, second = run.value
        assert (first.ok, second.ok, second.body) == (True, True, b"again")
        assert (run.engine.connections_opened, run.engine.requests_resent) == (2, 1)
        assert (run.engine.requests_started, run.engine.requests_sent, len(run.peer.asked)) == (2, 3, 3)
        assert [series.value for series in run.series("http_reqs_resent")] == [1]
        assert second.timings.blocked_ms > 0
        check_times(second)


def test_a_request_is_sent_once_more_but_not_twice(loop: Loop) -> None:
    run = run_hook(ask_twice, in_order(answer(), close(), close()), loop=loop)
    assert run.value[1].error.name == "tcp.closed_no_response"
    assert run.engine.requests_resent == 1


def test_bytes_that_nobody_asked_for_end_the_idle_connection() -> None:
    async def late_words(wire: Wire) -> None:
        await raw(OK)(wire)
        await pause(0.005, raw(b"HTTP/1.1 408 Timeout\r\n\r\n"))(wire)

    async def script(vu: VirtualUser) -> list[int]:
        first = await vu.get("/")
        await vu.sleep(0.02)
        return [first.status, (await vu.get("/")).status]

    run = run_hook(script, late_words)
    assert run.value == [200, 200]
    assert run.peer.n_connections == 2


def test_a_body_of_megabytes_goes_both_ways(loop: Loop) -> None:
    sent, received = b"s" * 3_000_000, b"r" * 5_000_000

    async def script(vu: VirtualUser) -> Response:
        return await vu.post("/", body=sent)

    run = run_hook(script, answer(received), loop=loop)
    assert run.value.body == received
    assert [asked.body for asked in run.peer.asked] == [sent]
    check_times(run.value)


def test_an_answer_before_the_request_was_sent_whole_counts_and_ends_the_connection(loop: Loop) -> None:
    """The rest of the first request must not stand before the second one."""

    async def script(vu: VirtualUser) -> list[int]:
        first = await vu.post("/", body=b"s" * 20_000_000, headers={"X-Early": 1})
        return [first.status, (await vu.get("/")).status]

    run = run_hook(script, in_order(answer(status=413), answer()), loop=loop)
    assert run.value == [413, 200]
    assert run.engine.connections_opened == 2


@pytest.fixture
def port_of_nobody() -> Iterator[int]:
    """A port that is taken and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def deaf_port() -> Iterator[int]:
    with full_port() as port:
        yield port


def test_a_refused_connection_is_an_answer_of_its_own(loop: Loop, port_of_nobody: int) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get(f"http://127.0.0.1:{port_of_nobody}/")

    run = run_hook(script, loop=loop)
    assert run.value.error.name == "tcp.refused"
    assert run.engine.requests_sent == 0
    assert run.series("http_req_timing")[0].connecting.count == 0
    check_times(run.value)


def test_a_script_that_asks_a_dead_server_for_ever_stops_nobody(loop: Loop, port_of_nobody: int) -> None:
    async def script(vu: VirtualUser) -> None:
        if vu.id == 1:
            while True:
                await vu.get(f"http://127.0.0.1:{port_of_nobody}/")
        await vu.sleep(0.02)

    run = play(script, vus=2, duration_s=0.1, graceful_stop_s=0.0, loop=loop)
    assert run.scenario.iterations == 1
    assert run.scenario.interrupted == 1
    assert run.engine.requests_failed > 10


@pytest.mark.parametrize("timeout_s", [0.02, 0.0])
def test_connecting_to_a_full_backlog_ends_with_the_time_out(loop: Loop, deaf_port: int, timeout_s: float) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get(f"http://127.0.0.1:{deaf_port}/", timeout=timeout_s)

    response = run_hook(script, loop=loop).value
    assert response.error.name == "tcp.connect_timeout"
    assert response.timings.service_ms >= timeout_s * 1000
    assert response.timings.connecting_ms == response.timings.service_ms
    check_times(response)


@pytest.mark.parametrize(
    ("act", "part"),
    [(silence, "waiting_ms"), (half_close(raw(OK[:-1]), silence), ""), (pause(10, answer()), "waiting_ms")],
    ids=["says nothing", "has gone", "takes its time"],
)
def test_a_server_that_takes_too_long_and(act: Act, part: str, loop: Loop) -> None:
    async def script(vu: VirtualUser) -> tuple[Response, Response]:
        return await vu.get("/", timeout=0.1), await vu.get("/")

    run = run_hook(script, in_order(act, answer()), loop=loop)
    first, second = run.value
    assert second.ok
    assert run.engine.connections_opened == 2
    check_times(first)
    if part:
        assert first.error.name == "timeout.total"
        assert first.timings.service_ms >= 100
        assert getattr(first.timings, part) > first.timings.service_ms / 2


def test_a_time_out_in_the_middle_of_the_body_is_time_spent_receiving(loop: Loop) -> None:
    async def half(wire: Wire) -> None:
        await raw(OK[:-1])(wire)
        await silence(wire)

    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/", timeout="200ms")

    response = run_hook(script, half, loop=loop).value
    assert response.error.name == "timeout.total"
    assert response.timings.receiving_ms > 50
    check_times(response)


def test_the_scenario_s_time_out_holds_where_a_request_names_none() -> None:
    async def script(vu: VirtualUser) -> str:
        return (await vu.get("/")).error.name

    assert run_hook(script, silence, timeout_ns=20_000_000).value == "timeout.total"


def test_timed_out_requests_of_one_virtual_user_end_each_at_its_own_time() -> None:
    async def script(vu: VirtualUser) -> list[float]:
        waiting = [vu.get("/", timeout=seconds) for seconds in (0.06, 0.02, 0.04)]
        return [(await exchange).timings.service_ms for exchange in waiting]

    slow, quick, middle = run_hook(script, silence).value
    assert 20 <= quick < 40 <= middle < 60 <= slow


def test_parts_add_up_to_service_over_a_whole_run() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/", timeout=0.05)

    routes = [
        answer(),
        close(),
        reset(),
        raw(b"HTTP/1.1 200 OK\r\n\r\n"),
        silence,
        close(raw(OK[:-1])),
        answer(b"x" * 99),
    ]
    run = play(script, in_order(*routes), vus=3, iterations=3)
    assert run.engine.requests_failed >= 5
    (timing,) = run.timings()
    parts = (
        timing.blocked,
        timing.looking_up,
        timing.connecting,
        timing.tls,
        timing.sending,
        timing.waiting,
        timing.receiving,
    )
    services = [series.service for series in run.series("http_req")]  # type: ignore[attr-defined]
    assert sum(part.sum for part in parts) == sum(service.sum for service in services)
    assert sum(service.count for service in services) == 9


def test_bytes_are_counted_as_they_go_over_the_wire() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/", name="/")

    run = play(script, raw(OK), user_agent="")
    (series,) = run.series("http_req")
    host = run.peer.url.removeprefix("http://")
    assert series.bytes_sent == len(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")  # type: ignore[attr-defined]
    assert series.bytes_received == len(OK)  # type: ignore[attr-defined]


def test_each_address_of_a_name_is_tried(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """IPv4 first; where nobody listens on the first address, the second is asked."""
    real = socket.getaddrinfo

    def two_addresses(host: str, port: int, **asked: int) -> list[tuple[object, ...]]:
        if asked.get("flags") or host != "two.test":
            return real(host, port, **asked)  # type: ignore[arg-type]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    async def script(vu: VirtualUser) -> Response:
        return await vu.get(f"http://two.test:{vu.data.port}/")

    monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
    run = run_hook(script, loop=loop)
    assert run.value.status == 200
    assert run.engine.connections_opened == 2
    check_times(run.value)
