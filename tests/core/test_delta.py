"""Varints: what they look like, and what is refused."""

import pytest

from ywstorm_core.stats.delta import Reader, decode_varints, encode_varints


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, b"\x00"),
        (1, b"\x01"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (300, b"\xac\x02"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
        (2**63 - 1, b"\xff" * 8 + b"\x7f"),
        (2**63, b"\x80" * 9 + b"\x01"),
        (2**64 - 1, b"\xff" * 9 + b"\x01"),
    ],
)
def test_a_number_becomes_seven_bits_to_the_byte_lowest_first(value: int, encoded: bytes) -> None:
    assert encode_varints([value]) == encoded
    assert decode_varints(encoded) == [value]


def test_numbers_follow_each_other_without_separators() -> None:
    assert decode_varints(encode_varints(range(100_000))) == list(range(100_000))


def test_no_numbers_are_no_bytes() -> None:
    assert encode_varints([]) == b""
    assert decode_varints(b"") == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x80", id="the bytes end inside a number"),
        pytest.param(b"\x01\xff\xff", id="the second number is cut"),
        pytest.param(b"\xff" * 9 + b"\x02", id="65 bits"),
        pytest.param(b"\x80" * 10 + b"\x00", id="eleven bytes"),
    ],
)
def test_damaged_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="truncated or exceeds 64 bits"):
        decode_varints(data)


@pytest.mark.parametrize("value", [-1, 2**64])
def test_a_number_outside_64_bits_is_refused(value: int) -> None:
    with pytest.raises(OverflowError):
        encode_varints([value])


def test_readers_read_nothing_but_bytes() -> None:
    with pytest.raises(TypeError):
        Reader(None)  # type: ignore[arg-type]
