"""Windows to the master: one each full second of the run, and totals at its end."""

import gc
from collections.abc import Callable, Mapping

from ywstorm.units import NS_PER_S
from ywstorm.wire import Counts, Frame, ScenarioCounts, Totals, Window
from ywstorm.worker.health import HealthMonitor
from ywstorm.worker.observer import Observer
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.scenario import Scenario
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["Uplink"]


class Uplink:
    """
    Cuts windows and sends them.

    Args:
        engine: Whose counters are sent.
        aggregate: Whose series are sent.
        observer: Whose news are sent.
        send: Sends a frame to the master.
    """

    def __init__(self, engine: Engine, aggregate: Aggregate, observer: Observer, send: Callable[[Frame], None]) -> None:
        self._engine = engine
        self._aggregate = aggregate
        self._observer = observer
        self._send = send
        self._health = HealthMonitor(engine)
        self._scenarios: Mapping[str, Scenario] = {}
        self._has_started_all: Callable[[], bool] = bool
        self._seq = 0
        self._from_ns = monotonic_ns()
        self._next_ns = 0
        self._is_frozen = False

    def start(self, scenarios: Mapping[str, Scenario], has_started_all: Callable[[], bool], start_ns: int) -> None:
        """Report on *scenarios*: at the start instant, then at every full second after it."""
        self._scenarios = scenarios
        self._has_started_all = has_started_all
        self._next_ns = start_ns
        self._engine.call_at(start_ns, self._on_second)
        self._health.start(start_ns)

    def _on_second(self, now_ns: int) -> None:
        self.cut(now_ns)
        self._next_ns += NS_PER_S * (1 + (now_ns - self._next_ns) // NS_PER_S)
        self._engine.call_at(self._next_ns, self._on_second)
        if not self._is_frozen and self._has_started_all():
            self._is_frozen = True
            gc.collect()
            gc.freeze()  # the virtual users stay: no collection need look at them again

    def cut(self, now_ns: int) -> None:
        """Send what happened since the last window."""
        errors, exceptions = self._observer.news()
        self._send(
            Window(
                seq=self._seq,
                from_ns=self._from_ns,
                to_ns=now_ns,
                payload=self._aggregate.cut(),
                counts=self._counts(),
                health=self._health.read(),
                errors=errors,
                exceptions=exceptions,
            )
        )
        self._seq += 1
        self._from_ns = now_ns

    def finish(self) -> None:
        """Send the last window and the totals."""
        self.cut(monotonic_ns())
        self._send(Totals(self._aggregate.totals(), self._counts()))

    def _counts(self) -> Counts:
        engine = self._engine
        return Counts(
            scenarios={name: _counts_of(scenario) for name, scenario in self._scenarios.items()},
            requests_started=engine.requests_started,
            requests_sent=engine.requests_sent,
            requests_ok=engine.requests_ok,
            requests_failed=engine.requests_failed,
            requests_cut_off=engine.requests_cut_off,
            requests_in_flight=engine.requests_in_flight,
        )


def _counts_of(scenario: Scenario) -> ScenarioCounts:
    return ScenarioCounts(
        vus=scenario.vus,
        vus_max=scenario.vus_max,
        scheduled=scenario.vus_scheduled,
        started=scenario.vus_started,
        iterations_started=scenario.iterations_started,
        iterations=scenario.iterations,
        iteration_errors=scenario.iteration_errors,
        interrupted=scenario.interrupted,
        dropped=scenario.dropped,
    )
