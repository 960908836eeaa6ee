"""Names: who is asked, how often, in what order, and what a failure is called. No real name server is asked."""

import socket
import threading
from collections.abc import Callable

import pytest

from tests.reference.drive import Loop, run_hook
from tests.reference.peer import answer
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.dns import Origin, Resolver, look_up, pack_address

LookUp = Callable[[str], list[tuple[int, str]]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[LookUp], list[str]]:
    """Lets a function answer for the names under .test; gives the list of names that were asked for."""
    real = socket.getaddrinfo

    def install(answers: LookUp) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, **more: int) -> object:
            if more.get("flags") or not host.endswith(".test"):
                return real(host, port, **more)  # type: ignore[arg-type]
            asked.append(host)
            return [(family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)) for family, address in answers(host)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install


def here(_: str) -> list[tuple[int, str]]:
    """Every name is this machine."""
    return [(socket.AF_INET, "127.0.0.1")]


def fails_with(code: int) -> LookUp:
    """Every look-up fails."""

    def answers(_: str) -> list[tuple[int, str]]:
        raise socket.gaierror(code, "planted")

    return answers


async def ask(vu: VirtualUser) -> Response:
    """One request to a name."""
    return await vu.get(f"http://server.test:{vu.data.port}/", timeout=0.5)


def test_a_name_is_looked_up_once_for_all_requests_to_its_port(
    names: Callable[[LookUp], list[str]], loop: Loop
) -> None:
    asked = names(here)

    async def script(vu: VirtualUser) -> list[Response]:
        together = [vu.get(f"http://server.test:{vu.data.port}/{path}") for path in "abc"]
        return [*[await exchange for exchange in together], await ask(vu)]

    first, *_, last = run_hook(script, loop=loop).value
    assert asked == ["server.test"]
    assert first.timings.looking_up_ms > 0
    assert last.ok
    assert last.timings.looking_up_ms == 0


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (socket.EAI_NONAME, "dns.nxdomain"),
        (socket.EAI_NODATA, "dns.no_address"),
        (socket.EAI_AGAIN, "dns.servfail"),
        (socket.EAI_FAIL, "dns.servfail"),
        (socket.EAI_MEMORY, "dns.unknown"),
    ],
)
def test_a_look_up_that_fails_is_called(code: int, name: str, names: Callable[[LookUp], list[str]], loop: Loop) -> None:
    names(fails_with(code))
    run = run_hook(ask, loop=loop)
    response = run.value
    assert response.error.name == name
    assert response.timings.looking_up_ms == response.timings.service_ms > 0
    assert run.engine.requests_sent == 0


def test_a_name_without_a_usable_address_has_none(names: Callable[[LookUp], list[str]]) -> None:
    names(lambda _: [])
    assert run_hook(ask).value.error.name == "dns.no_address"


def test_a_failed_look_up_is_made_again_by_the_next_request(names: Callable[[LookUp], list[str]]) -> None:
    outcomes = [fails_with(socket.EAI_AGAIN), here]

    def next_outcome(host: str) -> list[tuple[int, str]]:
        return outcomes.pop(0)(host)

    names(next_outcome)

    async def script(vu: VirtualUser) -> list[bool]:
        return [(await ask(vu)).ok, (await ask(vu)).ok]

    assert run_hook(script).value == [False, True]


def test_a_resolver_that_hangs_costs_the_request_its_time_out_and_stops_nobody(
    names: Callable[[LookUp], list[str]], loop: Loop
) -> None:
    may_answer = threading.Event()

    def hang(host: str) -> list[tuple[int, str]]:
        may_answer.wait(10)
        return here(host)

    names(hang)

    async def script(vu: VirtualUser) -> tuple[Response, Response]:
        slow = vu.get(f"http://server.test:{vu.data.port}/", timeout=0.05)
        other = await vu.get("/")
        return await slow, other

    try:
        slow, other = run_hook(script, loop=loop).value
    finally:
        may_answer.set()
    assert other.ok
    assert slow.error.name == "dns.timeout"
    assert slow.timings.looking_up_ms == slow.timings.service_ms >= 50


def test_a_request_that_is_cut_off_while_its_name_is_looked_up_is_never_sent(
    names: Callable[[LookUp], list[str]],
) -> None:
    may_answer = threading.Event()

    def hang(host: str) -> list[tuple[int, str]]:
        may_answer.wait(10)
        return here(host)

    names(hang)

    async def script(vu: VirtualUser) -> bool:
        slow = vu.get(f"http://server.test:{vu.data.port}/")
        slow.cancel()
        may_answer.set()
        return (await ask(vu)).ok

    run = run_hook(script)
    assert run.value
    assert run.engine.requests_cut_off == 1
    assert len(run.peer.asked) == 1


def test_the_host_header_names_the_host_not_the_address(names: Callable[[LookUp], list[str]]) -> None:
    names(here)
    run = run_hook(ask, answer())
    assert run.peer.asked[0].headers["host"] == f"server.test:{run.peer.port}"


def test_addresses_are_packed_as_the_kernel_wants_them_ipv4_first(names: Callable[[LookUp], list[str]]) -> None:
    names(lambda _: [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
    assert look_up("two.test", 80) == [
        pack_address(socket.AF_INET, ("127.0.0.1", 80)),
        pack_address(socket.AF_INET6, ("::1", 80, 0, 0)),
    ]
    assert pack_address(socket.AF_INET, ("127.0.0.1", 80)).hex() == "0200" + "0050" + "7f000001" + "00" * 8
    assert pack_address(socket.AF_INET6, ("::1", 80, 0, 3)).hex() == "0a000050" + "0" * 39 + "103000000"


def test_one_origin_object_stands_for_a_server() -> None:
    resolver = Resolver(lambda _: None)
    first = resolver.origin("http", "127.0.0.1", 80, "127.0.0.1")
    assert resolver.origin("http", "127.0.0.1", 80, "127.0.0.1") is first
    assert resolver.origin("http", "127.0.0.1", 81, "127.0.0.1:81") is not first
    assert first.addresses == [pack_address(socket.AF_INET, ("127.0.0.1", 80))]
    assert isinstance(first, Origin)
    resolver.close()
