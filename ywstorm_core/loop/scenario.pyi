from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, final

from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.rules import RequestRules
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.stats.aggregate import Aggregate

__all__ = ["Driver", "Endpoint", "Scenario"]

class Driver:
    """Decides what a virtual user does next; only compiled subclasses do."""

@final
class Endpoint:
    """Where requests of one method, name, group and set of tags are recorded."""

    @property
    def method(self) -> str: ...
    @property
    def name(self) -> str: ...

@final
class Scenario:
    """
    What the virtual users of one scenario share: their function, base URL, tags, series and counters.

    Args:
        engine: Where they run.
        aggregate: Where their samples go.
        name: Value of the tag `scenario`.
        phase: "main", "setup" or "teardown".
        function: Coroutine function of an iteration; its argument is the virtual user.
        on_start, on_stop: Coroutine functions that run once per virtual user; None: nothing does.
        base_url: What a request's path is appended to; "" when every request names an absolute URL.
        rules: How requests are made, unless one sets its own; None: by default, with a limit of 60 s.
        tags: Of the run and of the scenario.
        env: What `vu.env` shows.
        stages: (offset from the scenario's start in ns, name), ascending from 0; empty: no tag `stage`.
        scenarios: What `vu.scenarios` shows: name to executor of every selected scenario.
        sessions_of: Makes what keeps the sessions of a virtual user: `open(named)` makes what `vu.session(**named)`
            returns, `close()` is called once when the virtual user ends. None: there are no sessions.

    Raises:
        ValueError: The base URL cannot be requested.
    """

    data: Any
    """What setup() returned: `vu.data`."""

    def __init__(
        self,
        engine: Engine,
        aggregate: Aggregate,
        *,
        name: str,
        phase: str = "main",
        function: Callable[[VirtualUser], Coroutine[Any, Any, object]] | None = None,
        on_start: Callable[[VirtualUser], Coroutine[Any, Any, object]] | None = None,
        on_stop: Callable[[VirtualUser], Coroutine[Any, Any, object]] | None = None,
        base_url: str = "",
        rules: RequestRules | None = None,
        tags: dict[str, str] | None = None,
        env: dict[str, str] | None = None,
        stages: Sequence[tuple[int, str]] = (),
        sessions_of: Callable[[VirtualUser], Any] | None = None,
        scenarios: Mapping[str, Any] | None = None,
    ) -> None: ...
    @property
    def rules(self) -> RequestRules: ...
    @property
    def name(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def function(self) -> Callable[[VirtualUser], Coroutine[Any, Any, object]] | None: ...
    @property
    def on_start(self) -> Callable[[VirtualUser], Coroutine[Any, Any, object]] | None: ...
    @property
    def on_stop(self) -> Callable[[VirtualUser], Coroutine[Any, Any, object]] | None: ...
    @property
    def env(self) -> dict[str, str]: ...
    @property
    def scenarios(self) -> Mapping[str, Any]: ...
    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """Pairs sorted by key."""
    @property
    def stage_names(self) -> list[str]: ...
    @property
    def vus(self) -> int:
        """Virtual users that have started and not ended."""
    @property
    def vus_max(self) -> int:
        """Most of them at one time, so far."""
    @property
    def vus_scheduled(self) -> int:
        """Starts that were due so far."""
    @property
    def vus_started(self) -> int: ...
    @property
    def iterations_started(self) -> int: ...
    @property
    def iterations(self) -> int:
        """Iterations that came to their end, with or without an exception."""
    @property
    def iteration_errors(self) -> int:
        """Exceptions that left an iteration, on_start or on_stop."""
    @property
    def interrupted(self) -> int:
        """Iterations that were cut off; not part of `iterations`."""
    @property
    def dropped(self) -> int:
        """Iterations that were planned and never started."""
