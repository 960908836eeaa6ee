from typing import Self, final

from ywstorm_core.net.dns import Origin
from ywstorm_core.net.poller import Poller

__all__ = ["Connection", "Pool"]

@final
class Pool:
    """Idle connections of one user, the one used last first."""

@final
class Connection:
    """One TCP connection, for compiled callers; it serves a request at a time."""

    def __new__(cls, poller: Poller, origin: Origin) -> Self: ...
    @property
    def origin(self) -> Origin: ...
