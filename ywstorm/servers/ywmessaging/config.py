"""What can be chosen about the reference target. Durations are seconds."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from ywstorm.errors import Problem
from ywstorm.servers.ywmessaging.databases import is_postgres, sqlite_path
from ywstorm.servers.ywmessaging.faults import parse_fault

__all__ = ["TargetOptions"]


def _pool_size() -> int:
    """Connections of a church's pool, as the users' deployment has them: two for each core and one more."""
    return 2 * len(os.sched_getaffinity(0)) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """
    Options of ``ywstorm target``.

    Attributes:
        host: Address to listen on.
        port: TCP port; 0 takes a free one.
        db: ``postgres://…``, ``sqlite:PATH`` or the path of an SQLite file. Tables are created if absent, and what is
            there stays: a database may serve one target after another. None is a temporary file that goes with it.
        workers: Processes that share the port.
        bcrypt_cost: Rounds as a power of two, 4 to 16; cost 10 takes about 75 ms of CPU for each login.
        register_delay_s: How long a registration keeps its whole process busy.
        pool_size: Database connections of each process, so also its database calls at once.
        pool_timeout_s: How long a request waits for a connection before it is answered with 503.
        has_rate_limits: Whether addresses and admins are limited.
        faults: Rules of faults on purpose.
        fault_seed: Of their dice.
        request_timeout_s: How long a request may take before it is answered with 504.
        register_timeout_s: The same, for a registration.
        access_token_s: Life of an access token.
        refresh_token_s: Life of a refresh token.
        cache_s: Life of a cached answer.
        keep_alive_s: How long an idle connection stays open.
        sms_delay_s: What the SMS provider takes for one message; a reply waits for it.
        is_bound_to_stdin: Whether it also stops when its stdin, a pipe, is closed: with whoever started it.
    """

    host: str = "127.0.0.1"
    port: int = 3000
    db: str | Path | None = None
    workers: int = 1
    bcrypt_cost: int = 10
    register_delay_s: float = 0.0
    pool_size: int = field(default_factory=_pool_size)
    pool_timeout_s: float = 5.0
    has_rate_limits: bool = False
    faults: tuple[str, ...] = ()
    fault_seed: int = 0
    request_timeout_s: float = 10.0
    register_timeout_s: float = 90.0
    access_token_s: int = 900
    refresh_token_s: int = 7 * 86_400
    cache_s: float = 300.0
    keep_alive_s: float = 5.0
    sms_delay_s: float = 0.02
    is_bound_to_stdin: bool = False

    def problems(self) -> list[Problem]:
        """Everything that is wrong with these options; empty if they can be used."""
        ranges = {
            "--port": (self.port, 0, 65_535),
            "--workers": (self.workers, 1, 256),
            "--bcrypt-cost": (self.bcrypt_cost, 4, 16),
            "--pool": (self.pool_size, 1, 1_000),
            "--pool-timeout": (self.pool_timeout_s, 0.001, 3_600),
            "--register-delay": (self.register_delay_s, 0, 3_600),
        }
        found = [
            Problem(name, f"{value} is outside {low} to {high}")
            for name, (value, low, high) in ranges.items()
            if not low <= value <= high
        ]
        if self.has_rate_limits and self.workers > 1:
            found.append(Problem("--rate-limits", f"with --workers {self.workers}: limits are counted in one process"))
        return [*found, *self._database_problems(), *self._fault_problems()]

    def _database_problems(self) -> list[Problem]:
        if self.db is None or is_postgres(str(self.db)):
            return []
        path = sqlite_path(str(self.db))
        if "://" in str(self.db):
            return [Problem("--db", f"{self.db} is neither postgres://… nor the path of an SQLite file")]
        if path.is_dir() or not path.name:
            return [Problem("--db", f"{str(self.db)!r} names no file", "write sqlite:PATH")]
        return [] if path.parent.is_dir() else [Problem("--db", f"the folder {path.parent} does not exist")]

    def _fault_problems(self) -> list[Problem]:
        found = []
        for rule in self.faults:
            try:
                parse_fault(rule)
            except ValueError as error:
                found.append(Problem("--fault", str(error)))
        return found
