"""What the options say of requests, from the command line to the far end: a peer in this process that counts."""

from asyncio import StreamReader, StreamWriter
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, run
from tests.reference.peer import Peer, Wire, answer, close, pause, raw, silence
from tests.reference.secure import Certificates, FaultyPort, SecurePeer
from tests.reference.served import served

WORKERS = pytest.mark.parametrize("workers", [1, 2])

EACH_GETS_TWO = """
from ywstorm import Timeouts

options({options})

@scenario(PerVUIterations(vus=4, iterations=3))
async def browse(vu: VU):
    await vu.get("/first")
    await vu.get("/second")
"""

ONE_GET = """
from ywstorm import Timeouts

options({options})

@scenario(PerVUIterations(vus=2, iterations=1))
async def once(vu: VU):
    response = await vu.get("/")
    vu.check("as expected", {check})
"""


def script_of(text: str, options: str = "", check: str = "True") -> str:
    """A script with these options."""
    return text.replace("{options}", options).replace("{check}", check)


def errors(ended: Ended) -> dict[str, int]:
    """Names and counts of the error table."""
    return {error["name"]: error["count"] for error in ended.summary["errors"]}


def sent(ended: Ended) -> int:
    """What the run counts as sent."""
    count: int = ended.summary["run"]["requests_sent"]
    return count


def is_balanced(ended: Ended, peer: Peer) -> bool:
    """Whether the run counts as many requests as the far end, and is to be trusted."""
    return sent(ended) == len(peer.asked) and ended.summary["verdict"]["validity"] == "VALID"


# == certificates ======================================================================================================


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize("way", ["--insecure", "option insecure", "ca_file", "--ca-file", "SSL_CERT_FILE"])
def test_a_server_is_trusted(tmp_path: Path, certificates: Certificates, way: str, workers: int) -> None:
    options = {"option insecure": "insecure=True", "ca_file": f"ca_file={certificates.ca_file!r}"}.get(way, "")
    flags = {"--insecure": ["--insecure"], "--ca-file": ["--ca-file", certificates.ca_file]}.get(way, [])
    env = {"SSL_CERT_FILE": certificates.ca_file} if way == "SSL_CERT_FILE" else {}
    kind = "of a stranger" if "insecure" in way else "good"

    with served(SecurePeer(answer(), certificates.server(kind))) as peer:
        script = script_of(EACH_GETS_TWO, options)
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers), *flags, env=env)
    assert (ended.metric("http_reqs")["count"], ended.metric("http_req_failed")["passes"]) == (24, 0)
    assert is_balanced(ended, peer)
    assert peer.n_connections == 4
    assert ended.metric("http_req_tls_handshaking")["max"] > 0
    assert ("certificates were not verified" in ended.out.lower() or "insecure" in ended.out) == ("insecure" in way)


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize(
    ("kind", "trusts", "name"),
    [
        ("of a stranger", True, "tls.unknown_ca"),
        ("good", False, "tls.unknown_ca"),
        ("for another host", True, "tls.hostname"),
        ("expired", True, "tls.expired"),
        ("not yet valid", True, "tls.expired"),
        ("of itself", True, "tls.self_signed"),
    ],
)
def test_a_wrong_certificate_is_named(
    tmp_path: Path, certificates: Certificates, kind: str, trusts: bool, name: str, workers: int
) -> None:
    flags = ["--ca-file", certificates.ca_file] if trusts else []
    with served(SecurePeer(answer(), certificates.server(kind))) as peer:
        script = script_of(ONE_GET)
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers), *flags, code=99)
    assert errors(ended) == {name: 2}
    assert name in ended.out
    assert (sent(ended), peer.asked) == (0, [])
    assert "no request was answered" in ended.out + ended.err


# == where requests go =================================================================================================


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize("pattern", ["api.example.test", "api.example.test:80", "*.example.test"])
def test_hosts_say_where_a_name_is(tmp_path: Path, pattern: str, workers: int) -> None:
    with served(Peer(answer())) as peer:
        script = script_of(EACH_GETS_TWO, f"hosts={{{pattern!r}: '127.0.0.1:{peer.port}'}}")
        ended = run(tmp_path, script, "--base-url", "http://api.example.test", "--workers", str(workers))
    assert {asked.headers["host"] for asked in peer.asked} == {"api.example.test"}
    assert is_balanced(ended, peer)
    assert len(peer.asked) == 24


@WORKERS
@pytest.mark.parametrize(
    ("policy", "connections"), [("per_vu", 4), ("per_iteration", 12), ("per_request", 24), (None, 4)]
)
def test_how_many_connections_a_policy_opens(
    tmp_path: Path, policy: str | None, connections: int, workers: int
) -> None:
    with served(Peer(answer())) as peer:
        script = script_of(EACH_GETS_TWO, f"connections={policy!r}" if policy else "")
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers))
    assert peer.n_connections == connections
    assert is_balanced(ended, peer)


@WORKERS
def test_shared_connections_serve_one_user_after_the_other(tmp_path: Path, workers: int) -> None:
    script = """
    options(connections="shared")

    @scenario(PerVUIterations(vus=4, iterations=2))
    async def in_turn(vu: VU):
        await vu.sleep(0.2 * vu.id)
        await vu.get("/")
    """
    with served(Peer(answer())) as peer:
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers))
    assert workers <= peer.n_connections <= workers + 1  # one more if two users met
    assert len(peer.asked) == 8
    assert is_balanced(ended, peer)


