from typing import Self, final

from ywstorm_core.net.dns import Origin
from ywstorm_core.net.poller import Poller
from ywstorm_core.net.wire import Wire

__all__ = ["Connection"]

@final
class Connection(Wire):
    """One TCP connection, for compiled callers; it serves a request at a time."""

    def __new__(cls, poller: Poller, origin: Origin) -> Self: ...
    @property
    def tls_version(self) -> str | None:
        """As in ``TLSv1.3``; None when the connection is plain, or not that far."""
