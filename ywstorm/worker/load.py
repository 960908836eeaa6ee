"""From the master's configuration to scenarios and drivers: this worker's segment of the plan."""

import os
from collections.abc import Callable
from typing import Any

from ywstorm.config import Options
from ywstorm.plan import Segment, executor_from_dict
from ywstorm.script.model import Script
from ywstorm.units import parse_duration
from ywstorm.wire import Configure, ScenarioSpec
from ywstorm_core.loop.driver import ClosedDriver
from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.scenario import Scenario
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["Load"]


class Load:
    """
    The scenarios of one worker, driven from a start instant to the last iteration's end.

    Args:
        frame: What the master wants.
        script: The same script that the master loaded.
        engine, aggregate: Where virtual users run and where their samples go.
        on_over: Called once with the end of the last iteration, in ns.
    """

    def __init__(
        self, frame: Configure, script: Script, engine: Engine, aggregate: Aggregate, on_over: Callable[[int], None]
    ) -> None:
        self.script = script
        self._frame = frame
        self._engine = engine
        self._aggregate = aggregate
        self._on_over = on_over
        self._options = Options(**frame.options)
        self._segment = Segment(frame.index, frame.count)
        self._data: Any = None
        self.scenarios: dict[str, Scenario] = {}
        self._drivers: list[tuple[int, ClosedDriver]] = []
        self._n_running = 0
        self._last_end_ns = 0
        for spec in frame.scenarios:
            self._add(spec)

    def _add(self, spec: ScenarioSpec) -> None:
        declared = self.script.scenarios[spec.name]
        executor = executor_from_dict(spec.executor)
        plan = executor.share(self._segment, spec.vu_base)
        scenario = self._scenario(
            spec.name,
            "main",
            tags={**self._frame.tags, **spec.tags},
            env={**os.environ, **self._frame.env, **spec.env},
            function=declared.function,
            on_start=declared.on_start,
            on_stop=declared.on_stop,
            stages=executor.stage_bounds(),
        )
        self.scenarios[spec.name] = scenario
        driver = ClosedDriver(
            scenario,
            events=plan.events,
            duration_ns=plan.duration_ns,
            vu_base=spec.vu_base,
            graceful_stop_ns=spec.graceful_stop_ns,
            graceful_ramp_down_ns=plan.graceful_ramp_down_ns,
            iterations_per_vu=plan.iterations_per_vu,
            iterations_shared=plan.iterations_shared,
            on_end=self._on_end,
        )
        self._drivers.append((spec.start_time_ns, driver))

    def _scenario(self, name: str, phase: str, **more: Any) -> Scenario:
        return Scenario(
            self._engine,
            self._aggregate,
            name=name,
            phase=phase,
            base_url=self._frame.base_url,
            timeout_ns=self._options.timeout_ns,
            keeps_body=not self._options.discard_bodies,
            user_agent=self._options.user_agent,
            parse_duration=parse_duration,
            **more,
        )

    def hook_scenario(self, phase: str) -> Scenario:
        """Make the scenario in which setup() or teardown() runs, as VU 0."""
        scenario = self._scenario(phase, phase, tags=dict(self._frame.tags), env={**os.environ, **self._frame.env})
        scenario.data = self._data
        return scenario

    def set_data(self, data: Any) -> None:
        """Give every VU what setup() returned."""
        self._data = data
        for scenario in self.scenarios.values():
            scenario.data = data

    def start(self, start_ns: int) -> None:
        """Follow the plan from *start_ns* on."""
        self._n_running = len(self._drivers)
        for start_time_ns, driver in self._drivers:
            driver.start(start_ns + start_time_ns)

    def stop(self, *, now: bool) -> None:
        """Start no new iteration; cut running ones off if *now*, else after their graceful_stop."""
        for _, driver in self._drivers:
            driver.stop(now)

    def has_started_all(self) -> bool:
        """Say whether every start of the plan lies behind."""
        return all(driver.has_started_all for _, driver in self._drivers)

    def _on_end(self, end_ns: int) -> None:
        self._last_end_ns = max(self._last_end_ns, end_ns)
        self._n_running -= 1
        if self._n_running == 0:
            self._on_over(self._last_end_ns)
