"""
The phases of one run, and what turns it from its planned course.

    starting → setup → running → stopping → teardown → done

Frames, ends of workers and signals come in as callbacks, change the state and wake whoever waits; the phases themselves
are one coroutine that reads from top to bottom. What a stop means, and when patience ends, is decided here and nowhere
else:

    1st signal     no new iteration, running ones have their graceful_stop; teardown
    2nd signal     everything is cut off now; no teardown
    3rd signal     workers are killed
    vu.abort       everything is cut off now; teardown
    threshold      likewise, if it says abort_on_fail and is broken
    worker lost    likewise
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ywstorm.errors import InternalError, WorkerLost
from ywstorm.master.brief import configuration, start_error
from ywstorm.master.collect import Collector
from ywstorm.master.fleet import Fleet
from ywstorm.master.output import max_lines_per_s
from ywstorm.master.process import WORKER_COMMAND
from ywstorm.master.watch import broken
from ywstorm.metrics.facts import End, EndReason
from ywstorm.metrics.snapshot import RunPhase
from ywstorm.script.run_plan import RunPlan
from ywstorm.units import NS_PER_S
from ywstorm.wire import (
    Data,
    Ended,
    Event,
    ExceptionNews,
    Failed,
    Finish,
    Frame,
    HookOutcome,
    Ready,
    RunSetup,
    RunTeardown,
    SetupDone,
    Start,
    Stop,
    TeardownDone,
    Totals,
    Window,
)

if TYPE_CHECKING:
    from ywstorm.metrics.aborts import Abort

__all__ = ["Conductor"]

_START_DELAY_NS = 50_000_000  # for Start to reach every worker, and for each to make its VUs ready
_SHOW_DELAY_NS = 100_000_000  # for windows to arrive after the full second at which they were cut
_LATE_NS = 30 * NS_PER_S  # a worker that has not ended so long after it had to is killed
_PATIENCE_NS = 5 * NS_PER_S  # to cut everything off, or to send totals and exit
_IMPATIENCE_NS = NS_PER_S  # the same after a second signal

_HOOK_REASONS: dict[HookOutcome, EndReason] = {
    "exception": EndReason.SCRIPT_ERROR,
    "aborted": EndReason.ABORTED,
    "failed": EndReason.FAILED,
}


class Conductor:
    """
    Leads one run from the first worker's start to the last one's exit.

    Args:
        plan: What to run.
        on_change: Called with the conductor whenever the phase changes, and once a second in between.
        on_output: Gets (worker, line) of what workers print, and warnings.
        read_target: Asks the target what it counted, after teardown; called in a thread.
        command: What each worker runs.

    Afterwards `collector`, `ends`, `abort`, `was_stopped` and `target` hold everything that is known.
    """

    def __init__(
        self,
        plan: RunPlan,
        on_change: Callable[["Conductor"], None],
        on_output: Callable[[int, str], None],
        read_target: Callable[[], Mapping[str, Any] | None] | None = None,
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self.collector = Collector(plan.closed_vus, plan.open_scenarios)
        self.phase = RunPhase.STARTING
        self.ends: list[End] = []
        self.abort: Abort | None = None
        self.was_stopped = False
        self.target: Mapping[str, Any] | None = None
        self.on_output = on_output
        self._plan = plan
        self._on_change = on_change
        self._read_target = read_target
        self._command = command
        self._fleet: Fleet
        self._news = asyncio.Event()
        self._failure: BaseException | None = None
        self._deadline_ns: int | None = None
        self._ready: set[int] = set()
        self._gone: set[int] = set()
        self._setup: SetupDone | None = None
        self._teardown: TeardownDone | None = None
        self._warnings: set[str] = set()
        self._n_signals = 0
        self._is_finishing = False
        self._shown_ns = 0

    async def perform(self) -> None:
        """
        Run the plan.

        Raises:
            OptionsError, ScriptError, WorkerLost, InternalError: A worker failed before any load was sent, or ywstorm
                itself did.
        """
        with self._signals():
            lines = max_lines_per_s(has_debug=self._plan.options.http_debug is not None)
            async with Fleet(self._plan.workers, self, self._command, max_lines_per_s=lines) as self._fleet:
                await self._begin()
                if await self._set_up():
                    await self._load()
                    await self._tear_down()
                await self._finish()
            if self._read_target is not None:
                self.target = await asyncio.to_thread(self._read_target)
        self._enter(RunPhase.DONE)

    # Phases

    async def _begin(self) -> None:
        self._enter(RunPhase.STARTING)
        for worker in self._fleet.workers:
            self.collector.add_worker(worker.index, worker.pid)
            worker.send(configuration(self._plan, worker.index))
        await self._until(lambda: len(self._ready) == self._plan.workers or self.was_stopped)

    async def _set_up(self) -> bool:
        """Run setup() on worker 0 and hand its value to all; say whether the load may begin."""
        if self.was_stopped:
            return False
        body = None
        if self._plan.script.setup is not None and self._plan.run_setup:
            self._enter(RunPhase.SETUP)
            timeout_ns = self._plan.options.setup_timeout_ns
            self._fleet.send(RunSetup(timeout_ns), to=[0])
            self._deadline_ns = time.monotonic_ns() + timeout_ns + _LATE_NS
            await self._until(lambda: self._setup is not None or self.was_stopped)
            if self._setup is None or self.was_stopped:
                return False
            if self._setup.outcome != "ok":
                self._add_hook_end("setup", self._setup.outcome, self._setup.text)
                return False
            body = self._setup.data
        self._fleet.send(Data(body))
        return True

    async def _load(self) -> None:
        """Name the start instant and wait until the last iteration has ended."""
        plan = self._plan
        start_ns = self.collector.start_ns = time.monotonic_ns() + _START_DELAY_NS
        self._fleet.send(Start(start_ns))
        self._enter(RunPhase.RUNNING)
        last_end_ns = max(
            scenario.start_time_ns + scenario.executor.duration_ns + scenario.graceful_stop_ns
            for scenario in plan.scenarios
        )
        self._deadline_ns = start_ns + last_end_ns + plan.options.timeout_ns + _LATE_NS
        await self._until(self._is_load_over)
        self.collector.finish()

    async def _tear_down(self) -> None:
        if self._plan.script.teardown is None or not self._plan.run_teardown or self._n_signals > 1:
            return
        living = [worker.index for worker in self._fleet.workers if worker.index not in self._gone]
        if not living:
            return
        self._enter(RunPhase.TEARDOWN)
        timeout_ns = self._plan.options.teardown_timeout_ns
        self._fleet.send(RunTeardown(timeout_ns), to=living[:1])
        self._deadline_ns = time.monotonic_ns() + timeout_ns + _LATE_NS
        await self._until(lambda: self._teardown is not None or living[0] in self._gone or self._n_signals > 1)
        if self._teardown is not None and self._teardown.outcome != "ok":
            self._add_hook_end("teardown", self._teardown.outcome, self._teardown.text)

    async def _finish(self) -> None:
        """Let every worker say its last word and go."""
        self._is_finishing = True
        self._fleet.send(Finish())
        self._deadline_ns = time.monotonic_ns() + self._patience_ns()
        await self._until(lambda: len(self._gone) == len(self._fleet.workers))

    # What happens meanwhile

    def on_frame(self, index: int, frame: Frame) -> None:
        """A worker said something."""
        with self._noticing():
            self._take(index, frame)

    def on_gone(self, index: int, how: str) -> None:
        """A worker is no more."""
        with self._noticing():
            self._gone.add(index)
            record = self.collector.records[index]
            if record.has_totals and how == "exited with status 0":
                return
            record.state = how
            is_moot = self._n_signals > 1 or (self.was_stopped and self.collector.start_ns is None)
            if record.has_totals or is_moot:
                return
            text = f"worker {index} (pid {record.pid}) {how}"
            if index not in self._ready:
                self._fail(WorkerLost(f"{text} before it was ready", "its output above says why"))
            self._end(EndReason.WORKER_LOST, text, stops="now")

    def on_signal(self, number: signal.Signals) -> None:
        """Somebody wants the run to end."""
        with self._noticing():
            self._n_signals += 1
            if self._n_signals == 1:
                # Before the load there is nothing to be graceful to; teardown may come to its end.
                how: Literal["graceful", "now"] = "graceful" if self.phase is RunPhase.RUNNING else "now"
                self._end(EndReason.INTERRUPTED, number.name, stops=None if self.phase is RunPhase.TEARDOWN else how)
            elif self._n_signals == 2:
                self._stop("now", number.name)
            else:
                self._fleet.kill(range(len(self._fleet.workers)), "was killed by the third signal")

    def _take(self, index: int, frame: Frame) -> None:
        match frame:
            case Window():
                self.collector.on_window(index, frame)
            case Ready():
                self._ready.add(index)
            case SetupDone():
                self._setup = frame
            case Ended(end_ns=end_ns):
                self.collector.records[index].end_ns = end_ns
            case Event(kind="abort", text=text):
                self._end(EndReason.ABORTED, text, stops="now")
            case Event(kind="fail", text=text):
                self._end(EndReason.FAILED, text, stops=None)
            case Event(text=text):
                self._warn(index, text)
            case TeardownDone():
                self._teardown = frame
            case Totals():
                self.collector.on_totals(index, frame)
            case Failed():
                self._on_failed(index, frame)
            case _:
                raise InternalError(f"worker {index} sent a {type(frame).__name__} frame, which only the master may")

    def _on_failed(self, index: int, failed: Failed) -> None:
        if index not in self._ready:
            self._fail(start_error(failed))
        self.collector.add_exceptions([ExceptionNews(failed.message, failed.traceback, 1)])
        self._end(EndReason.INTERNAL, f"worker {index}: {failed.message}", stops="now")

    def _warn(self, index: int, text: str) -> None:
        """Show a warning once, however many workers give it."""
        if text not in self._warnings:
            self._warnings.add(text)
            self.on_output(index, f"warning: {text}")

    # How the course is changed

    def _end(self, reason: EndReason, text: str, stops: Literal["graceful", "now"] | None) -> None:
        """Note why the run does not end as planned, the first time for each reason (losses: each), and stop it."""
        if reason is EndReason.WORKER_LOST or all(end.reason is not reason for end in self.ends):
            self.ends.append(End(reason, text))
        if stops is not None:
            self._stop(stops, text)

    def _stop(self, how: Literal["graceful", "now"], reason: str) -> None:
        self.was_stopped = True
        if self._is_finishing:
            if self._n_signals > 1:
                self._deadline_ns = time.monotonic_ns() + _IMPATIENCE_NS
        elif self.phase in (RunPhase.RUNNING, RunPhase.STOPPING):
            self._fleet.send(Stop(how, reason))
            patience_ns = self._patience_ns()
            if how == "graceful":
                patience_ns = max(scenario.graceful_stop_ns for scenario in self._plan.scenarios) + _LATE_NS
            self._deadline_ns = time.monotonic_ns() + patience_ns
            if self.phase is RunPhase.RUNNING:
                self._enter(RunPhase.STOPPING)

    def _patience_ns(self) -> int:
        return _IMPATIENCE_NS if self._n_signals > 1 else _PATIENCE_NS

    def _add_hook_end(self, hook: str, outcome: HookOutcome, text: str) -> None:
        """Note that setup() or teardown() did not come to a good end."""
        if outcome == "timeout":
            reason = EndReason.SETUP_TIMEOUT if hook == "setup" else EndReason.TEARDOWN_TIMEOUT
            self._end(reason, text, stops=None)
            return
        if outcome == "exception":
            kind = text.strip().rpartition("\n")[2]
            self.collector.add_exceptions([ExceptionNews(kind, text, 1)])
            text = f"{kind} in {hook}()"
        self._end(_HOOK_REASONS[outcome], text, stops=None)

    def _fail(self, error: BaseException) -> None:
        """Remember why the run cannot go on at all; whoever waits raises it."""
        self._failure = self._failure or error

    # Waiting

    async def _until(self, is_done: Callable[[], bool]) -> None:
        """Wait for a state; at the deadline, end those that kept us waiting."""
        while not is_done():
            if self._failure is not None:
                raise self._failure
            if self._deadline_ns is not None and time.monotonic_ns() >= self._deadline_ns:
                self._deadline_ns = None
                self._kill_late()
            await self._next_news()
        self._deadline_ns = None
        if self._failure is not None:
            raise self._failure

    async def _next_news(self) -> None:
        """Wait for a callback, the deadline, or the time to show how the run stands."""
        now_ns = time.monotonic_ns()
        show_ns = self._shown_ns + NS_PER_S
        wake_ns = show_ns if self._deadline_ns is None else min(show_ns, self._deadline_ns)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(wake_ns - now_ns, 0) / NS_PER_S):
                await self._news.wait()
        self._news.clear()
        if time.monotonic_ns() >= show_ns:
            self._show()
            self._heed_thresholds()

    def _show(self) -> None:
        """Tell how the run stands, and remember when: in step with the seconds of the load."""
        now_ns = time.monotonic_ns()
        first_ns = (self.collector.start_ns or now_ns) + _SHOW_DELAY_NS
        self._shown_ns = now_ns - max(now_ns - first_ns, 0) % NS_PER_S
        self._on_change(self)

    def _heed_thresholds(self) -> None:
        """End the run if a threshold that was to do so is broken."""
        if self.phase is RunPhase.RUNNING:
            self.abort = broken(self._plan, self.collector, time.monotonic_ns())
            if self.abort is not None:
                self._end(EndReason.THRESHOLD, self.abort.text, stops="now")

    def _kill_late(self) -> None:
        late = [worker.index for worker in self._fleet.workers if worker.index not in self._gone]
        if not self._is_finishing and self.phase in (RunPhase.RUNNING, RunPhase.STOPPING):
            late = [index for index in late if not self.collector.records[index].is_over]
        self._fleet.kill(late, "was killed because it did not end in time")

    def _is_load_over(self) -> bool:
        return all(record.is_over for record in self.collector.records.values())

    def _enter(self, phase: RunPhase) -> None:
        self.phase = phase
        self._show()

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        """A callback has no caller to raise to: keep what goes wrong in it for whoever waits, and wake them."""
        try:
            yield
        except Exception as exc:
            self._fail(exc)
        finally:
            self._news.set()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self.on_signal, number)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)
