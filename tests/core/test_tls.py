"""TLS that works: what is asked and answered, what is resumed, what is sent, and what stays behind."""

import asyncio
import os
import socket
import ssl
from pathlib import Path

import pytest

from tests.core.test_connection import check_times
from tests.reference.drive import Loop
from tests.reference.peer import Act, Wire, answer, close, raw
from tests.reference.secure import Certificates, Relay, SecurePeer, run_secure
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.tls import TlsClient

Versions = tuple[ssl.TLSVersion, ssl.TLSVersion]

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS: dict[str, Versions] = {"TLS 1.2": (V12, V12), "TLS 1.3": (V13, V13)}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(params=list(VERSIONS.values()), ids=list(VERSIONS))
def versions(request: pytest.FixtureRequest) -> Versions:
    """Each version that is spoken."""
    found: Versions = request.param
    return found


@pytest.fixture
def trusting(certificates: Certificates) -> dict[str, str]:
    """Arguments of a client that trusts the tests' authority."""
    return {"ca_file": certificates.ca_file}


async def ask_twice(vu: VirtualUser) -> list[Response]:
    """Two requests, one after the other."""
    return [await vu.get("/a"), await vu.get("/b")]


def test_requests_are_answered_over_one_connection(
    loop: Loop, certificates: Certificates, versions: Versions, trusting: dict[str, str]
) -> None:
    peer = SecurePeer(answer(b"ok"), certificates.server(versions=versions))
    run = run_secure(ask_twice, peer, loop=loop, tls=trusting)
    first, second = run.value
    assert [first.body, second.body] == [b"ok", b"ok"]
    assert peer.n_connections == 1
    assert run.engine.requests_sent == 2
    assert first.timings.tls_handshaking_ms > 0
    assert second.timings.tls_handshaking_ms == 0
    for response in run.value:
        check_times(response)


ANSWERS: dict[str, tuple[Act, int]] = {
    "answers byte by byte": (raw(*(bytes([byte]) for byte in OK)), 1),
    "answers and closes": (close(answer(b"ok", Connection="close")), 2),
    "answers without a length and closes": (close(raw(b"HTTP/1.1 200 OK\r\n\r\no", b"k")), 2),
    "says more than it should": (raw(OK + b"HTTP/1.1 200 OK\r\n"), 2),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_server_that_in_the_end(
    case: str, loop: Loop, certificates: Certificates, versions: Versions, trusting: dict[str, str]
) -> None:
    act, connections = ANSWERS[case]
    peer = SecurePeer(act, certificates.server(versions=versions))
    run = run_secure(ask_twice, peer, loop=loop, tls=trusting)
    assert [(response.status, response.body) for response in run.value] == [(200, b"ok")] * 2
    assert peer.n_connections == connections


def test_a_stream_cut_into_single_bytes_is_the_same_stream(
    loop: Loop, certificates: Certificates, versions: Versions, trusting: dict[str, str]
) -> None:
    relay = Relay(SecurePeer(answer(b"x" * 2000), certificates.server(versions=versions)))
    run = run_secure(ask_twice, relay, loop=loop, tls=trusting)
    assert [response.body for response in run.value] == [b"x" * 2000] * 2
    assert relay.n_connections == 1


def test_a_body_of_megabytes_goes_both_ways(
    loop: Loop, certificates: Certificates, versions: Versions, trusting: dict[str, str]
) -> None:
    sent, received = os.urandom(3_000_000), os.urandom(5_000_000)

    async def script(vu: VirtualUser) -> list[Response]:
        return [await vu.post("/", body=sent), await vu.post("/", body=sent)]

    peer = SecurePeer(answer(received), certificates.server(versions=versions))
    run = run_secure(script, peer, loop=loop, tls=trusting)
    assert [response.body for response in run.value] == [received] * 2
    assert [asked.body for asked in peer.asked] == [sent] * 2
    for response in run.value:
        check_times(response)


def test_bodies_under_way_at_once_do_not_mix(loop: Loop, certificates: Certificates, trusting: dict[str, str]) -> None:
    """All connections share one pair of BIOs: what one leaves there, another would take."""
    sent = [bytes([number]) * 300_000 for number in range(20)]

    async def echo(wire: Wire) -> None:
        wire.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + wire.asked.body)

    async def script(vu: VirtualUser) -> list[bytes]:
        answers: list[Response] = await asyncio.gather(*(vu.post("/", body=body) for body in sent))
        return [response.body for response in answers]

    run = run_secure(script, SecurePeer(echo, certificates.server()), loop=loop, tls=trusting)
    assert run.value == sent


@pytest.mark.parametrize("end", [answer(Connection="close"), close(answer())], ids=["we close", "it closes"])
def test_a_user_resumes_its_session_on_its_next_connection(
    end: Act, loop: Loop, certificates: Certificates, versions: Versions, trusting: dict[str, str]
) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        statuses = []
        for _ in range(3):
            statuses.append((await vu.get("/")).status)
            await vu.sleep(0.01)
        return statuses

    peer = SecurePeer(end, certificates.server(versions=versions))
    run = run_secure(script, peer, loop=loop, tls=trusting)
    assert run.value == [200, 200, 200]
    assert peer.was_resumed == [False, True, True]


