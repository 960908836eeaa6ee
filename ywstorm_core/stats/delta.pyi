from collections.abc import Iterable
from typing import final

__all__ = ["Reader", "Writer", "decode_varints", "encode_varints"]

@final
class Writer:
    """Growable bytes into which compiled code writes varints and doubles. Python code has `encode_varints`."""

@final
class Reader:
    """
    Cursor over bytes that a `Writer` made. Python code has `decode_varints`.

    Args:
        payload: What to read; kept alive as long as the reader.
    """

    def __init__(self, payload: bytes) -> None: ...

def encode_varints(values: Iterable[int]) -> bytes:
    """
    Write numbers as unsigned LEB128, one after the other, 1 to 10 bytes each.

    Raises:
        OverflowError: A value is negative or needs more than 64 bits.
    """

def decode_varints(data: bytes) -> list[int]:
    """
    Read all numbers that `encode_varints` wrote; none for no bytes.

    Raises:
        ValueError: The bytes end inside a number, or a number needs more than 64 bits.
    """
