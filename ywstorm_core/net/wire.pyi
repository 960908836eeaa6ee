from typing_extensions import disjoint_base

from ywstorm_core.net.pool import Poolable

__all__ = ["Wire"]

@disjoint_base
class Wire(Poolable):
    """The socket under a connection, for compiled callers."""

    @property
    def remote_address(self) -> str | None:
        """The server's end, as in ``127.0.0.1:443``; None when there is no connection."""
