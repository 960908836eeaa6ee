"""How this process itself fares: CPU, lag of its loop, memory, garbage collection, descriptors."""

import gc
import resource
import time
from pathlib import Path

from ywstorm.units import NS_PER_MS
from ywstorm.wire import Health
from ywstorm_core.loop.engine import Engine

__all__ = ["HealthMonitor"]

_BEAT_NS = 10 * NS_PER_MS


class HealthMonitor:
    """
    Watches this process.

    A heartbeat on the engine's own timer, every 10 ms, measures the loop's lag; the rest is read when asked for.

    Args:
        engine: Whose loop is watched.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._max_lag_ns = 0
        self._next_beat_ns = 0
        self._gc_began_ns = 0
        self._gc_pause_ns = 0
        self._descriptors = Path("/proc/self/fd")
        self._schedule = Path("/proc/thread-self/schedstat")

    def start(self, now_ns: int) -> None:
        """Begin to watch."""
        gc.callbacks.append(self._on_collection)
        self._next_beat_ns = now_ns + _BEAT_NS
        self._engine.call_at(self._next_beat_ns, self._on_beat)

    def _on_beat(self, now_ns: int) -> None:
        self._max_lag_ns = max(self._max_lag_ns, now_ns - self._next_beat_ns)
        self._next_beat_ns += _BEAT_NS * (1 + (now_ns - self._next_beat_ns) // _BEAT_NS)
        self._engine.call_at(self._next_beat_ns, self._on_beat)

    def _on_collection(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._gc_began_ns = time.monotonic_ns()
        else:
            self._gc_pause_ns += time.monotonic_ns() - self._gc_began_ns

    def read(self) -> Health:
        """Give the figures now; lag and pauses count from the last call."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        health = Health(
            cpu_s=usage.ru_utime + usage.ru_stime,
            max_lag_ms=self._max_lag_ns / NS_PER_MS,
            rss_bytes=usage.ru_maxrss * 1024,
            run_queue_ns=self._run_queue_ns(),
            gc_pause_ms=self._gc_pause_ns / NS_PER_MS,
            fds=sum(1 for _ in self._descriptors.iterdir()),
            sleep_ns=self._engine.sleep_ns,
            sleep_late_ns=self._engine.sleep_late_ns,
        )
        self._max_lag_ns = self._gc_pause_ns = 0
        return health

    def _run_queue_ns(self) -> int:
        """Time that this thread was ready to run and was not let, since it started; 0 where the kernel keeps none."""
        try:
            return int(self._schedule.read_text().split()[1])
        except (OSError, IndexError):
            return 0
