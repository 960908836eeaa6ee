"""The growable buffer against bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ywstorm_core.net.buffer import Buffer


@given(st.lists(st.binary(max_size=3000) | st.floats(0, 1), max_size=20))
def test_holds_what_was_added_and_not_dropped(steps: list[bytes | float]) -> None:
    """Bytes are added, a number drops that share of what is held; nothing is lost, moved or invented."""
    buffer, expected = Buffer(), b""
    for step in steps:
        if isinstance(step, bytes):
            buffer.add(step)
            expected += step
        else:
            n = int(step * len(expected))
            buffer.drop(n)
            expected = expected[n:]

        assert bytes(buffer) == expected
        assert len(buffer) == len(expected) <= max(buffer.allocated, 0)


def test_takes_memory_with_the_first_byte_and_gives_a_large_block_back() -> None:
    buffer = Buffer()
    assert (buffer.allocated, bytes(buffer)) == (0, b"")

    buffer.add(b"x")
    small = buffer.allocated
    buffer.empty()
    assert (buffer.allocated, len(buffer)) == (small, 0)

    buffer.add(b"x" * 100_000)
    assert buffer.allocated >= 100_000
    buffer.empty()
    assert (buffer.allocated, bytes(buffer)) == (0, b"")

    buffer.add(b"again")
    assert bytes(buffer) == b"again"


def test_reuses_the_room_of_what_was_dropped() -> None:
    """A queue that never holds more than a little does not grow with what has passed through it."""
    buffer = Buffer()
    for _ in range(1000):
        buffer.add(b"x" * 300)
        buffer.drop(len(buffer) - 1)

    assert buffer.allocated <= 1024


def test_refuses_to_drop_what_it_does_not_hold() -> None:
    buffer = Buffer()
    buffer.add(b"ab")

    for n in (3, -1):
        with pytest.raises(ValueError, match="of 2 bytes"):
            buffer.drop(n)
    assert bytes(buffer) == b"ab"
