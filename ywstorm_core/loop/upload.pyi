from collections.abc import AsyncIterable, Iterable
from typing import TypeAlias, final

from ywstorm_core.loop.engine import Engine
from ywstorm_core.net.source import Source

__all__ = ["Upload", "frame"]

_Piece: TypeAlias = str | bytes | bytearray | memoryview

def frame(piece: _Piece) -> bytes:
    """One piece of a body as a chunk; nothing for an empty one, which would end the body."""

@final
class Upload(Source):
    """The body of one request, read from an iterator while it is sent."""

    def __init__(self, engine: Engine, pieces: Iterable[_Piece] | AsyncIterable[_Piece]) -> None:
        """
        Take an iterable; it is read when the connection asks.

        Raises:
            TypeError: It is no iterable.
        """
    async def offer(self, framed: bytes) -> None:
        """Hand over one piece and wait until the connection has taken it; for the task that reads ahead."""
    def is_open(self) -> bool:
        """Whether somebody wants the rest; for the task that reads ahead."""
    def refuse(self, error: BaseException) -> None:
        """End the body because the iterator raised; for the task that reads ahead."""
    def feed(self) -> None:
        """Let a connection that waits for a piece go on."""