def test_users_do_not_resume_each_other_s_sessions(certificates: Certificates, trusting: dict[str, str]) -> None:
    peer = SecurePeer(answer(Connection="close"), certificates.server())
    run = run_secure(ask_twice, peer, tls=trusting, users=3)
    assert run.engine.requests_ok == 6
    assert sorted(peer.was_resumed) == [False] * 3 + [True] * 3


def test_a_session_belongs_to_one_origin(certificates: Certificates, trusting: dict[str, str]) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        port = vu.data.port
        hosts = ["127.0.0.1", "localhost", "127.0.0.1", "localhost"]
        return [(await vu.get(f"https://{host}:{port}/")).status for host in hosts]

    peer = SecurePeer(answer(Connection="close"), certificates.server())
    run = run_secure(script, peer, tls=trusting)
    assert run.value == [200] * 4
    assert peer.was_resumed == [False, False, True, True]


def test_the_server_is_told_a_name_but_no_address(
    loop: Loop, certificates: Certificates, trusting: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dot that ends an absolute name is the resolver's business: neither SNI nor certificates have it."""
    real = socket.getaddrinfo

    def rooted(host: str, port: int, **asked: int) -> object:
        return real(host if asked.get("flags") else host.rstrip("."), port, **asked)

    async def script(vu: VirtualUser) -> list[int]:
        urls = [f"https://{host}:{vu.data.port}/" for host in ("localhost", "LOCALHOST.", "127.0.0.1")]
        return [(await vu.get(url)).status for url in urls]

    monkeypatch.setattr(socket, "getaddrinfo", rooted)
    peer = SecurePeer(answer(), certificates.server())
    run = run_secure(script, peer, loop=loop, tls=trusting)
    assert run.value == [200, 200, 200]
    assert peer.names == ["localhost", "localhost", None]


def test_a_client_shows_its_certificate_where_it_is_asked_for(
    loop: Loop, certificates: Certificates, versions: Versions, trusting: dict[str, str]
) -> None:
    peer = SecurePeer(answer(), certificates.server(versions=versions, wants_client=True))
    run = run_secure(ask_twice, peer, loop=loop, tls={**trusting, "client_cert": certificates.client_cert})
    assert [response.status for response in run.value] == [200, 200]


def test_an_insecure_client_takes_any_certificate(certificates: Certificates) -> None:
    for kind in ("of itself", "expired", "for another host"):
        run = run_secure(ask_twice, SecurePeer(answer(), certificates.server(kind)), tls={"insecure": True})
        assert [response.status for response in run.value] == [200, 200]


def test_an_intermediate_that_the_server_sends_is_no_hindrance(
    certificates: Certificates, trusting: dict[str, str]
) -> None:
    peer = SecurePeer(answer(), certificates.server("with an intermediate"))
    assert [response.status for response in run_secure(ask_twice, peer, tls=trusting).value] == [200, 200]


def test_the_environment_names_who_is_trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificates.ca_file)
    peer = SecurePeer(answer(), certificates.server())
    assert [response.status for response in run_secure(ask_twice, peer, tls={}).value] == [200, 200]


def descriptors() -> int:
    """How many this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_handshakes_at_once_leave_nothing_behind(
    loop: Loop, certificates: Certificates, trusting: dict[str, str]
) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        answers: list[Response] = await asyncio.gather(*(vu.get("/") for _ in range(100)))
        return [response.status for response in answers]

    before = descriptors()
    peer = SecurePeer(answer(), certificates.server())
    run = run_secure(script, peer, loop=loop, tls=trusting)
    assert run.value == [200] * 100
    assert peer.n_connections == 100
    assert descriptors() == before


def test_bytes_of_the_handshake_are_counted(certificates: Certificates, trusting: dict[str, str]) -> None:
    run = run_secure(ask_twice, SecurePeer(raw(OK), certificates.server()), tls=trusting)
    (series,) = run.series("http_req", name="/a")
    (again,) = run.series("http_req", name="/b")
    assert series.bytes_received > again.bytes_received + 500  # type: ignore[attr-defined]
    assert series.bytes_sent > again.bytes_sent + 300  # type: ignore[attr-defined]
    assert len(OK) < again.bytes_received < len(OK) + 100  # type: ignore[attr-defined]


BAD_FILES = {
    "is not there": ({"ca_file": "nowhere.pem"}, "ca_file nowhere.pem: No such file or directory"),
    "holds no certificate": ({"ca_file": __file__}, f"ca_file {__file__}: no certificate in PEM form is in it"),
    "holds no client certificate": ({"client_cert": __file__}, f"client_cert {__file__}: no certificate with its key"),
    "has no certificate": ({"client_key": "key.pem"}, "client_key key.pem: a client_cert is missing"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that(case: str) -> None:
    named, words = BAD_FILES[case]
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        TlsClient(**named)  # type: ignore[arg-type]


def test_a_key_of_another_certificate_is_refused(certificates: Certificates) -> None:
    with pytest.raises(ValueError, match="the key is not that of the certificate"):
        TlsClient(client_cert=certificates.client_cert, client_key=certificates.strange_client_cert)
