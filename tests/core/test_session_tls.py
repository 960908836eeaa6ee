"""`vu.session()` over TLS: whom it trusts, and what it says of a certificate that it does not."""

import asyncio

import aiohttp
import pytest

from tests.reference.drive import Loop, Run
from tests.reference.peer import answer
from tests.reference.secure import Certificates, FaultyPort, SecurePeer, run_secure
from tests.reference.sessions import sessions_of
from ywstorm.config import Options
from ywstorm_core.errors import error_info
from ywstorm_core.loop.vu import VirtualUser


async def ask(vu: VirtualUser) -> int:
    """One request; 0 if it fails."""
    try:
        async with vu.session().get("/") as response:
            await response.read()
            return response.status
    except aiohttp.ClientError:
        return 0


def names(run: Run) -> list[str]:
    """What the failed requests failed of."""
    return [error_info(response.error_code).name for response in run.observer.failed]


def test_it_trusts_whom_the_options_trust(certificates: Certificates, loop: Loop) -> None:
    options = Options(ca_file=certificates.ca_file)
    peer = SecurePeer(answer(), certificates.server())

    run = run_secure(ask, peer, loop=loop, tls={}, sessions_of=sessions_of(options))
    assert run.value == 200
    (timing,) = run.timings()
    assert timing.connecting.max > 0
    assert timing.tls.max == 0  # aiohttp does not tell it apart


def test_insecure_takes_any_certificate(certificates: Certificates, loop: Loop) -> None:
    peer = SecurePeer(answer(), certificates.server("expired"))

    assert run_secure(ask, peer, loop=loop, tls={}, sessions_of=sessions_of(Options(insecure=True))).value == 200


def test_it_shows_the_certificate_of_the_client(certificates: Certificates) -> None:
    options = Options(ca_file=certificates.ca_file, client_cert=certificates.client_cert)
    peer = SecurePeer(answer(), certificates.server(wants_client=True))

    assert run_secure(ask, peer, tls={}, sessions_of=sessions_of(options)).value == 200


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("for another host", "tls.hostname"),
        ("expired", "tls.expired"),
        ("not yet valid", "tls.expired"),
        ("of a stranger", "tls.unknown_ca"),
        ("of itself", "tls.self_signed"),
    ],
)
def test_a_wrong_certificate_is_named(kind: str, name: str, certificates: Certificates) -> None:
    options = Options(ca_file=certificates.ca_file)
    peer = SecurePeer(answer(), certificates.server(kind))

    run = run_secure(ask, peer, tls={}, sessions_of=sessions_of(options))
    assert (run.value, names(run)) == (0, [name])
    assert run.engine.requests_sent == 0


def test_a_port_without_tls_is_named() -> None:
    # On asyncio's loop: uvloop leaves a socket to the collector whose handshake fails just when it was opened.
    plain = FaultyPort(answer_in_plain_text)
    run = run_secure(ask, plain, loop=asyncio.new_event_loop, tls={}, sessions_of=sessions_of())
    assert names(run) == ["tls.not_tls"]


def test_a_connection_closed_in_the_handshake_is_named(loop: Loop) -> None:
    run = run_secure(ask, FaultyPort(hang_up), loop=loop, tls={}, sessions_of=sessions_of())
    assert names(run) == ["tls.closed_in_handshake"]


async def answer_in_plain_text(reader: object, writer: object) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # type: ignore[attr-defined]
    await reader.read()  # type: ignore[attr-defined]


async def hang_up(reader: object, writer: object) -> None:
    await reader.read(1)  # type: ignore[attr-defined]
