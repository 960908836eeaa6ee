"""What can be chosen about the reference target. Durations are seconds."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from ywstorm.errors import Problem

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
        db: SQLite file, created if absent; None uses a temporary one that goes with the server.
        bcrypt_cost: Rounds as a power of two, 4 to 16; cost 10 takes about 75 ms of CPU for each login.
        pool_size: Database connections, so also database calls at once.
        pool_timeout_s: How long a request waits for a connection before it is answered with 503.
        request_timeout_s: How long a request may take before it is answered with 504.
        register_timeout_s: The same, for a registration.
        access_token_s: Life of an access token.
        refresh_token_s: Life of a refresh token.
        cache_s: Life of a cached answer.
        keep_alive_s: How long an idle connection stays open.
        sms_delay_s: What the SMS provider takes for one message; a reply waits for it.
    """

    host: str = "127.0.0.1"
    port: int = 3000
    db: Path | None = None
    bcrypt_cost: int = 10
    pool_size: int = field(default_factory=_pool_size)
    pool_timeout_s: float = 5.0
    request_timeout_s: float = 10.0
    register_timeout_s: float = 90.0
    access_token_s: int = 900
    refresh_token_s: int = 7 * 86_400
    cache_s: float = 300.0
    keep_alive_s: float = 5.0
    sms_delay_s: float = 0.02

    def problems(self) -> list[Problem]:
        """Everything that is wrong with these options; empty if they can be used."""
        ranges = {
            "port": (self.port, 0, 65_535),
            "bcrypt_cost": (self.bcrypt_cost, 4, 16),
            "pool_size": (self.pool_size, 1, 1_000),
        }
        found = [
            Problem(name, f"{value} is outside {low} to {high}")
            for name, (value, low, high) in ranges.items()
            if not low <= value <= high
        ]
        if self.db is not None and not self.db.parent.is_dir():
            found.append(Problem("db", f"the folder {self.db.parent} does not exist"))
        return found
