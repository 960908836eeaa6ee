"""
Frames between the master and its workers: bytes in, values out.

A frame travels as a 4-byte big-endian length followed by msgpack of ``[version, type, [field, …]]``. This file decides
what may be said and refuses everything else; it opens no socket and knows no process. Both ends are of one version by
construction (the master starts its workers), so a version that differs is an error, never negotiated.

Order of a run, seen from one worker (→ to the worker, ← from it)::

    → Configure  ← Ready | Failed   → RunSetup ← SetupDone  (worker 0 only)   → Data   → Start
    ← Window, each second; Event at any time   → Stop, perhaps twice   ← Ended   (its last Window goes before it)
    → RunTeardown ← TeardownDone  (worker 0 only)   → Finish   ← Window, Totals   exit 0
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgpack

from ywstorm.errors import BadFrame, VersionMismatch

__all__ = [
    "MAX_FRAME_BYTES",
    "VERSION",
    "Configure",
    "Counts",
    "Data",
    "Decoder",
    "Ended",
    "ErrorNews",
    "Event",
    "ExceptionNews",
    "Failed",
    "Finish",
    "Frame",
    "Health",
    "HookOutcome",
    "Ready",
    "RunSetup",
    "RunTeardown",
    "ScenarioCounts",
    "ScenarioSpec",
    "SetupDone",
    "Start",
    "Stop",
    "TeardownDone",
    "Totals",
    "Window",
    "encode",
]

VERSION = 1
MAX_FRAME_BYTES = 64 * 1024 * 1024
_LENGTH_BYTES = 4

HookOutcome = Literal["ok", "exception", "timeout", "aborted", "failed"]


@dataclass(frozen=True, slots=True)
class ScenarioSpec:
    """One selected scenario as a worker needs it; `executor` is `plan.Executor.to_dict()` of the whole plan."""

    name: str
    function: str
    executor: dict[str, Any]
    start_time_ns: int
    graceful_stop_ns: int
    tags: dict[str, str]
    env: dict[str, str]
    vu_base: int  # run-wide ids of its VUs are vu_base + 1 …
    pace_ns: int = 0  # between the starts of a VU's iterations; 0: as soon as possible


@dataclass(frozen=True, slots=True)
class ScenarioCounts:
    """What one worker did for one scenario. Everything counts from the start of the run, except `vus`, which is now."""

    vus: int = 0  # active now
    vus_max: int = 0  # most that were active at once
    scheduled: int = 0  # starts that the plan asked for so far: of VUs (closed model) or of arrivals (open model)
    started: int = 0  # of these, made; open: scheduled = started + dropped, closed: scheduled = started
    iterations_started: int = 0  # = iterations + interrupted + those running now
    iterations: int = 0  # ended by themselves, with or without an exception
    iteration_errors: int = 0  # exceptions that left an iteration, on_start or on_stop
    interrupted: int = 0  # cut off by graceful_stop, graceful_ramp_down or Stop
    dropped: int = 0  # arrivals without a free VU; what an iteration-bound executor had left at max_duration


@dataclass(frozen=True, slots=True)
class Counts:
    """A worker's accounts since its start, all phases: started = ok + failed + cut_off + in_flight."""

    scenarios: dict[str, ScenarioCounts]
    requests_started: int = 0  # calls of vu.request, redirect hops and resends included
    requests_sent: int = 0  # of these, the kernel took the first byte
    requests_ok: int = 0
    requests_failed: int = 0
    requests_cut_off: int = 0
    requests_in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """How the worker itself fares."""

    cpu_s: float  # user + system since the process started
    max_lag_ms: float = 0.0  # worst lateness of the loop in this window
    rss_bytes: int = 0  # high-water mark
    run_queue_ns: int = 0  # since the process started
    gc_pause_ms: float = 0.0  # in this window
    fds: int = 0  # open now
    sleep_ns: int = 0  # asked for in vu.sleep, by sleeps that have ended, since the process started
    sleep_late_ns: int = 0  # by how much these ended late, in all


