from types import TracebackType
from typing import Self, final

__all__ = ["NullServer"]

@final
class NullServer:
    """
    An HTTP/1.1 server on one thread that gives every request the same JSON answer.

    Keep-alive, pipelining, HEAD and bodies with a Content-Length; other bodies get 411. `GET /__counts` is answered
    with {"requests": n, "connections": n} and not counted. It listens from its construction on.

    Args:
        port: 0 takes a free one.
        body_bytes: Size of the body, ≥ 0.
        delay_us: Microseconds between reading a request and answering it, ≥ 0.

    Raises:
        OSError: The address is taken, or no descriptor is free.
        ValueError: A negative size or delay.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, body_bytes: int = 100, delay_us: int = 0) -> None: ...
    @property
    def port(self) -> int: ...
    @property
    def requests(self) -> int:
        """Requests read, those for /__counts left out."""
    @property
    def connections(self) -> int:
        """Connections that carried at least one of them."""
    def run(self, stops_on_signals: bool = False) -> None:
        """
        Serve until stop(), without the GIL while waiting.

        Args:
            stops_on_signals: SIGINT and SIGTERM stop it too; they are blocked for the calling thread meanwhile.

        Raises:
            OSError: accept(2) failed, most likely for want of descriptors.
        """
    def stop(self) -> None:
        """End run(), or the next one at once. May be called from any thread."""
    def close(self) -> None:
        """Close all connections and the listener. Not while run() is running."""
    def counts(self) -> bytes:
        """The whole answer to GET /__counts."""
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
