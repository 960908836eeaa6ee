"""A compiled HTTP server that does nothing, quickly: the far end of benchmarks and of tests of the engine."""

from ywstorm_core.nullserver.server import NullServer

__all__ = ["NullServer"]
