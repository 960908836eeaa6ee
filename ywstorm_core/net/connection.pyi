from typing import Self, final

from ywstorm_core.net.dns import Origin

__all__ = ["Connection", "Poller", "Pool"]

@final
class Poller:
    """
    An epoll set, its one read buffer, and the counters of its connections.

    Raises:
        OSError: No descriptor is left.
    """

    @property
    def fd(self) -> int:
        """Descriptor of the epoll set; -1 when closed."""
    @property
    def requests_sent(self) -> int:
        """Requests of which the kernel took at least one byte."""
    @property
    def n_open(self) -> int:
        """Connections that hold a descriptor."""
    @property
    def n_opened(self) -> int:
        """Connections tried so far."""
    @property
    def n_unsolicited(self) -> int:
        """Idle connections on which bytes came."""
    @property
    def n_extra(self) -> int:
        """Answers followed by bytes that belong to none."""

@final
class Pool:
    """Idle connections of one user, the one used last first."""

@final
class Connection:
    """One TCP connection, for compiled callers; it serves a request at a time."""

    def __new__(cls, poller: Poller, origin: Origin) -> Self: ...
    @property
    def origin(self) -> Origin: ...
