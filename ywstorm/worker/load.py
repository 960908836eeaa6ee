"""From the master's configuration to scenarios and drivers: this worker's segment of the plan."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ywstorm.config import Options
from ywstorm.plan import ClosedPlan, OpenPlan, Segment, executor_from_dict
from ywstorm.script.model import Script
from ywstorm.script.share import Share
from ywstorm.wire import Configure, ScenarioSpec
from ywstorm.worker.client import configure, request_rules
from ywstorm_core.loop.driver import ClosedDriver
from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.numbering import Numbering
from ywstorm_core.loop.open_driver import OpenDriver
from ywstorm_core.loop.scenario import Scenario
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.stats.aggregate import Aggregate

if TYPE_CHECKING:
    from ywstorm.worker.session import SessionMaker

__all__ = ["Load", "share_of"]


def share_of(frame: Configure) -> Share:
    """Say which rows of unique feeders this worker hands out: those of its own VUs."""
    vus = sum(executor_from_dict(spec.executor).max_vus or 0 for spec in frame.scenarios)
    return Share(Segment(frame.index, frame.count), vus)


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
        self._rules = request_rules(engine, self._options)
        configure(engine, self._options)
        self._sessions: SessionMaker | None = None
        self._segment = Segment(frame.index, frame.count)
        self._executors = {spec.name: executor_from_dict(spec.executor) for spec in frame.scenarios}
        self._data: Any = None
        self.scenarios: dict[str, Scenario] = {}
        self._drivers: list[tuple[int, ClosedDriver | OpenDriver]] = []
        self._n_running = 0
        self._last_end_ns = 0
        for spec in frame.scenarios:
            self._add(spec)

    def _add(self, spec: ScenarioSpec) -> None:
        declared = self.script.scenarios[spec.name]
        executor = self._executors[spec.name]
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
        self._drivers.append((spec.start_time_ns, self._driver(scenario, plan, spec)))

    def _driver(self, scenario: Scenario, plan: ClosedPlan | OpenPlan, spec: ScenarioSpec) -> ClosedDriver | OpenDriver:
        n_vus = self._executors[spec.name].max_vus or 0
        numbering = Numbering(self._segment.numbers(n_vus, spec.vu_base), n_vus)
        if isinstance(plan, OpenPlan):
            return OpenDriver(
                scenario,
                blocks=plan.blocks(),
                vus=plan.vus,
                duration_ns=plan.duration_ns,
                vu_base=spec.vu_base,
                graceful_stop_ns=spec.graceful_stop_ns,
                on_end=self._on_end,
                numbering=numbering,
            )
        return ClosedDriver(
            scenario,
            events=plan.events,
            duration_ns=plan.duration_ns,
            vu_base=spec.vu_base,
            graceful_stop_ns=spec.graceful_stop_ns,
            graceful_ramp_down_ns=plan.graceful_ramp_down_ns,
            iterations_per_vu=plan.iterations_per_vu,
            iterations_shared=plan.iterations_shared,
            pace_ns=spec.pace_ns,
            on_end=self._on_end,
            numbering=numbering,
        )

    def _scenario(self, name: str, phase: str, **more: Any) -> Scenario:
        return Scenario(
            self._engine,
            self._aggregate,
            name=name,
            phase=phase,
            base_url=self._frame.base_url,
            rules=self._rules,
            scenarios=self._executors,
            sessions_of=self._sessions_of,
            **more,
        )

    def _sessions_of(self, vu: VirtualUser) -> Any:
        if self._sessions is None:
            from ywstorm.worker.session import SessionMaker  # aiohttp takes long to load, and few scripts need it

            self._sessions = SessionMaker(self._engine.resolver, self._frame.base_url, self._options)
        return self._sessions.sessions_of(vu)

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
