"""TLS that fails: each fault has a code of its own, words that say more, and ends nothing but its connection."""

import asyncio
import ssl
from typing import Any

import pytest

from tests.core.test_connection import check_times
from tests.reference.drive import Loop
from tests.reference.peer import answer, close, in_order, raw, reset
from tests.reference.secure import Certificates, FaultyPort, PortAct, SecurePeer, drop, refuses, run_secure
from ywstorm_core.errors import RequestError
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"


def says(*pieces: bytes, stays: bool = False) -> PortAct:
    """What a port does that waits for the hello, says this, and closes or stays."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if stays:
            await reader.read()

    return act


def alert(number: int) -> bytes:
    """A fatal alert as it goes over the wire before anything is encrypted."""
    return bytes([21, 3, 3, 0, 2, 2, number])


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes without having read: the hello that lies there makes it a reset."""


PORTS: dict[str, tuple[PortAct, str, str]] = {
    "answers in plain HTTP": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "tls.not_tls", "plain HTTP"),
    "speaks another language": (says(b"220 smtp.example ESMTP\r\n", stays=True), "tls.not_tls", ""),
    "speaks another language, slowly": (says(b"2", b"20 smtp\r\n", stays=True), "tls.not_tls", ""),
    "closes after the hello": (says(), "tls.closed_in_handshake", ""),
    "closes before the hello": (hangs_up, "tls.closed_in_handshake", ""),
    "closes in the middle of a record": (says(alert(40)[:5]), "tls.closed_in_handshake", ""),
    "refuses the version": (says(alert(70)), "tls.version_or_cipher", "alert 70: protocol version"),
    "refuses the ciphers": (says(alert(40)), "tls.version_or_cipher", "alert 40: handshake failure"),
    "has trouble of its own": (says(alert(80)), "tls.alert", "alert 80: internal error"),
    "does not know the name": (says(alert(112)), "tls.alert", "alert 112: unrecognized name"),
}


async def ask(vu: VirtualUser) -> Response:
    """One request."""
    return await vu.get("/", timeout=5)


def check_failure(response: Response, name: str, words: str) -> None:
    """It has this code, these words, and its parts add up."""
    with pytest.raises(RequestError) as raised:
        response.raise_for_error()
    assert (response.status, raised.value.name) == (0, name), str(raised.value)
    assert words in str(raised.value)
    check_times(response)


@pytest.mark.parametrize("case", PORTS)
def test_a_port_that(case: str, loop: Loop) -> None:
    act, name, words = PORTS[case]
    run = run_secure(ask, FaultyPort(act), loop=loop, tls={"insecure": True})
    check_failure(run.value, name, words)
    assert run.engine.requests_sent == 0
    assert run.value.timings.tls_handshaking_ms > 0
    assert run.value.timings.sending_ms == run.value.timings.waiting_ms == 0


def test_a_port_that_never_answers_the_hello(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get("/", timeout=0.05)

    run = run_secure(script, FaultyPort(says(stays=True)), loop=loop, tls={"insecure": True})
    check_failure(run.value, "tls.timeout", "")
    assert run.value.timings.tls_handshaking_ms > 20


CERTIFICATES = {
    "of a stranger": ("tls.unknown_ca", "unable to get local issuer certificate"),
    "of a stranger who shows himself": ("tls.unknown_ca", "certificate chain"),
    "without its intermediate": ("tls.unknown_ca", "unable to get local issuer certificate"),
    "for another host": ("tls.hostname", "not valid for '127.0.0.1'"),
    "expired": ("tls.expired", "certificate has expired"),
    "not yet valid": ("tls.expired", "certificate is not yet valid"),
    "with a megabyte of others": ("tls.chain_other", "excessive message size"),
    "of itself": ("tls.self_signed", "self-signed certificate"),
}


@pytest.mark.parametrize("version", [V12, V13], ids=["TLS 1.2", "TLS 1.3"])
@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate(kind: str, version: ssl.TLSVersion, certificates: Certificates) -> None:
    name, words = CERTIFICATES[kind]
    peer = SecurePeer(answer(), certificates.server(kind, versions=(version, version)))
    run = run_secure(ask, peer, tls={"ca_file": certificates.ca_file})
    check_failure(run.value, name, words)
    assert run.engine.requests_sent == 0


SERVERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "wants a client certificate, in TLS 1.2": (
        {"wants_client": True, "versions": (V12, V12)},
        "tls.client_cert_required",
        "alert 40",
    ),
    "wants a client certificate, in TLS 1.3": (
        {"wants_client": True, "versions": (V13, V13)},
        "tls.client_cert_required",
        "alert 116",
    ),
    "has no cipher in common": (
        {"ciphers": "AES128-SHA256:@SECLEVEL=0", "versions": (V12, V12)},
        "tls.version_or_cipher",
        "alert 40",
    ),
    "speaks TLS 1.0 only": (
        {"versions": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1), "ciphers": "DEFAULT:@SECLEVEL=0"},
        "tls.version_or_cipher",
        "",
    ),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize("case", SERVERS)
