"""Ports where no server answers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["full_port"]


@contextmanager
def full_port() -> Iterator[int]:
    """A port whose queue is full: the kernel answers no further SYN, so connecting to it takes for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()
