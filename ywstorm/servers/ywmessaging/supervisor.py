"""
A target of several processes: they share a port, a database and what :mod:`shared` holds, and live and die together.

The processes are forks of this one, made before it has threads or a loop. One that dies ends them all, for its part of
the requests would be lost; when this one dies, by whatever, its end of a pipe closes, and they stop.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import Sequence
from multiprocessing.process import BaseProcess

import uvloop

from ywstorm.errors import YwstormError
from ywstorm.servers.ywmessaging.app import announce, database_url, lifelines, prepare_database, serving, when_told
from ywstorm.servers.ywmessaging.config import TargetOptions
from ywstorm.servers.ywmessaging.shared import Shared
from ywstorm.servers.ywmessaging.sockets import base_url, bind

__all__ = ["supervise"]

_STOP_TIMEOUT_S = 8.0


def supervise(options: TargetOptions) -> None:
    """
    Serve in several processes until told to stop; says so on stdout when all of them accept requests.

    Raises:
        OptionsError: the address cannot be listened on.
        DatabaseUnavailableError: the database cannot be used.
        YwstormError: one of the processes ended by itself.
    """
    with database_url(options) as url:
        asyncio.run(prepare_database(url, options.pool_timeout_s))
        _supervise(options, url)


def _supervise(options: TargetOptions, url: str) -> None:
    context = multiprocessing.get_context("fork")
    ready, tell_ready = os.pipe()
    lifeline, our_end = os.pipe()
    with bind(options.host, options.port, options.workers) as listeners:
        shared, where = Shared(options.workers), base_url(listeners[0])

        def serve(process: int) -> None:
            os.close(our_end)
            for other in listeners[:process] + listeners[process + 1 :]:
                other.close()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve_part(options, shared, url, listeners[process], process, tell_ready, lifeline))

        processes = [context.Process(target=serve, args=(process,)) for process in range(options.workers)]
        for process in processes:
            process.start()
    try:
        asyncio.run(_watch(processes, ready, where, *lifelines(options)))
    finally:
        os.close(our_end)
        _end(processes)


async def _serve_part(
    options: TargetOptions,
    shared: Shared,
    url: str,
    listener: socket.socket,
    process: int,
    tell_ready: int,
    lifeline: int,
) -> None:
    stopped = asyncio.Event()
    when_told(stopped.set, lifeline)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C reaches all: one decides
    async with serving(options, shared, url, listener, process):
        os.write(tell_ready, b".")
        await stopped.wait()


async def _watch(processes: Sequence[BaseProcess], ready: int, where: str, *lifelines: int) -> None:
    """Wait until told to stop, or until a process ends, which is an error."""
    stopped = asyncio.Event()
    when_told(stopped.set, *lifelines)
    loop = asyncio.get_running_loop()
    lost: list[BaseProcess] = []
    n_ready = 0

    def note_ready() -> None:
        nonlocal n_ready
        n_ready += len(os.read(ready, len(processes)))
        if n_ready == len(processes):
            loop.remove_reader(ready)
            announce(where)

    def note_lost(process: BaseProcess) -> None:
        lost.append(process)
        stopped.set()

    loop.add_reader(ready, note_ready)
    for process in processes:
        loop.add_reader(process.sentinel, note_lost, process)
    await stopped.wait()
    if lost:
        lost[0].join()
        raise YwstormError(f"process {lost[0].pid} of the target ended by itself with {lost[0].exitcode}")


def _end(processes: Sequence[BaseProcess]) -> None:
    """End what still runs: first politely, then surely."""
    for process in processes:
        if process.is_alive():
            process.terminate()
    for process in processes:
        process.join(_STOP_TIMEOUT_S)
        if process.exitcode is None:
            process.kill()
            process.join()
