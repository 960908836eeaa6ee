"""
Names to addresses: a bounded cache and a few threads of its own, so that a slow resolver never stops the loop.

An `Origin` is what connections are reused by: one object per (scheme, host, port), so identity decides. Its addresses
grow old: the first new connection after that has them looked up again, and does not wait, for the old ones serve until
the new ones have come.

Everything but the look-up itself happens in the loop's thread.
"""

import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping

from ywstorm_core.clock import monotonic_ns
from ywstorm_core.net.hosts import HostTable

__all__ = ["Origin", "Resolver", "look_up", "pack_address"]

_THREADS = 16  # one name that hangs holds up one of them for each of its ports
_MAX_ORIGINS = 10_000
_NEVER_NS = 2**63 - 1
_RETRY_NS = 5_000_000_000  # after a look-up that failed while old addresses serve
_PATIENCE_NS = 1_000_000_000  # the shortest time-out that resolv.conf can name

_UNKNOWN, _NXDOMAIN, _TIMEOUT, _SERVFAIL, _NO_ADDRESS = range(1100, 1105)
_CODES = {
    socket.EAI_NONAME: _NXDOMAIN,
    socket.EAI_NODATA: _NO_ADDRESS,
    socket.EAI_ADDRFAMILY: _NO_ADDRESS,
    socket.EAI_AGAIN: _SERVFAIL,
    socket.EAI_FAIL: _SERVFAIL,
}


class Origin:
    """
    One server: scheme, host, port and the socket addresses of its name.

    Attributes:
        host_header: Value of the Host header.
        is_tls: The scheme is https.
        addresses: Packed ``sockaddr`` bytes, IPv4 first; empty until resolved. For a new connection, ask
            `Resolver.addresses_of`.
        error: ErrorCode of the last look-up if it failed and there are no addresses, else 0.
        expires_ns: Instant from which the addresses are old.
    """

    __slots__ = (
        "addresses",
        "error",
        "expires_ns",
        "host",
        "host_header",
        "is_resolving",
        "is_tls",
        "port",
        "scheme",
        "waiters",
    )

    def __init__(self, scheme: str, host: str, port: int, host_header: str) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.host_header = host_header
        self.is_tls = scheme == "https"
        self.addresses: list[bytes] = []
        self.error = 0
        self.expires_ns = _NEVER_NS
        self.is_resolving = False
        self.waiters: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"Origin({self.scheme}://{self.host_header})"


def pack_address(family: int, address: tuple[object, ...]) -> bytes:
    """The kernel's ``struct sockaddr_in`` or ``sockaddr_in6`` for one result of getaddrinfo."""
    host, port = str(address[0]), int(str(address[1]))
    head = struct.pack("=H", family) + struct.pack(">H", port)
    if family == socket.AF_INET:
        return head + socket.inet_pton(family, host) + bytes(8)
    scope = int(str(address[3])) if len(address) > 3 else 0
    return head + struct.pack(">I", 0) + socket.inet_pton(family, host.partition("%")[0]) + struct.pack("=I", scope)


