"""The API that the pages' examples talk to: it answers every path, with what they read."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from tests.reference.peer import Peer, Wire, answer

__all__ = ["running_shop"]

_SLOW_S = 0.1


async def _serve(wire: Wire) -> None:
    asked = wire.asked
    path = asked.target.partition("?")[0].removeprefix("/api")
    said = {"status": "ok", "id": 7, "name": "Ada", "items": [{"id": 1}, {"id": 2}], "headers": asked.headers}
    fields = {"Content_Type": "application/json"}
    status = 201 if asked.method == "POST" else 200
    match path:
        case "/missing":
            status = 404
        case "/redirect":
            status, fields["Location"] = 302, "/api/items"
        case "/login":
            fields["Set_Cookie"] = "session=abc; Path=/"
        case "/slow":
            await asyncio.sleep(_SLOW_S)
    await answer(json.dumps(said).encode(), status, **fields)(wire)


@contextmanager
def running_shop() -> Iterator[str]:
    """Serve it from a thread of this process; its root."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    peer = Peer(_serve)
    try:
        asyncio.run_coroutine_threadsafe(peer.__aenter__(), loop).result()
        yield peer.url
    finally:
        asyncio.run_coroutine_threadsafe(peer.__aexit__(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