@dataclass(frozen=True, slots=True)
class ErrorNews:
    """Requests that ended with one error code since the last window, with one example."""

    code: int
    sample: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class ExceptionNews:
    """Exceptions of one kind that left iterations since the last window; the traceback travels with the first."""

    kind: str
    traceback: str
    count: int


class Frame:
    """What one end says to the other; every frame is a frozen dataclass derived from this."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Configure(Frame):
    """First word to a worker: who it is (`index` of `count`) and the whole plan, from which it takes its segment."""

    index: int
    count: int
    script: str
    env: dict[str, str]
    tags: dict[str, str]
    base_url: str
    options: dict[str, Any]
    scenarios: list[ScenarioSpec]
    verbosity: int


@dataclass(frozen=True, slots=True)
class RunSetup(Frame):
    """Run the script's setup(); worker 0 only."""

    timeout_ns: int


@dataclass(frozen=True, slots=True)
class Data(Frame):
    """What setup() returned, as JSON (`None`: there was none)."""

    body: bytes | None


@dataclass(frozen=True, slots=True)
class Start(Frame):
    """Begin the plan at this instant of CLOCK_MONOTONIC, which lies a little ahead."""

    start_ns: int


@dataclass(frozen=True, slots=True)
class Stop(Frame):
    """Start no new iteration; "graceful" lets running ones have their graceful_stop, "now" cuts them off."""

    how: Literal["graceful", "now"]
    reason: str


@dataclass(frozen=True, slots=True)
class RunTeardown(Frame):
    """Run the script's teardown(); worker 0 only."""

    timeout_ns: int


@dataclass(frozen=True, slots=True)
class Finish(Frame):
    """Send what is left and the totals, then exit with status 0."""


@dataclass(frozen=True, slots=True)
class Ready(Frame):
    """The script is imported and the segment computed."""

    pid: int


@dataclass(frozen=True, slots=True)
class Failed(Frame):
    """The worker cannot go on: `exit_code` of DESIGN §6, and a traceback if the script raised."""

    exit_code: int
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class SetupDone(Frame):
    """How setup() ended; `text` says why when it did not go well (a traceback, or the script's reason)."""

    data: bytes | None
    outcome: HookOutcome
    text: str


@dataclass(frozen=True, slots=True)
class Window(Frame):
    """
    One second of one worker.

    `seq` counts from 0 without gaps; bounds are instants of CLOCK_MONOTONIC; `payload` is `Aggregate.cut()`; `counts`
    are cumulative; `errors` and `exceptions` are what happened since the last window. A worker cuts one at the start
    instant (what setup did, and the CPU time from which shares are counted), then at every full second after it.
    """

    seq: int
    from_ns: int
    to_ns: int
    payload: bytes
    counts: Counts
    health: Health
    errors: list[ErrorNews]
    exceptions: list[ExceptionNews]


@dataclass(frozen=True, slots=True)
class Ended(Frame):
    """All scenarios of this worker are over: the last iteration ended at `end_ns`; `reason`: why, if not by plan."""

    end_ns: int
    reason: str


@dataclass(frozen=True, slots=True)
class Event(Frame):
    """Something the run must hear of at once: the script called vu.abort or vu.fail, or a warning to show."""

    kind: Literal["abort", "fail", "warning"]
    text: str


@dataclass(frozen=True, slots=True)
class TeardownDone(Frame):
    """How teardown() ended."""

    outcome: HookOutcome
    text: str


@dataclass(frozen=True, slots=True)
class Totals(Frame):
    """The last frame: `Aggregate.totals()` and the final counts, for the master to hold against the sum of windows."""

    payload: bytes
    counts: Counts


# A frame's number on the wire is its place here: append only.
_TYPES: tuple[type[Frame], ...] = (
    Configure, RunSetup, Data, Start, Stop, RunTeardown, Finish,
    Ready, Failed, SetupDone, Window, Ended, Event, TeardownDone, Totals,
)  # fmt: skip
_NUMBERS = {frame_type: number for number, frame_type in enumerate(_TYPES)}


