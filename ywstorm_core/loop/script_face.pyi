from collections.abc import Mapping
from random import Random
from types import TracebackType
from typing import Any, NoReturn, Self, TypeAlias, final

from aiohttp import ClientSession

from ywstorm_core.loop.pending import Sleep
from ywstorm_core.loop.request_face import RequestFace

__all__ = ["Group", "ScriptFace"]

_Tags: TypeAlias = Mapping[str, str | float]

@final
class Group:
    """What `vu.group` returns."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool: ...

class ScriptFace(RequestFace):
    """The half of a virtual user that scripts know: see `VirtualUser`."""

    @property
    def iteration(self) -> int:
        """0 …, counted by this virtual user."""
    @property
    def iteration_in_scenario(self) -> int | None:
        """
        0 …, of this iteration: no other one of the scenario has it, on any worker. None in hooks.

        Of an arrival rate it is the number of the arrival: each has its own, dropped ones too. Of other executors,
        a worker numbers its iterations as they start, and workers take turns as virtual users do: the numbers of
        `SharedIterations(…, iterations=n)` are 0 … n-1, each once. Where time decides how many iterations there are,
        there are no gaps on one worker; on several, those that fall behind leave some.

        Use it to give each iteration data of its own; `iteration` and `id` are the same in every run, this is not.
        """
    @property
    def elapsed(self) -> float:
        """Seconds since the scenario's start; in setup() and teardown() since theirs."""
    @property
    def stage(self) -> str | None:
        """
        Name of the present stage, of the last one after its end; None where the executor has no stages.

        The tag `stage` of a sample is that of the instant at which it was due, which may have been an earlier one.
        """
    @property
    def scenario(self) -> str:
        """Name of the scenario."""
    @property
    def scenarios(self) -> Mapping[str, Any]:
        """
        Name to executor of every scenario of this run, as flags have changed them; in setup() too.

        An executor tells `max_vus`, `duration_ns`, `planned_iterations` (None: time decides) and `vus_at(t_ns)`.
        """
    @property
    def state(self) -> dict[str, Any]:
        """The script's own values of this virtual user, kept from one iteration to the next."""
    @property
    def data(self) -> Any:
        """What setup() returned: one object for all virtual users of a worker, not to be changed. None without one."""
    @property
    def env(self) -> dict[str, str]:
        """The OS environment, `-e` and the scenario's own variables, the latter winning."""
    @property
    def tags(self) -> dict[str, Any]:
        """Tags of every request, check and metric of this virtual user from now on; change it as needed."""
    @property
    def random(self) -> Random:
        """
        Random numbers of this virtual user: the same in every run with the same seed, for any number of workers.
        """
    def check(self, name: str, ok: object, tags: _Tags | None = None) -> bool:
        """
        Count whether something is as it should be, in `checks`. A failed check fails nothing by itself.

        Args:
            name: Tag `check`.
            ok: Its truth value counts.

        Returns:
            That truth value, so that a script can go on from it.
        """
    def group(self, name: str) -> Group:
        """
        Tag what happens inside a `with` block with `group`, and add its length to `group_duration`.

        Groups nest: "checkout" inside "shop" is "shop::checkout". Tasks that run side by side have groups of their
        own: each begins in those of the task that made it, for as long as they last. What this returns may be entered
        again, also by several tasks at once. A group that outlives its iteration leaves no duration.
        """
    def sleep(self, seconds: float | str) -> Sleep:
        """
        Pause: `await vu.sleep(1.5)`. Ends on an absolute deadline, counted from this call, and never early.

        Args:
            seconds: 0 to 4e9, or text such as "1m30s"; 0 lets others run.

        Raises:
            ValueError: Negative, NaN or too large, or no duration.
            TypeError: Neither a number nor text.
        """
    def session(self, **named: Any) -> ClientSession:
        """
        A session of aiohttp, for what `vu.get` and its like do not speak; its requests land in the same metrics.

        Without arguments it is always the same one, as long as that is open; with arguments, a new one. Either is
        closed when the virtual user ends, at the latest. See ywstorm/worker/session.py for what is measured and how.

        Args:
            named: Arguments of aiohttp.ClientSession, in place of those that the options of the run give.

        Raises:
            RuntimeError: The virtual user has ended.
        """
    def abort(self, reason: object = "") -> NoReturn:
        """
        End the whole run: running iterations are cut off, teardown runs, the exit code is 108.

        Raises:
            AbortRun: Always.
        """
    def stop(self) -> NoReturn:
        """
        End this virtual user: its iteration counts as interrupted, on_stop runs, and no further iteration starts.

        Raises:
            StopVU: Always.
        """
    def fail(self, reason: object = "") -> None:
        """Let the run go on and end with exit code 110, *reason* in its summary."""
