"""
Names to addresses: a bounded cache and a few threads of its own, so that a slow resolver never stops the loop.

An `Origin` is what connections are reused by: one object per (scheme, host, port), so identity decides.
"""

import socket
import struct
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["Origin", "Resolver"]

_THREADS = 4
_MAX_ORIGINS = 10_000

_CODES = {
    socket.EAI_NONAME: 1101,
    socket.EAI_NODATA: 1104,
    socket.EAI_AGAIN: 1103,
    socket.EAI_FAIL: 1103,
}


class Origin:
    """
    One server: scheme, host, port and the socket addresses of its name.

    Attributes:
        host_header: Value of the Host header.
        addresses: Packed ``sockaddr`` bytes, IPv4 first; empty until resolved.
        error: ErrorCode of the last failed look-up, 0 if none.
    """

    __slots__ = ("addresses", "error", "host", "host_header", "is_resolving", "port", "scheme", "waiters")

    def __init__(self, scheme: str, host: str, port: int, host_header: str) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.host_header = host_header
        self.addresses: list[bytes] = []
        self.error = 0
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
    """

    def __init__(self, post: Callable[[Callable[[], None]], object]) -> None:
        self._post = post
        self._origins: dict[tuple[str, str, int], Origin] = {}
        self._threads: ThreadPoolExecutor | None = None
        self._is_closed = False

    def origin(self, scheme: str, host: str, port: int, host_header: str) -> Origin:
        """The one origin of these three; a numeric address is resolved on the spot."""
        key = (scheme, host, port)
        origin = self._origins.get(key)
        if origin is None:
            if len(self._origins) >= _MAX_ORIGINS:
                self._origins.pop(next(iter(self._origins)))
            origin = self._origins[key] = Origin(scheme, host, port, host_header)
            try:
                origin.addresses = look_up(host, port, socket.AI_NUMERICHOST)
            except socket.gaierror:
                origin.addresses = []  # a name: looked up by its first request
        return origin

    def resolve(self, origin: Origin, then: Callable[[], None]) -> None:
        """Look *origin* up and call *then* in the loop's thread; one look-up serves all who wait."""
        origin.waiters.append(then)
        if origin.is_resolving:
            return
        origin.is_resolving = True
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dns")
        future = self._threads.submit(look_up, origin.host, origin.port)
        future.add_done_callback(lambda done: self._hand_over(origin, done))

    def _hand_over(self, origin: Origin, done: Future[list[bytes]]) -> None:
        if not self._is_closed:  # else nobody waits, and the loop may be gone
            self._post(lambda: self._finish(origin, done))

    def _finish(self, origin: Origin, done: Future[list[bytes]]) -> None:
        origin.is_resolving = False
        error = done.exception()
        if error is None:
            origin.addresses, origin.error = done.result(), 0
            if not origin.addresses:
                origin.error = 1104
        elif isinstance(error, socket.gaierror):
            origin.error = _CODES.get(error.errno or 0, 1100)
        elif isinstance(error, (OSError, UnicodeError)):
            origin.error = 1100
        else:
            raise error
        waiters, origin.waiters = origin.waiters, []
        for then in waiters:
            then()

    def close(self) -> None:
        """End the threads without waiting for a look-up that hangs; its result is dropped."""
        self._is_closed = True
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
