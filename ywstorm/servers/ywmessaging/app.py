"""The server as a whole: routes and middlewares put together, and its life in one process."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from aiohttp import web

from ywstorm.servers.ywmessaging import routes_auth, routes_conversations, routes_messages, routes_system
from ywstorm.servers.ywmessaging.config import TargetOptions
from ywstorm.servers.ywmessaging.counts import endpoints_of
from ywstorm.servers.ywmessaging.databases import open_database
from ywstorm.servers.ywmessaging.middleware import MIDDLEWARES
from ywstorm.servers.ywmessaging.revocations import forget_all
from ywstorm.servers.ywmessaging.services import SERVICES, Services, open_services
from ywstorm.servers.ywmessaging.shared import Shared
from ywstorm.servers.ywmessaging.sockets import base_url, bind

__all__ = [
    "announce",
    "build",
    "database_url",
    "endpoints",
    "lifelines",
    "listening",
    "prepare_database",
    "serve",
    "serving",
    "when_told",
]

_SHUTDOWN_S = 2.0
"""How long requests under way may take once the server was told to stop."""


def build(services: Services) -> web.Application:
    """The application with every route; it does not close *services*."""
    app = _routes()
    app[SERVICES] = services
    services.counts.name(endpoints_of(app))
    return app


def endpoints() -> list[str]:
    """What can be counted, and what a fault can be about."""
    return endpoints_of(_routes())


def _routes() -> web.Application:
    app = web.Application(middlewares=MIDDLEWARES)
    for part in (routes_auth, routes_messages, routes_conversations, routes_system):
        app.add_routes(part.ROUTES)
    return app


@contextlib.contextmanager
def database_url(options: TargetOptions) -> Iterator[str]:
    """Where the database is: as the options say, else a file that is gone afterwards."""
    if options.db is not None:
        yield str(options.db)
        return
    with tempfile.TemporaryDirectory(prefix="ywstorm-target-") as folder:
        yield str(Path(folder) / "ywmessaging.sqlite")


async def prepare_database(url: str, timeout_s: float) -> None:
    """
    Make the tables and begin anew with what belongs to a server's life.

    Raises:
        DatabaseUnavailableError: it cannot be reached or written.
    """
    database = await open_database(url, 1, timeout_s)
    try:
        await database.create_tables()
        await database.write(forget_all)
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def listening(options: TargetOptions) -> AsyncIterator[str]:
    """Serve in this process for the length of the context; its value is the base URL, with the port that was taken."""
    with database_url(options) as url, bind(options.host, options.port) as [listener]:
        await prepare_database(url, options.pool_timeout_s)
        async with serving(options, Shared(), url, listener):
            yield base_url(listener)


@contextlib.asynccontextmanager
async def serving(
    options: TargetOptions, shared: Shared, url: str, listener: socket.socket, process: int = 0
) -> AsyncIterator[None]:
    """Be one of the processes that serve, on a socket that listens, for the length of the context."""
    services = await open_services(options, shared, url, process)
    runner = web.AppRunner(
        build(services), access_log=None, keepalive_timeout=options.keep_alive_s, shutdown_timeout=_SHUTDOWN_S
    )
    await runner.setup()
    delivery = asyncio.create_task(services.outbox.run(), name="outbox")
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        delivery.cancel()
        await runner.cleanup()
        await asyncio.gather(delivery, return_exceptions=True)
        await services.close()


async def serve(options: TargetOptions) -> None:
    """Serve in this process until it is told to stop; says so on stdout when requests are accepted."""
    stopped = asyncio.Event()
    when_told(stopped.set, *lifelines(options))
    async with listening(options) as url:
        announce(url)
        await stopped.wait()


def lifelines(options: TargetOptions) -> list[int]:
    """Descriptors that somebody outside holds open as long as the target is wanted."""
    return [sys.stdin.fileno()] if options.is_bound_to_stdin else []


def announce(url: str) -> None:
    """Tell whoever started us that requests are accepted."""
    sys.stdout.write(f"listening on {url}\n")
    sys.stdout.flush()


def when_told(stop: Callable[[], None], *pipes: int) -> None:
    """
    Call *stop* on SIGTERM, on SIGINT, and when one of *pipes* ends.

    Args:
        stop: May be called several times.
        pipes: Descriptors whose other ends somebody holds as long as we are wanted.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)

    def read(pipe: int) -> None:
        if not os.read(pipe, 1024):
            loop.remove_reader(pipe)
            stop()

    for pipe in pipes:
        loop.add_reader(pipe, read, pipe)
