"""
The worker's side of the conversation with the master.

Frames come in as callbacks and each is answered by one method; `_TOLD` below is the whole list. What a frame makes the
worker do lives elsewhere: `load` builds scenarios and drivers, `hooks` runs setup and teardown, `uplink` reports.
"""

import asyncio
import gc
import logging
import os
import socket
import traceback
from typing import Any, cast

import orjson

from ywstorm.errors import OptionsError, ScriptError
from ywstorm.script.loader import load_script
from ywstorm.wire import (
    Configure,
    Data,
    Decoder,
    Ended,
    Failed,
    Finish,
    Frame,
    Ready,
    RunSetup,
    RunTeardown,
    SetupDone,
    Start,
    Stop,
    TeardownDone,
    encode,
)
from ywstorm.worker.hooks import run_hook
from ywstorm.worker.load import Load, share_of
from ywstorm.worker.observer import Observer
from ywstorm.worker.uplink import Uplink
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.engine import Engine
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["Worker"]

_LOG_LEVELS = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}


class Worker(asyncio.Protocol):
    """
    One worker process, from the first frame to the last.

    Args:
        link: The connected socket to the master.
    """

    def __init__(self, link: socket.socket) -> None:
        self._socket = link
        self._decoder = Decoder()
        self._aggregate = Aggregate()
        self._tasks: set[asyncio.Task[None]] = set()
        self._load: Load | None = None
        self._is_finished = False
        self._transport: asyncio.WriteTransport
        self._over: asyncio.Future[int]

    async def serve(self) -> int:
        """Do what the master says until it says Finish or is gone; returns the exit status."""
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        self._observer = Observer(self._send)
        self._engine = Engine(loop, self._observer)
        self._uplink = Uplink(self._engine, self._aggregate, self._observer, self._send)
        await loop.create_unix_connection(lambda: self, sock=self._socket)
        status = await self._over
        self._engine.close()
        return status

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            self._take(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (a broken link is a closed one)
        if self._is_finished:
            self._over.set_result(0)
            return
        os._exit(1)  # without a master no load; a coroutine of the script must not delay it

    def _send(self, frame: Frame) -> None:
        if not self._transport.is_closing():
            self._transport.write(encode(frame))

    # What the master says

    def _take(self, frame: Frame) -> None:
        answer = _TOLD.get(type(frame))
        if answer is None:
            raise TypeError(f"a worker is never told {type(frame).__name__}")
        answer(self, frame)

    def _configure(self, frame: Configure) -> None:
        logging.basicConfig(level=_LOG_LEVELS[frame.verbosity])
        try:
            script = load_script(frame.script, frame.env, share_of(frame))
            self._load = Load(frame, script, self._engine, self._aggregate, self._on_load_over)
        except (OptionsError, ScriptError) as error:
            self._send(Failed(error.exit_code, str(error), getattr(error, "traceback", "")))
        except Exception as error:  # ours, for the loader names every mistake of the user's
            self._send(Failed(1, f"{type(error).__name__}: {error}", traceback.format_exc()))
        else:
            gc.collect()
            gc.freeze()  # what the imports made stays for good: no collection need look at it again
            self._send(Ready(os.getpid()))

    def _run_setup(self, frame: RunSetup) -> None:
        self._spawn(self._set_up(frame.timeout_ns))

    async def _set_up(self, timeout_ns: int) -> None:
        load = self._configured()
        outcome, value, text = await run_hook(load.hook_scenario("setup"), load.script.setup, timeout_ns)
        body = None
        if outcome == "ok":
            try:
                body = orjson.dumps(value)
            except TypeError as error:
                outcome, text = "exception", f"setup() returned what JSON cannot hold: {error}"
        self._send(SetupDone(body, outcome, text))

    def _take_data(self, frame: Data) -> None:
        self._configured().set_data(None if frame.body is None else orjson.loads(frame.body))

    def _start(self, frame: Start) -> None:
        load = self._configured()
        self._uplink.start(load.scenarios, load.has_started_all, frame.start_ns)
        load.start(frame.start_ns)

    def _stop(self, frame: Stop) -> None:
        self._configured().stop(now=frame.how == "now")

    def _on_load_over(self, end_ns: int) -> None:
        self._uplink.cut(monotonic_ns())
        self._send(Ended(end_ns, ""))

    def _run_teardown(self, frame: RunTeardown) -> None:
        self._spawn(self._tear_down(frame.timeout_ns))

    async def _tear_down(self, timeout_ns: int) -> None:
        load = self._configured()
        outcome, _, text = await run_hook(load.hook_scenario("teardown"), load.script.teardown, timeout_ns)
        self._send(TeardownDone(outcome, text))

    def _finish(self, _frame: Finish) -> None:
        self._uplink.finish()
        self._is_finished = True
        self._transport.close()  # once all is written, connection_lost ends this process

    # Helpers

    def _configured(self) -> Load:
        if self._load is None:
            raise RuntimeError("the master spoke of the run before it configured this worker")
        return self._load

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._send(Failed(1, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))))


_TOLD: dict[type[Frame], Any] = {
    Configure: Worker._configure,  # noqa: SLF001 (this table is part of the class)
    RunSetup: Worker._run_setup,  # noqa: SLF001
    Data: Worker._take_data,  # noqa: SLF001
    Start: Worker._start,  # noqa: SLF001
    Stop: Worker._stop,  # noqa: SLF001
    RunTeardown: Worker._run_teardown,  # noqa: SLF001
    Finish: Worker._finish,  # noqa: SLF001
}
