from typing import final

from typing_extensions import disjoint_base

from ywstorm_core.net.dns import Origin

__all__ = ["Lane", "Pool", "Poolable"]

@disjoint_base
class Poolable:
    """What a pool keeps, for compiled callers: something that idles until its origin is asked for again."""

    @property
    def origin(self) -> Origin: ...

@final
class Lane:
    """The idle connections of a pool to one origin, and the TLS session to resume with it."""

@final
class Pool:
    """Idle connections of one user, by origin, the one used last first."""
