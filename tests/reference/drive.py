"""
Scripts driven by the real engine, in this process: what a worker does, without the worker.

`play` runs iterations of virtual users by a closed plan, `run_hook` one coroutine as virtual user 0. Both check at
their end what must hold after every run: the accounts balance, nothing is in flight, no connection is open, and no
exception stayed inside the engine.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvloop

from tests.reference.peer import Act, Peer, answer
from ywstorm.units import NS_PER_S, parse_duration
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.driver import ClosedDriver, HookDriver
from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.numbering import Numbering
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.rules import Limits, RequestRules
from ywstorm_core.loop.scenario import Scenario
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.series import RequestSeries, Series, TimingSeries

__all__ = ["LOOPS", "Loop", "Observer", "Run", "play", "run_hook", "run_idiom", "to_the_end"]

Loop = Callable[[], asyncio.AbstractEventLoop]
Script = Callable[[VirtualUser], Coroutine[Any, Any, Any]]
LOOPS: dict[str, Loop] = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
_RULES = (
    "limits",
    "expected",
    "user_agent",
    "max_redirects",
    "keeps_body",
    "keeps_connections",
    "keeps_between",
    "keeps_cookies",
    "seed",
)
LONG_S = 20  # no case takes this long, unless something hangs


@dataclass
class Observer:
    """Keeps all it is told."""

    failed: list[Response] = field(default_factory=list)
    exceptions: list[BaseException] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    engine_errors: list[BaseException] = field(default_factory=list)

    def request_failed(self, response: Response, phase: str) -> None:
        """A request ended badly."""
        self.failed.append(response)

    def exception(self, error: BaseException) -> None:
        """An exception left the script; its traceback would keep the script's frames alive."""
        self.exceptions.append(error.with_traceback(None))

    def event(self, kind: str, text: str) -> None:
        """`vu.abort` or `vu.fail`."""
        self.events.append((kind, text))

    def unawaited(self, method: str, name: str) -> None:
        """Nobody asked for the answer of a request."""
        self.forgotten.append((method, name))

    def engine_failed(self, error: BaseException) -> None:
        """A bug of ours."""
        self.engine_errors.append(error)


class Run:
    """One engine with one scenario against one peer, and what is left of them. To the script, `vu.data` is the peer."""

    def __init__(self, peer: Peer, loop: asyncio.AbstractEventLoop, named: dict[str, Any]) -> None:
        self.peer = peer
        self.observer = Observer()
        self.engine = Engine(loop, self.observer)
        self.aggregate = Aggregate()
        limits = Limits(total=named.pop("timeout_ns", 60 * NS_PER_S), connect=30 * NS_PER_S, tls=10 * NS_PER_S)
        own_rules = {key: named.pop(key) for key in _RULES if key in named}
        if named.pop("shares_connections", False):
            own_rules["shared"] = self.engine.shared
        rules = RequestRules(**{"limits": limits, "parse_duration": parse_duration, **own_rules})
        usual: dict[str, Any] = {"name": "test", "base_url": peer.url, "rules": rules}
        self.scenario = Scenario(self.engine, self.aggregate, **{**usual, **named})
        self.scenario.data = peer
        self.started_ns = 0
        self.ended_ns = 0
        self.value: Any = None

    def series(self, metric: str, **tags: str) -> list[Series]:
        """Series of a metric that carry these tags; their figures are those of the whole run."""
        return [
            series
            for series in self.aggregate.series
            if series.metric == metric and all(series.tag(key) == value for key, value in tags.items())
        ]

    def requests(self, **tags: str) -> int:
        """Requests that were recorded with these tags."""
        return sum(series.count for series in self.series("http_req", **tags) if isinstance(series, RequestSeries))

    def timings(self) -> list[TimingSeries]:
        """All series of request parts."""
        return [series for series in self.series("http_req_timing") if isinstance(series, TimingSeries)]

    def check_the_end(self) -> None:
        """What holds after every run."""
        engine = self.engine
        assert self.observer.engine_errors == []
        assert engine.requests_in_flight == 0
        assert engine.connections_open == 0
        assert engine.requests_started == engine.requests_ok + engine.requests_failed + engine.requests_cut_off
        assert self.requests() == engine.requests_ok + engine.requests_failed
        assert self.requests(expected_response="false") == engine.requests_failed == len(self.observer.failed)
        assert len(self.peer.asked) <= engine.requests_sent <= engine.requests_started + engine.requests_resent
        assert self.scenario.vus == 0


