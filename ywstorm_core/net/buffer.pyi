from typing import final

__all__ = ["Buffer"]

@final
class Buffer:
    """
    A growable run of bytes. Compiled callers read `data[start:end]`; these methods serve the tests.

    Memory is allocated with the first byte (512 bytes, then doubling) and given back by empty() when it is more than
    4096 bytes, so that an idle connection stays small.
    """

    def add(self, data: bytes) -> None:
        """
        Append *data*.

        Raises:
            MemoryError: The system has none left; the content is unchanged.
        """

    def drop(self, n: int) -> None:
        """
        Forget the first *n* bytes.

        Raises:
            ValueError: There are fewer than *n*, or *n* is negative.
        """

    def empty(self) -> None:
        """Forget the content."""

    def __len__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    @property
    def allocated(self) -> int:
        """Bytes of memory held."""
