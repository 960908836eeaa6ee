"""Frames survive any cut of the stream, and no bytes whatever do more than raise a WireError."""

from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from ywstorm import wire
from ywstorm.errors import WireError

FRAME_TYPES = [
    value
    for value in map(vars(wire).get, wire.__all__)
    if isinstance(value, type) and issubclass(value, wire.Frame) and value is not wire.Frame
]
JSON_LIKE = st.dictionaries(st.text(max_size=5), st.integers(-5, 5) | st.text(max_size=5) | st.none(), max_size=3)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values a field with this type hint may hold."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(values_of(arguments[0]), max_size=3)
    if origin is dict:
        return (
            JSON_LIKE
            if arguments[1] is Any
            else st.dictionaries(st.text(max_size=5), values_of(arguments[1]), max_size=3)
        )
    if arguments:
        return st.one_of(*map(values_of, arguments))
    if hint is int:
        return st.integers(-(2**63), 2**64 - 1)
    if hint is float:
        return st.floats(allow_nan=False)
    if hint is str:
        return st.text(max_size=20)
    if hint is bytes:
        return st.binary(max_size=50)
    return st.none() if hint is type(None) else instances_of(hint)


def instances_of(cls: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    return st.builds(cls, *(values_of(hints[field.name]) for field in fields(cls)))


FRAMES = st.sampled_from(FRAME_TYPES).flatmap(instances_of)


@given(frames=st.lists(FRAMES, max_size=5), data=st.data())
def test_frames_survive_any_cut_of_the_stream(frames: list[wire.Frame], data: st.DataObject) -> None:
    stream = b"".join(map(wire.encode, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = wire.Decoder()

    received = [
        frame
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for frame in decoder.feed(stream[start:end])
    ]

    assert received == frames


@given(frame=FRAMES, data=st.data())
def test_a_damaged_frame_gives_a_frame_or_a_wire_error(frame: wire.Frame, data: st.DataObject) -> None:
    stream = bytearray(wire.encode(frame))
    at = data.draw(st.integers(4, len(stream) - 1))
    stream[at] = data.draw(st.integers(0, 255))
    try:
        received = wire.Decoder().feed(bytes(stream))
    except WireError:
        received = []

    assert all(isinstance(frame, wire.Frame) for frame in received)


@given(noise=st.binary(max_size=200))
def test_noise_gives_frames_or_a_wire_error(noise: bytes) -> None:
    try:
        received = wire.Decoder().feed(noise)
    except WireError:
        received = []

    assert all(isinstance(frame, wire.Frame) for frame in received)