def look_up(host: str, port: int, flags: int = 0) -> list[bytes]:
    """Addresses of *host*, IPv4 before the others. Raises `socket.gaierror`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    wanted = [(family, address) for family, _, _, _, address in found if family in (socket.AF_INET, socket.AF_INET6)]
    wanted.sort(key=lambda pair: pair[0] != socket.AF_INET)
    return list(dict.fromkeys(pack_address(family, address) for family, address in wanted))


class Resolver:
    """
    The origins of one engine.

    Args:
        post: Runs a callable in the loop's thread (``loop.call_soon_threadsafe``).
        hosts: Addresses of names, past DNS: see `HostTable`.
        ttl_s: Seconds until addresses are old; None: never.
        look_up: Asks DNS: (host, port) to packed addresses; runs in threads of its own.
        now_ns: The clock by which addresses grow old.

    Raises:
        ValueError: An entry of *hosts* that cannot be read.
    """

    def __init__(
        self,
        post: Callable[[Callable[[], None]], object],
        *,
        hosts: Mapping[str, str] | None = None,
        ttl_s: float | None = 300,
        look_up: Callable[[str, int], list[bytes]] = look_up,
        now_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._post = post
        self._ask = look_up
        self._now_ns = now_ns
        self._origins: dict[tuple[str, str, int], Origin] = {}
        self._backlog: deque[Origin] = deque()
        self._n_running = 0
        self._is_closed = False
        self._closing = threading.Lock()
        self.configure(hosts, ttl_s)

    def configure(self, hosts: Mapping[str, str] | None = None, ttl_s: float | None = 300) -> None:
        """
        Take up what the options of a run say; origins that exist already follow *hosts* too.

        Raises:
            ValueError: An entry of *hosts* that cannot be read.
        """
        self._hosts = HostTable(hosts)
        self._ttl_ns = None if ttl_s is None else round(ttl_s * 1e9)
        for origin in self._origins.values():
            self._set_known(origin)

    def origin(self, scheme: str, host: str, port: int, host_header: str) -> Origin:
        """The one origin of these three; an address, and a name with an address of its own, is resolved on the spot."""
        key = (scheme, host, port)
        origin = self._origins.get(key)
        if origin is None:
            if len(self._origins) >= _MAX_ORIGINS:
                self._origins.pop(next(iter(self._origins)))
            origin = self._origins[key] = Origin(scheme, host, port, host_header)
            self._set_known(origin)
        return origin

    def _set_known(self, origin: Origin) -> None:
        """Give it the addresses that need no look-up."""
        known = self._hosts.address_of(origin.host, origin.port)
        if known is not None:
            family, *address = known
            origin.addresses = [pack_address(family, tuple(address))]
        else:
            try:
                origin.addresses = look_up(origin.host, origin.port, socket.AI_NUMERICHOST)
            except (socket.gaierror, UnicodeError):
                origin.addresses = []  # a name: looked up by its first request
        origin.expires_ns = _NEVER_NS

    def addresses_of(self, origin: Origin) -> list[bytes]:
        """
        The addresses for a new connection; none: `resolve` it first.

        Old ones are looked up again behind the caller's back, and serve meanwhile.
        """
        if origin.expires_ns != _NEVER_NS and not origin.is_resolving and origin.expires_ns <= self._now_ns():
            self._begin(origin)
        return origin.addresses

    def resolve(self, origin: Origin, then: Callable[[], None]) -> None:
        """Look *origin* up and call *then* in the loop's thread; one look-up serves all who wait."""
        origin.waiters.append(then)
        if not origin.is_resolving:
            self._begin(origin)

    def _begin(self, origin: Origin) -> None:
        origin.is_resolving = True
        if self._n_running == _THREADS:
            self._backlog.append(origin)
            return
        self._n_running += 1
        # A daemon: no process has to wait for a resolver that hangs.
        threading.Thread(target=self._look_up, args=(origin,), name="dns", daemon=True).start()

    def _look_up(self, origin: Origin) -> None:
        """In a thread of its own."""
        began_ns = monotonic_ns()
        outcome: list[bytes] | Exception
        try:
            outcome = self._ask(origin.host, origin.port)
        except Exception as error:
            outcome = error
        took_ns = monotonic_ns() - began_ns
        with self._closing:
            if not self._is_closed:  # else nobody waits, and the loop may be gone
                self._post(lambda: self._finish(origin, outcome, took_ns))

    def _finish(self, origin: Origin, outcome: list[bytes] | Exception, took_ns: int) -> None:
        self._n_running -= 1
        if self._backlog:
            self._begin(self._backlog.popleft())
        origin.is_resolving = False
        if isinstance(outcome, list) and outcome:
            origin.addresses, origin.error = outcome, 0
            origin.expires_ns = _NEVER_NS if self._ttl_ns is None else self._now_ns() + self._ttl_ns
        elif origin.addresses:
            origin.expires_ns = self._now_ns() + _RETRY_NS
        else:
            origin.error = _code_of(outcome, took_ns)
        waiters, origin.waiters = origin.waiters, []
        for then in waiters:
            then()

    def close(self) -> None:
        """Let look-ups that still run end in vain; nobody waits for them."""
        with self._closing:
            self._is_closed = True
        self._backlog.clear()


def _code_of(outcome: list[bytes] | Exception, took_ns: int) -> int:
    """
    ErrorCode of a look-up that found nothing.

    The C library has one word for a name server that failed and for one that stayed silent; what tells them apart is
    how long it took to say so.
    """
    if isinstance(outcome, list):
        return _NO_ADDRESS
    if isinstance(outcome, socket.gaierror):
        if outcome.errno == socket.EAI_AGAIN and took_ns >= _PATIENCE_NS:
            return _TIMEOUT
        return _CODES.get(outcome.errno or 0, _UNKNOWN)
    if isinstance(outcome, (OSError, UnicodeError)):
        return _UNKNOWN
    raise outcome