# == cookies and redirects =============================================================================================


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize("resets", [False, True])
def test_cookies_last_as_long_as_the_options_say(tmp_path: Path, resets: bool, workers: int) -> None:
    with served(Peer({"/first": answer(Set_Cookie="id=7; Path=/"), "/second": answer()})) as peer:
        script = script_of(EACH_GETS_TWO, f"reset_cookies={resets}")
        run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers))
    cookies = Counter((asked.target, asked.headers.get("cookie")) for asked in peer.asked)
    first = {("/first", None): 12} if resets else {("/first", None): 4, ("/first", "id=7"): 8}
    assert cookies == {**first, ("/second", "id=7"): 12}


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize(
    ("options", "flags", "asked", "status"),
    [
        ("", [], {"/": 2, "/hop": 2, "/end": 2}, 200),
        ("max_redirects=0", [], {"/": 2}, 302),
        ("", ["--max-redirects", "0"], {"/": 2}, 302),
        ("max_redirects=1", [], {"/": 2, "/hop": 2}, 307),
    ],
)
def test_how_many_redirects_are_followed(
    tmp_path: Path, options: str, flags: list[str], asked: dict[str, int], status: int, workers: int
) -> None:
    routes = {
        "/": answer(status=302, Location="/hop"),
        "/hop": answer(status=307, Location="/end"),
        "/end": answer(),
    }
    with served(Peer(routes)) as peer:
        script = script_of(ONE_GET, options, f"response.status == {status}")
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers), *flags, code=None)
    assert Counter(each.target for each in peer.asked) == asked
    assert is_balanced(ended, peer)
    assert ended.metric("http_reqs")["count"] == len(peer.asked)
    assert ended.metric("checks")["fails"] == 0
    assert errors(ended) == ({"redirect.too_many": 2} if status == 307 else {})


# == what fails ========================================================================================================


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize(
    ("options", "failed"),
    [("", 2), ("expected_statuses=[200, 404]", 0), ("expected_statuses='400-499'", 0), ("expected_statuses=200", 2)],
)
def test_expected_statuses_are_no_failures(tmp_path: Path, options: str, failed: int, workers: int) -> None:
    with served(Peer(answer(b"none", 404))) as peer:
        script = script_of(ONE_GET, options, f"response.ok == {not failed}")
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers))
    assert ended.metric("http_req_failed")["passes"] == failed
    assert ended.metric("checks")["fails"] == 0
    assert errors(ended) == ({"http.404": 2} if failed else {})


async def silent_port(reader: StreamReader, _: StreamWriter) -> None:
    """Take the connection, and never speak TLS: the hello is read, and nothing follows it."""
    while await reader.read(65536):
        pass


HALF = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize(
    ("phase", "name"),
    [
        ("tls", "tls.timeout"),
        ("first_byte", "timeout.first_byte"),
        ("body_idle", "timeout.body_idle"),
        ("total", "timeout.total"),
    ],
)
def test_a_time_limit_is_named_by_its_phase(tmp_path: Path, phase: str, name: str, workers: int) -> None:
    peers = {"tls": FaultyPort(silent_port), "first_byte": Peer(silence), "body_idle": Peer(HALF), "total": Peer(HALF)}
    with served(peers[phase]) as peer:
        script = script_of(ONE_GET, f"timeout=Timeouts({phase}='200ms')")
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers), code=None)
    assert errors(ended) == {name: 2}
    assert ended.summary["run"]["duration_s"] < 5
    assert sent(ended) == (0 if phase == "tls" else 2)
    assert ended.summary["verdict"]["validity"] == "VALID"
    assert ended.code == 99  # no request was answered


# == bodies ============================================================================================================


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize("way", ["", "discard_bodies=True", "--discard-response-bodies"])
def test_discarded_bodies_are_counted_and_not_kept(tmp_path: Path, way: str, workers: int) -> None:
    with served(Peer(answer(b"x" * 100_000))) as peer:
        is_flag = way.startswith("--")
        size = 0 if way else 100_000
        script = script_of(ONE_GET, "" if is_flag else way, f"len(response.body) == {size}")
        flags = [way] if is_flag else []
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers), *flags)
    assert ended.metric("checks")["fails"] == 0
    assert ended.metric("data_received")["count"] > 200_000


# == accounts ==========================================================================================================


@WORKERS
def test_hops_and_second_attempts_are_counted_as_the_server_counts_them(tmp_path: Path, workers: int) -> None:
    script = """
    @scenario(PerVUIterations(vus=4, iterations=5))
    async def restless(vu: VU):
        vu.check("followed", (await vu.get("/moved")).status == 200)
        vu.check("sent again", (await vu.put("/lost-at-first", body=b"x")).status == 200)
        lost = await vu.post("/lost-always", body=b"x")
        vu.check("not sent again", lost.error is not None and lost.error.name == "tcp.stale_closed")
        await vu.batch(["/moved"] * 8)
    """

    async def lost_on_a_used_connection(wire: Wire) -> None:
        is_first = [asked.connection for asked in peer.asked].count(wire.number) == 1
        await (answer() if is_first else close())(wire)

    routes = {
        "/moved": answer(status=302, Location="/"),
        "/": pause(0.001, answer()),
        "/lost-at-first": lost_on_a_used_connection,
        "/lost-always": close(),
    }
    with served(Peer(routes)) as peer:
        ended = run(tmp_path, script, "--base-url", peer.url, "--workers", str(workers))
    assert ended.metric("checks")["fails"] == 0
    assert is_balanced(ended, peer)
    resent = ended.metric("http_reqs_resent")["count"]
    assert resent == 20  # each PUT, for a GET went before it
    assert ended.metric("http_reqs")["count"] + resent == len(peer.asked)
