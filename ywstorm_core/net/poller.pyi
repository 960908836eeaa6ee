from typing import final

from ywstorm_core.net.tls import TlsClient

__all__ = ["Poller"]

@final
class Poller:
    """
    An epoll set, its one read buffer, and the counters of its connections.

    Raises:
        OSError: No descriptor is left.
    """

    tls: TlsClient | None
    """How https is spoken; None: by default rules, from the first https request on."""

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
