"""
How long addresses serve, what stands before DNS, and that no name waits for another.

Look-ups are functions given to the resolver; what it posts to the loop is run when the test says so.
"""

import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from ywstorm_core.net import dns
from ywstorm_core.net.dns import Origin, Resolver, pack_address

WAIT_S = 10
ONE = [pack_address(socket.AF_INET, ("10.0.0.1", 80))]
TWO = [pack_address(socket.AF_INET, ("10.0.0.2", 80))]


class Bench:
    """A resolver with a clock that stands still and a loop that turns when told."""

    def __init__(self, look_up: Callable[[str, int], list[bytes]], **options: object) -> None:
        self.now_ns = 0
        self.asked: list[str] = []
        self._look_up = look_up
        self._posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.resolver = Resolver(
            self._posted.put,
            look_up=self._note,
            now_ns=lambda: self.now_ns,
            **options,  # type: ignore[arg-type]
        )

    def _note(self, host: str, port: int) -> list[bytes]:
        self.asked.append(host)
        return self._look_up(host, port)

    def origin(self, host: str = "h.test", port: int = 80) -> Origin:
        return self.resolver.origin("http", host, port, host)

    def turn(self) -> None:
        """Run the next thing that was posted, which must come."""
        self._posted.get(timeout=WAIT_S)()

    def resolved(self, origin: Origin) -> list[bytes]:
        """Look it up and wait."""
        done: list[bool] = []
        self.resolver.resolve(origin, lambda: done.append(True))
        self.turn()
        assert done == [True]
        return self.resolver.addresses_of(origin)


def test_addresses_serve_until_they_are_old_and_while_they_are_looked_up_again() -> None:
    found = [ONE, TWO]
    bench = Bench(lambda *_: found.pop(0), ttl_s=60)
    origin = bench.origin()

    assert bench.resolved(origin) == ONE
    bench.now_ns = 60 * 10**9 - 1
    assert bench.resolver.addresses_of(origin) == ONE
    assert bench.asked == ["h.test"]
    bench.now_ns += 1
    assert [bench.resolver.addresses_of(origin) for _ in range(3)] == [ONE] * 3
    bench.turn()
    assert bench.asked == ["h.test"] * 2
    assert bench.resolver.addresses_of(origin) == TWO


def test_a_ttl_of_none_is_for_ever_and_one_of_zero_for_one_connection() -> None:
    forever, never = Bench(lambda *_: ONE, ttl_s=None), Bench(lambda *_: ONE, ttl_s=0)
    forever.resolved(forever.origin())
    forever.now_ns = 10**18
    forever.resolver.addresses_of(forever.origin())
    never.resolved(never.origin())
    never.turn()

    assert forever.asked == ["h.test"]
    assert never.asked == ["h.test"] * 2


def test_old_addresses_serve_on_when_the_name_cannot_be_looked_up_again() -> None:
    outcomes: list[list[bytes] | OSError] = [ONE, socket.gaierror(socket.EAI_AGAIN, "planted"), TWO]

    def look_up(host: str, port: int) -> list[bytes]:
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    bench = Bench(look_up, ttl_s=60)
    origin = bench.origin()
    bench.resolved(origin)
    bench.now_ns = 60 * 10**9
    bench.resolver.addresses_of(origin)
    bench.turn()
    assert (bench.resolver.addresses_of(origin), origin.error) == (ONE, 0)
    assert len(bench.asked) == 2  # not with each connection
    bench.now_ns += 5 * 10**9
    bench.resolver.addresses_of(origin)
    bench.turn()
    assert bench.resolver.addresses_of(origin) == TWO


def test_addresses_that_are_written_as_such_never_grow_old() -> None:
    bench = Bench(lambda *_: ONE, ttl_s=0)

    assert bench.resolver.addresses_of(bench.origin("10.0.0.1")) == ONE
    assert bench.resolver.addresses_of(bench.origin("::1")) == [pack_address(socket.AF_INET6, ("::1", 80, 0, 0))]
    assert bench.asked == []


def test_hosts_stand_before_dns_and_before_addresses() -> None:
    bench = Bench(lambda *_: TWO, hosts={"h.test": "10.0.0.1", "*.w.test": "[::1]:81"}, ttl_s=0)

    assert bench.resolver.addresses_of(bench.origin()) == ONE
    assert bench.resolver.addresses_of(bench.origin("a.w.test")) == [pack_address(socket.AF_INET6, ("::1", 81, 0, 0))]
    assert bench.asked == []
    assert bench.resolved(bench.origin("other.test")) == TWO


