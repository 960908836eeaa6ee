import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol, final, type_check_only

from ywstorm_core.loop.response import Response
from ywstorm_core.loop.timer import Timed
from ywstorm_core.net.dns import Resolver
from ywstorm_core.net.pool import Pool

__all__ = ["Engine", "Runnable"]

@type_check_only
class _Observer(Protocol):
    # Who is told what samples do not say. Called in the middle of the hot path: keep it short, and never raise.
    def request_failed(self, response: Response, phase: str, /) -> None: ...
    def exception(self, error: BaseException, /) -> None: ...
    def event(self, kind: str, text: str, /) -> None: ...
    def unawaited(self, method: str, name: str, /) -> None: ...
    def engine_failed(self, error: BaseException, /) -> None: ...

class Runnable(Timed):
    """Something that the engine runs from its top level: a virtual user."""

@final
class Engine:
    """
    Drives all virtual users of one process from one event loop.

    It makes an epoll set, a timerfd and a few threads for names when they are needed, and registers one reader with
    the loop. Counters are exact at any instant: started = ok + failed + cut off + in flight.

    Args:
        loop: A loop with `add_reader`: uvloop's, or asyncio's own.
        observer: Hears of exceptions out of scripts, failed requests, `vu.abort`, `vu.fail` and forgotten awaits.

    Raises:
        OSError: No descriptor is left.
    """

    on_exchange: Callable[[Any, str, bytes, bytes | None, Response | None, bytes], object] | None
    """
    Is told of every request of a virtual user that ends, each hop by itself, for debugging; None, as it is at first,
    costs nothing. It must not raise.

    Its arguments: the virtual user; URL, head and body of the request (None: there is none, or it came from an
    iterator); the Response, None if it was cut off; the field lines of the answer, b"" if nothing was answered.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, observer: _Observer) -> None: ...
    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def observer(self) -> _Observer: ...
    @property
    def resolver(self) -> Resolver:
        """Addresses of names, and the one `Origin` object of each server."""
    @property
    def context(self) -> Context:
        """The context of wake-ups by foreign futures; never that of a virtual user."""
    @property
    def shared(self) -> Pool:
        """Idle connections for virtual users that share them; empty as long as none does."""
    def configure_tls(
        self,
        *,
        is_needed: bool = False,
        insecure: bool = False,
        ca_file: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
    ) -> None:
        """
        Say how https is spoken from now on: see `ywstorm_core.net.tls.TlsClient`.

        The system's trusted certificates take some 40 ms to load: at once if *is_needed*, else with the first https
        request.

        Raises:
            OSError: A file cannot be read, or is not what it should be.
        """
    @property
    def requests_started(self) -> int:
        """Calls of `vu.get` and its like that were not refused with an exception."""
    @property
    def requests_sent(self) -> int:
        """Requests of which the kernel took at least one byte: what a server can have counted at most."""
    @property
    def requests_resent(self) -> int:
        """Requests that were sent once more, because the server had closed their connection while it idled."""
    @property
    def requests_ok(self) -> int: ...
    @property
    def requests_failed(self) -> int:
        """Requests with an unexpected status or without an answer."""
    @property
    def requests_cut_off(self) -> int:
        """Requests that were cancelled, or still open when their iteration ended."""
    @property
    def requests_in_flight(self) -> int: ...
    @property
    def connections_opened(self) -> int:
        """Connections tried so far, refused ones included."""
    @property
    def connections_open(self) -> int: ...
    @property
    def sleep_ns(self) -> int:
        """What all sleeps that have ended had asked for, summed up."""
    @property
    def sleep_late_ns(self) -> int:
        """By how much they ended late, summed up."""
    def call_at(self, deadline_ns: int, function: Callable[[int], Any]) -> None:
        """
        Call *function* with the present instant, from the loop, never early.

        Args:
            deadline_ns: On CLOCK_MONOTONIC; an instant that has passed means as soon as possible.
        """
    def on_readable(self) -> None:
        """Take events and run who is ready, for half a millisecond: the loop's callback, not for scripts."""
    def close(self) -> None:
        """Leave the loop and give the descriptors back. Virtual users that have not ended never go on."""
