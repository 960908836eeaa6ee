"""What workers print, made fit for a terminal."""

import pytest

from ywstorm.master.output import MAX_LINE_BYTES, OutputLines

SECOND_NS = 1_000_000_000


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"dos\r\n", ["dos"]),
        (b"\n", [""]),
        (b"no end yet", []),
        ("naïve ✓\n".encode(), ["naïve ✓"]),
        (b"\xff\n", ["�"]),
        (b"\x1b[1;31mred\x1b[0m\n", ["red"]),
        (b"a\tb\n", ["a\tb"]),
        (b"over\rwrite\x07\x1b]0;title\x07\n", ["over�write��]0;title�"]),
        (b"x" * (MAX_LINE_BYTES + 10), ["x" * MAX_LINE_BYTES]),
        (b"x" * (MAX_LINE_BYTES + 10) + b"\n", ["x" * MAX_LINE_BYTES]),
    ],
)
def test_bytes_become_lines_that_cannot_move_the_cursor(data: bytes, lines: list[str]) -> None:
    assert OutputLines().feed(data, now_ns=0) == lines


def test_a_line_may_arrive_in_pieces() -> None:
    output = OutputLines()

    assert output.feed(b"caf\xc3", 0) == []
    assert output.feed(b"\xa9\n", 0) == ["café"]


def test_the_last_line_needs_no_end() -> None:
    output = OutputLines()

    output.feed(b"bye", 0)

    assert output.close() == ["bye"]
    assert output.close() == []


def test_lines_beyond_the_limit_of_a_second_are_counted_and_the_count_is_told() -> None:
    output = OutputLines(max_per_s=2)

    assert output.feed(b"1\n2\n3\n", 0) == ["1", "2"]
    assert output.feed(b"4\n", SECOND_NS - 1) == []
    assert output.feed(b"5\n", SECOND_NS) == ["2 lines suppressed", "5"]


def test_lines_that_were_suppressed_at_the_end_are_told_too() -> None:
    output = OutputLines(max_per_s=1)

    output.feed(b"1\n" * 1_235, 0)

    assert output.close() == ["1,234 lines suppressed"]
