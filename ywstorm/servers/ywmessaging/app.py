"""The server as a whole: routes and middlewares put together, and its life from the first line to the last."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from ywstorm.servers.ywmessaging import routes_auth, routes_conversations, routes_messages, routes_system
from ywstorm.servers.ywmessaging.config import TargetOptions
from ywstorm.servers.ywmessaging.middleware import MIDDLEWARES
from ywstorm.servers.ywmessaging.services import SERVICES, Services, open_services

__all__ = ["build", "listening", "serve"]

_BACKLOG = 4096
"""Connections that may wait to be accepted: a steep ramp brings them all at once."""
_SHUTDOWN_S = 2.0
"""How long requests under way may take once the server was told to stop."""


def build(services: Services) -> web.Application:
    """The application with every route; it does not close *services*."""
    app = web.Application(middlewares=MIDDLEWARES)
    app[SERVICES] = services
    for part in (routes_auth, routes_messages, routes_conversations, routes_system):
        app.add_routes(part.ROUTES)
    return app


@contextlib.asynccontextmanager
async def listening(options: TargetOptions) -> AsyncIterator[str]:
    """Serve for the length of the context; its value is the base URL, with the port that was taken."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ywstorm-target-"))
        services = open_services(options, options.db or Path(folder) / "ywmessaging.sqlite")
        stack.callback(services.close)
        runner = web.AppRunner(
            build(services),
            access_log=None,
            keepalive_timeout=options.keep_alive_s,
            shutdown_timeout=_SHUTDOWN_S,
        )
        await runner.setup()
        delivery = asyncio.create_task(services.outbox.run(), name="outbox")
        try:
            await web.TCPSite(runner, options.host, options.port, backlog=_BACKLOG).start()
            yield _base_url(options.host, runner.addresses[0][1])
        finally:
            delivery.cancel()
            await runner.cleanup()
            await asyncio.gather(delivery, return_exceptions=True)


async def serve(options: TargetOptions) -> None:
    """
    Serve until SIGTERM or SIGINT; says ``listening on URL`` on stdout when requests are accepted.

    Raises:
        OSError: the address cannot be bound.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with listening(options) as url:
        sys.stdout.write(f"listening on {url}\n")
        sys.stdout.flush()
        await stopped.wait()


def _base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/api" if ":" in host else f"http://{host}:{port}/api"