async def to_the_end(run: Run, driver: Any, over: asyncio.Future[int], during: Any) -> Run:
    """Let *driver* start and run until it is over; in the middle, whatever *during* does. Nothing is left behind."""
    run.started_ns = monotonic_ns()
    try:
        driver.start(run.started_ns)
        if during is not None:
            await during(run, driver)
        run.ended_ns = await asyncio.shield(over)
    finally:
        if not over.done():
            driver.stop(True)
            await over
        run.engine.close()
    return run


def in_loop(main: Callable[[], Coroutine[Any, Any, Run]], loop: Loop) -> Run:
    """Run *main* on a fresh loop and check the end."""
    with asyncio.Runner(loop_factory=loop) as runner:
        run = runner.run(main())
    run.check_the_end()
    return run


def run_hook(
    script: Script,
    route: Any = None,
    *,
    loop: Loop = uvloop.new_event_loop,
    drivers: list[HookDriver] | None = None,
    **named: Any,
) -> Run:
    """
    Run *script* once, as virtual user 0.

    Args:
        drivers: Gets the driver, for scripts that call it.
        named: More arguments of the Scenario.

    Returns:
        The run; the script's value is its `value`. What the script raises is raised.
    """

    async def main() -> Run:
        async with Peer(route or answer()) as peer, asyncio.timeout(LONG_S):
            run = Run(peer, asyncio.get_running_loop(), named)
            driver = HookDriver(run.scenario)
            if drivers is not None:
                drivers.append(driver)
            try:
                run.value = await driver.run(script)
            finally:
                run.engine.close()
            return run

    return in_loop(main, loop)


def play(
    script: Script,
    route: Act | dict[str, Act] | None = None,
    *,
    vus: int = 1,
    iterations: int | None = 1,
    shared: int | None = None,
    events: list[tuple[float, int]] | None = None,
    duration_s: float = 10.0,
    graceful_stop_s: float = 5.0,
    ramp_down_s: float = 0.0,
    pace_s: float = 0.0,
    vu_base: int = 0,
    numbering: Numbering | None = None,
    during: Callable[[Run, ClosedDriver], Coroutine[Any, Any, None]] | None = None,
    loop: Loop = uvloop.new_event_loop,
    **named: Any,
) -> Run:
    """
    Run *script* as a closed scenario until its driver says that it is over.

    Args:
        events: (seconds, number) as a plan has them; by default all *vus* start at once and stop at the end.
        during: Runs beside it, to stop or look at the driver in the middle.
        named: More arguments of the Scenario.
    """
    if events is None:
        numbers = range(1, vus + 1)
        events = [*((0.0, number) for number in numbers), *((duration_s, -number) for number in numbers)]

    async def main() -> Run:
        async with Peer(route or answer()) as peer, asyncio.timeout(LONG_S):
            run = Run(peer, asyncio.get_running_loop(), {"function": script, **named})
            over = asyncio.get_running_loop().create_future()
            driver = ClosedDriver(
                run.scenario,
                events=[(round(at_s * 1e9), number) for at_s, number in events],
                duration_ns=round(duration_s * 1e9),
                vu_base=vu_base,
                graceful_stop_ns=round(graceful_stop_s * 1e9),
                graceful_ramp_down_ns=round(ramp_down_s * 1e9),
                iterations_per_vu=None if shared is not None else iterations,
                iterations_shared=shared,
                pace_ns=round(pace_s * 1e9),
                numbering=numbering,
                on_end=over.set_result,
            )
            return await to_the_end(run, driver, over, during)

    return in_loop(main, loop)


def run_idiom(idiom: Script, route: Act | Mapping[str, Act], debug: bool, loop: Loop) -> Any:
    """What *idiom* returns when a virtual user awaits it; it must leave the virtual user as it found it."""

    async def script(vu: VirtualUser) -> Any:
        asyncio.get_running_loop().set_debug(debug)
        value = await idiom(vu)
        assert asyncio.current_task() is vu
        assert vu.cancelling() == 0
        return value

    return run_hook(script, route, loop=loop).value
