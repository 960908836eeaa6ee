"""A peer in a thread of its own, for clients that are other processes."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from tests.reference.peer import Peer

__all__ = ["served"]

_AnyPeer = TypeVar("_AnyPeer", bound=Peer)


@contextmanager
def served(peer: _AnyPeer) -> Iterator[_AnyPeer]:
    """Let *peer* serve until the end of the block; what it has counted may be read once its clients are gone."""
    ready = threading.Event()
    stopping: asyncio.Event
    loop: asyncio.AbstractEventLoop

    async def serve() -> None:
        nonlocal stopping, loop
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        async with peer:
            ready.set()
            await stopping.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="peer")
    thread.start()
    try:
        assert ready.wait(10), "the peer did not start"
        yield peer
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
