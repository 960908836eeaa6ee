"""The address of a target: sockets that listen on it, one for each process."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from ywstorm.errors import OptionsError, Problem

__all__ = ["base_url", "bind"]

_BACKLOG = 4096
"""Connections that may wait to be accepted: a steep ramp brings them all at once."""


@contextlib.contextmanager
def bind(host: str, port: int, n: int = 1) -> Iterator[list[socket.socket]]:
    """
    Listen with *n* sockets on one address, for the length of the context; the kernel deals connections to them.

    Raises:
        OptionsError: the address cannot be listened on.
    """
    with contextlib.ExitStack() as stack:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            # Alone first: with SO_REUSEPORT the address of another target would be shared, not refused.
            alone = stack.enter_context(_listener(family, address, is_shared=False))
            if n == 1:
                listeners = [alone]
            else:
                address = alone.getsockname()
                alone.close()
                listeners = [stack.enter_context(_listener(family, address, is_shared=True)) for _ in range(n)]
        except OSError as error:
            hint = "choose another with --port, or 0 for a free one"
            raise OptionsError(
                [Problem("--port", f"cannot listen on {host}:{port}: {error.strerror}", hint)]
            ) from error
        yield listeners


def base_url(listener: socket.socket) -> str:
    """The URL under which the API is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/api" if ":" in host else f"http://{host}:{port}/api"


def _listener(family: int, address: Any, *, is_shared: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