def test_origins_that_exist_follow_hosts_that_are_configured_later() -> None:
    bench = Bench(lambda *_: TWO)
    origin = bench.origin()
    bench.resolver.configure({"h.test": "10.0.0.1"}, None)

    assert bench.origin() is origin
    assert bench.resolver.addresses_of(origin) == ONE
    with pytest.raises(ValueError, match="no address"):
        bench.resolver.configure({"h.test": "nowhere"})


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ([], 1104),
        (socket.gaierror(socket.EAI_NONAME, "planted"), 1101),
        (socket.gaierror(socket.EAI_NODATA, "planted"), 1104),
        (socket.gaierror(socket.EAI_ADDRFAMILY, "planted"), 1104),
        (socket.gaierror(socket.EAI_AGAIN, "planted"), 1103),
        (socket.gaierror(socket.EAI_FAIL, "planted"), 1103),
        (socket.gaierror(socket.EAI_MEMORY, "planted"), 1100),
        (OSError("planted"), 1100),
        (UnicodeError("planted"), 1100),
    ],
)
def test_failures_are_told_apart(outcome: list[bytes] | Exception, code: int) -> None:
    def look_up(host: str, port: int) -> list[bytes]:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    bench = Bench(look_up)
    origin = bench.origin()

    assert bench.resolved(origin) == []
    assert origin.error == code


@pytest.mark.parametrize(("took_ns", "code"), [(999_999_999, 1103), (1_000_000_000, 1102)])
def test_a_name_server_that_stays_silent_is_told_from_one_that_fails(
    took_ns: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The C library says EAI_AGAIN to both; its shortest time-out is a second."""

    def look_up(host: str, port: int) -> list[bytes]:
        raise socket.gaierror(socket.EAI_AGAIN, "planted")

    instants = iter([0, took_ns])
    monkeypatch.setattr(dns, "monotonic_ns", lambda: next(instants))
    bench = Bench(look_up)
    origin = bench.origin()
    bench.resolved(origin)

    assert origin.error == code


def test_a_fault_of_the_look_up_itself_is_not_swallowed() -> None:
    def look_up(host: str, port: int) -> list[bytes]:
        raise ZeroDivisionError

    bench = Bench(look_up)
    with pytest.raises(ZeroDivisionError):
        bench.resolved(bench.origin())


def test_a_name_that_hangs_delays_no_other() -> None:
    """Fifteen ports of one stalled name, and another is looked up at once (C10)."""
    may_answer = threading.Event()

    def look_up(host: str, port: int) -> list[bytes]:
        if host == "stalled.test":
            may_answer.wait(WAIT_S)
        return ONE

    bench = Bench(look_up)
    try:
        for port in range(1, 16):
            bench.resolver.resolve(bench.origin("stalled.test", port), lambda: None)
        assert bench.resolved(bench.origin("quick.test")) == ONE
        assert not may_answer.is_set()
    finally:
        may_answer.set()
    for _ in range(15):
        bench.turn()


def test_look_ups_past_the_threads_have_their_turn_later() -> None:
    may_answer = threading.Event()

    def look_up(host: str, port: int) -> list[bytes]:
        may_answer.wait(WAIT_S)
        return ONE

    bench = Bench(look_up)
    done: list[int] = []
    for port in range(1, 41):
        bench.resolver.resolve(bench.origin("h.test", port), lambda port=port: done.append(port))  # type: ignore[misc]
    assert threading.active_count() < 30
    may_answer.set()
    for _ in range(40):
        bench.turn()

    assert sorted(done) == list(range(1, 41))


def test_ten_thousand_origins_are_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "_MAX_ORIGINS", 3)
    bench = Bench(lambda *_: ONE)
    first = bench.origin("10.0.0.1")
    kept = [bench.origin(f"10.0.0.{n}") for n in (2, 3, 4)]

    assert bench.origin("10.0.0.4") is kept[2]
    assert bench.origin("10.0.0.2") is kept[0]
    assert bench.origin("10.0.0.1") is not first


def test_what_comes_after_the_close_is_dropped() -> None:
    may_answer = threading.Event()
    answered = threading.Event()

    def look_up(host: str, port: int) -> list[bytes]:
        may_answer.wait(WAIT_S)
        answered.set()
        return ONE

    bench = Bench(look_up)
    bench.resolver.resolve(bench.origin(), lambda: None)
    bench.resolver.close()
    may_answer.set()
    answered.wait(WAIT_S)
    for thread in threading.enumerate():
        if thread.name == "dns":
            thread.join(WAIT_S)

    with pytest.raises(queue.Empty):
        bench._posted.get_nowait()


def test_no_process_waits_for_a_resolver_that_hangs() -> None:
    script = (
        "import threading\n"
        "from ywstorm_core.net.dns import Resolver\n"
        "resolver = Resolver(print, look_up=lambda host, port: threading.Event().wait())\n"
        "resolver.resolve(resolver.origin('http', 'h.test', 80, 'h.test'), print)\n"
        "resolver.close()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=WAIT_S * 3)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_an_origin_knows_whether_it_is_behind_tls() -> None:
    bench = Bench(lambda *_: ONE)

    assert not bench.origin().is_tls
    assert bench.resolver.origin("https", "h.test", 443, "h.test").is_tls
    assert repr(bench.origin()) == "Origin(http://h.test)"
