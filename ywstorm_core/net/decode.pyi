from collections.abc import Sequence

__all__ = ["MAX_BYTES", "DecodeError", "decode"]

MAX_BYTES: int
"""Bytes that a body may have after each of its encodings: 64 MiB."""

class DecodeError(Exception):
    """A body that cannot be decoded, with the ErrorCode that says why; the message is for people."""

    code: int
    """DECODE_FAILED (1701), DECODE_BOMB (1702) or TOO_MANY_ENCODINGS (1703)."""
    def __init__(self, code: int, message: str) -> None: ...

def decode(body: bytes, encodings: str | Sequence[str], max_bytes: int = ...) -> bytes:
    """
    Undo the Content-Encoding of a whole body: gzip, deflate, br, zstd, or several of them.

    Args:
        body: An empty one is returned as it is, whatever its encoding (answers to HEAD, 304).
        encodings: Values of the Content-Encoding fields in their order, in any case, lists included.
        max_bytes: More, after any of the encodings, is a bomb. Memory stays near it whatever the body claims.

    Returns:
        The body as it was before it was encoded.

    Raises:
        DecodeError: Cut off, damaged, followed by something else, or in an encoding that is not known; larger than
            *max_bytes*, or more than 1,024 members or frames; more than five encodings.
    """
