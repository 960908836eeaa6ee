"""Frames: what may be said between master and workers, and what is refused."""

import dataclasses

import msgpack
import pytest

from ywstorm import wire
from ywstorm.errors import BadFrame, VersionMismatch

COUNTS = wire.Counts(
    scenarios={"spike": wire.ScenarioCounts(vus=3, scheduled=4, started=4, iterations_started=9, iterations=6)},
    requests_started=20,
    requests_sent=19,
    requests_ok=17,
    requests_failed=1,
    requests_in_flight=2,
)
SPEC = wire.ScenarioSpec(
    name="spike",
    function="spike",
    executor={"kind": "constant_vus", "vus": 3, "duration": "5s"},
    start_time_ns=0,
    graceful_stop_ns=30_000_000_000,
    tags={"team": "a"},
    env={},
    vu_base=0,
)
FRAMES = [
    wire.Configure(0, 2, "spike.py", {"K": "V"}, {"run": "x"}, "http://h", {"timeout": "60s"}, [SPEC], 0),
    wire.RunSetup(60_000_000_000),
    wire.Data(None),
    wire.Data(b'{"token": "\xc3\xa9"}'),
    wire.Start(2**62),
    wire.Stop("graceful", "interrupted"),
    wire.RunTeardown(1),
    wire.Finish(),
    wire.Ready(4711),
    wire.Failed(107, "ValueError: x", "Traceback …"),
    wire.SetupDone(b"[1]", "ok", ""),
    wire.Window(
        seq=0,
        from_ns=1,
        to_ns=2,
        payload=b"\x00\xff",
        counts=COUNTS,
        health=wire.Health(cpu_s=1.5, fds=12),
        errors=[wire.ErrorNews(1212, "refused", "http://h/", 3)],
        exceptions=[wire.ExceptionNews("KeyError", "…", 1)],
    ),
    wire.Ended(5, ""),
    wire.Event("warning", "slow"),
    wire.TeardownDone("timeout", "after 60s"),
    wire.Totals(b"", COUNTS),
]


def framed(message: object) -> bytes:
    body = msgpack.packb(message)
    return len(body).to_bytes(4, "big") + body


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_frame_comes_back_as_it_went(frame: wire.Frame) -> None:
    assert wire.Decoder().feed(wire.encode(frame)) == [frame]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_frame_is_a_frozen_value(frame: wire.Frame) -> None:
    assert type(frame).__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_frames_sent_together_arrive_in_order() -> None:
    assert wire.Decoder().feed(b"".join(map(wire.encode, FRAMES))) == FRAMES


def test_frames_cut_at_every_byte_arrive_all_the_same() -> None:
    decoder = wire.Decoder()
    stream = b"".join(map(wire.encode, FRAMES))

    received = [frame for byte in stream for frame in decoder.feed(bytes([byte]))]

    assert received == FRAMES


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        ((wire.MAX_FRAME_BYTES + 1).to_bytes(4, "big"), "announces 67108865 bytes"),
        (b"\x00\x00\x00\x01\xc1", "not valid msgpack"),
        (b"\x00\x00\x00\x00", "not valid msgpack"),
        (framed([wire.VERSION, 7, [1]]) + b"\x00\x00\x00\x02\x01\x02", "not valid msgpack"),
        (framed({"version": wire.VERSION}), "not [version, type, fields]"),
        (framed([wire.VERSION, 99, []]), "type 99 is unknown"),
        (framed([wire.VERSION, -1, []]), "type -1 is unknown"),
        (framed([wire.VERSION, True, []]), "type True is unknown"),
        (framed([wire.VERSION, 7, []]), "Ready needs a list of 1 fields"),
        (framed([wire.VERSION, 7, {"pid": 1}]), "Ready needs a list of 1 fields"),
        (framed([wire.VERSION, 7, ["1"]]), "Ready.pid: got '1'"),
        (framed([wire.VERSION, 7, [True]]), "Ready.pid: got True"),
        (framed([wire.VERSION, 2, ["text"]]), "Data.body: got 'text'"),
        (framed([wire.VERSION, 4, ["later", ""]]), "Stop.how: got 'later'"),
        (framed([wire.VERSION, 14, [b"", [{"s": [1]}, 0, 0, 0, 0, 0, 0]]]), "Totals.counts: Counts.scenarios: "),
        (framed([wire.VERSION, 7, [msgpack.ExtType(5, b"")]]), "extension type 5 is not allowed"),
    ],
)
def test_what_is_no_frame_is_refused(stream: bytes, complaint: str) -> None:
    with pytest.raises(BadFrame) as refusal:
        wire.Decoder().feed(stream)

    assert complaint in str(refusal.value)


def test_another_version_is_refused_by_its_number() -> None:
    with pytest.raises(VersionMismatch, match="version 2 of the frames, this one 1"):
        wire.Decoder().feed(framed([2, 7, [1]]))


def test_a_value_that_has_no_place_in_a_frame_is_refused_by_the_sender() -> None:
    with pytest.raises(BadFrame, match="set has no place in a frame"):
        wire.encode(dataclasses.replace(FRAMES[0], options={"x": {1}}))


def test_a_frame_over_the_limit_is_refused_by_the_sender() -> None:
    with pytest.raises(BadFrame, match="over the limit"):
        wire.encode(wire.Data(bytes(wire.MAX_FRAME_BYTES)))