def encode(frame: Frame) -> bytes:
    """
    Put one frame into bytes, its length in front.

    Raises:
        BadFrame: longer than MAX_FRAME_BYTES, or a field holds what msgpack cannot carry.
    """
    try:
        body: bytes = msgpack.packb([VERSION, _NUMBERS[type(frame)], _field_values(frame)], default=_field_values)
    except (TypeError, ValueError, OverflowError) as exc:
        raise BadFrame(f"a {type(frame).__name__} frame cannot be encoded: {exc}") from exc
    if len(body) > MAX_FRAME_BYTES:
        raise BadFrame(f"a {type(frame).__name__} frame of {len(body)} bytes is over the limit of {MAX_FRAME_BYTES}")
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Decoder:
    """Turns a byte stream, cut anywhere, back into frames. After an error it must not be used again."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """
        Take the next bytes of the stream; return the frames they complete, in order.

        Raises:
            BadFrame: the stream is no sequence of frames.
            VersionMismatch: it is one of another version.
        """
        pending = self._pending
        pending += data
        frames = []
        start = 0
        while len(pending) - start >= _LENGTH_BYTES:
            body_start = start + _LENGTH_BYTES
            length = int.from_bytes(pending[start:body_start], "big")
            if length > MAX_FRAME_BYTES:
                raise BadFrame(f"a frame announces {length} bytes; the limit is {MAX_FRAME_BYTES}")
            if len(pending) - body_start < length:
                break
            start = body_start + length
            frames.append(_decode(bytes(pending[body_start:start])))
        del pending[:start]
        return frames


def _field_values(value: Any) -> list[Any]:
    """The fields of a frame or of a value inside one, in order (also msgpack's hook for what it does not know)."""
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no place in a frame")
    return [getattr(value, field.name) for field in fields(value)]


def _decode(body: bytes) -> Frame:
    try:
        message = msgpack.unpackb(body, ext_hook=_refuse_extension)
    except ValueError as exc:
        raise BadFrame(f"a frame is not valid msgpack: {exc}") from exc
    if not isinstance(message, list) or len(message) != 3:
        raise BadFrame("a frame is not [version, type, fields]")
    version, number, values = message
    if version != VERSION:
        raise VersionMismatch(f"the other process speaks version {version!r} of the frames, this one {VERSION}")
    if type(number) is not int or not 0 <= number < len(_TYPES):
        raise BadFrame(f"frame type {number!r} is unknown")
    frame: Frame = _build(_TYPES[number], values)
    return frame


def _refuse_extension(code: int, _data: bytes) -> Any:
    raise ValueError(f"extension type {code} is not allowed")


def _build(cls: Any, values: Any) -> Any:
    """Make one of our dataclasses from its decoded fields, each checked against its type hint."""
    hints = _hints(cls)
    if type(values) is not list or len(values) != len(hints):
        raise BadFrame(f"{cls.__name__} needs a list of {len(hints)} fields")
    arguments = []
    for (name, hint), value in zip(hints.items(), values, strict=True):
        try:
            arguments.append(_checked(hint, value))
        except BadFrame as exc:
            raise BadFrame(f"{cls.__name__}.{name}: {exc.message}") from exc
    return cls(*arguments)


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _checked(hint: Any, value: Any) -> Any:
    if hint is Any:
        return value
    if is_dataclass(hint):
        return _build(hint, value)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is list and type(value) is list:
        return [_checked(arguments[0], item) for item in value]
    if origin is dict and type(value) is dict:
        return {_checked(arguments[0], key): _checked(arguments[1], item) for key, item in value.items()}
    if origin is Literal:
        is_right = value in arguments
    elif hint is float:
        is_right = type(value) in (float, int)
    else:  # exact types: True is no count
        is_right = type(value) in (arguments if origin is UnionType else (hint,))
    if not is_right:
        raise BadFrame(f"got {value!r:.80} where {hint} belongs")
    return value