def test_a_server_that(case: str, loop: Loop, certificates: Certificates) -> None:
    named, name, words = SERVERS[case]
    port = FaultyPort(refuses(certificates.server(**named)))
    run = run_secure(ask, port, loop=loop, tls={"ca_file": certificates.ca_file})
    check_failure(run.value, name, words)


@pytest.mark.parametrize("version", [V12, V13], ids=["TLS 1.2", "TLS 1.3"])
def test_a_client_certificate_of_a_stranger_is_the_server_s_alert(
    version: ssl.TLSVersion, loop: Loop, certificates: Certificates
) -> None:
    port = FaultyPort(refuses(certificates.server(versions=(version, version), wants_client=True)))
    tls = {"ca_file": certificates.ca_file, "client_cert": certificates.strange_client_cert}
    check_failure(run_secure(ask, port, loop=loop, tls=tls).value, "tls.alert", "alert 48: unknown ca")


ENDS = {
    "a body that ends with the close": (
        drop(raw(b"HTTP/1.1 200 OK\r\n\r\nall of it?")),
        "tls.truncated",
    ),
    "the middle of a body": (drop(raw(HALF)), "http.body_truncated"),
    "the middle of a body, politely": (close(raw(HALF)), "http.body_truncated"),
    "the middle of a head": (drop(raw(HALF[:20])), "http.head_truncated"),
    "no word at all": (close(), "tcp.closed_no_response"),
    "a reset": (reset(raw(HALF)), "tcp.reset"),
}


@pytest.mark.parametrize("case", ENDS)
def test_a_server_that_ends_with(case: str, loop: Loop, certificates: Certificates) -> None:
    act, name = ENDS[case]

    async def script(vu: VirtualUser) -> list[Response]:
        return [await vu.get("/"), await vu.get("/")]

    peer = SecurePeer(in_order(act, answer()), certificates.server())
    run = run_secure(script, peer, loop=loop, tls={"ca_file": certificates.ca_file})
    first, second = run.value
    check_failure(first, name, "")
    assert second.status == 200
    assert peer.was_resumed == [False, case != "no word at all"]


def test_a_fault_leaves_nothing_to_the_connections_beside_it(loop: Loop, certificates: Certificates) -> None:
    """One server shows a bad certificate while another one answers: the shared BIOs keep them apart."""

    async def script(vu: VirtualUser) -> list[list[int]]:
        async def ask_many(url: str) -> list[int]:
            return [(await vu.get(url)).status for _ in range(20)]

        return await asyncio.gather(
            *(ask_many(f"https://{host}:{vu.data.port}/") for host in ("127.0.0.1", "127.0.0.2", "127.0.0.1"))
        )

    peer = SecurePeer(answer(b"x" * 40_000, Connection="close"), certificates.server(), listen="0.0.0.0")
    run = run_secure(script, peer, loop=loop, tls={"ca_file": certificates.ca_file})
    assert run.value == [[200] * 20, [0] * 20, [200] * 20]


def test_a_tls_port_asked_in_plain_http_is_recognised(loop: Loop, certificates: Certificates) -> None:
    async def script(vu: VirtualUser) -> Response:
        return await vu.get(f"http://127.0.0.1:{vu.data.port}/")

    run = run_secure(script, FaultyPort(says(alert(10), stays=True)), loop=loop, tls={})
    check_failure(run.value, "http.bad_status_line", "the server answers in TLS")
