"""
Which metrics there are: the built-in ones and those that a script declares.

Of the built-in ones, several are fields of one record: a request series holds duration, service, latency, lateness and
its counts; a timing series holds the parts of service. `Metric.origin` and `Metric.field` say where to look, so that
nothing else in the house needs to know.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from ywstorm.errors import Problem, suggestion

__all__ = ["AGGREGATES", "Kind", "Metric", "MetricDef", "Origin", "Registry"]

Kind: TypeAlias = Literal["counter", "gauge", "rate", "trend"]

AGGREGATES: dict[Kind, tuple[str, ...]] = {
    "counter": ("count", "rate"),
    "gauge": ("value",),
    "rate": ("rate",),
    "trend": ("avg", "min", "med", "max", "p(N)"),
}
"""What a threshold may ask of each kind of metric; N in p(N) is a number from 0 to 100."""

_SERIES_NAMES = frozenset({"http_req", "http_req_timing"})  # the records that several metrics are fields of

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{1,128}")


class Origin(Enum):
    """In which kind of series a metric's values lie."""

    REQUEST = auto()
    TIMING = auto()
    SINK = auto()


@dataclass(frozen=True, slots=True)
class MetricDef:
    """
    A metric that a script declares.

    Args:
        unit: For display, such as ``"ms"`` or ``"bytes"``; empty for a plain number.
        where: The place of the declaration, for messages.
    """

    name: str
    kind: Kind
    unit: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """
    A metric that a run has.

    Args:
        field: Attribute of the series that holds the values; the metric's own name for sinks.
    """

    name: str
    kind: Kind
    unit: str
    origin: Origin
    field: str
    is_custom: bool = False


def _of_request(name: str, kind: Kind, field: str, unit: str = "") -> Metric:
    return Metric(name, kind, unit, Origin.REQUEST, field)


def _of_timing(name: str, field: str) -> Metric:
    return Metric(name, "trend", "ms", Origin.TIMING, field)


def _sink(name: str, kind: Kind, unit: str = "") -> Metric:
    return Metric(name, kind, unit, Origin.SINK, name)


_BUILT_IN = (
    _of_request("http_reqs", "counter", "count"),
    _of_request("http_req_failed", "rate", "failed"),
    _sink("http_reqs_resent", "counter"),
    _of_request("http_req_duration", "trend", "duration", "ms"),
    _of_request("http_req_service", "trend", "service", "ms"),
    _of_request("http_req_latency", "trend", "latency", "ms"),
    _of_request("http_req_lateness", "trend", "lateness", "ms"),
    _of_timing("http_req_blocked", "blocked"),
    _of_timing("http_req_looking_up", "looking_up"),
    _of_timing("http_req_connecting", "connecting"),
    _of_timing("http_req_tls_handshaking", "tls"),
    _of_timing("http_req_sending", "sending"),
    _of_timing("http_req_waiting", "waiting"),
    _of_timing("http_req_receiving", "receiving"),
    _of_request("data_sent", "counter", "bytes_sent", "bytes"),
    _of_request("data_received", "counter", "bytes_received", "bytes"),
    _sink("iterations", "counter"),
    _sink("iteration_duration", "trend", "ms"),
    _sink("iteration_errors", "counter"),
    _sink("dropped_iterations", "counter"),
    _sink("checks", "rate"),
    _sink("group_duration", "trend", "ms"),
    _sink("vus", "gauge"),
    _sink("vus_max", "gauge"),
)


class Registry:
    """
    All metrics of a run, by name: the built-in ones, then the script's in the order of their declaration.

    Args:
        custom: What the script declares. A second declaration that says the same is no mistake.

    Attributes:
        problems: Declarations that are wrong: a bad name, a name that is taken. They are left out.
    """

    def __init__(self, custom: Iterable[MetricDef] = ()) -> None:
        self._metrics = {metric.name: metric for metric in _BUILT_IN}
        self.problems: list[Problem] = []
        for definition in custom:
            self._declare(definition)

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._metrics.values())

    def __contains__(self, name: object) -> bool:
        return name in self._metrics

    def __getitem__(self, name: str) -> Metric:
        """Return the metric called *name*; KeyError if there is none."""
        return self._metrics[name]

    def get(self, name: str) -> Metric | None:
        """Return the metric called *name*, or None."""
        return self._metrics.get(name)

    def suggestion(self, name: str) -> str:
        """Guess which metric somebody meant who wrote *name*; "" if none is near."""
        return suggestion(name, self._metrics)

    def _declare(self, definition: MetricDef) -> None:
        """Add a custom metric, or note why it cannot be added."""
        name = definition.name
        metric = Metric(name, definition.kind, definition.unit, Origin.SINK, name, is_custom=True)
        known = self._metrics.get(name)
        if _NAME.fullmatch(name) is None:
            message = f"{name!r} is not a name for a metric"
            hint = "two to 129 letters, digits and underscores; no digit at the front"
        elif name in _SERIES_NAMES:
            message, hint = f"the name {name!r} is reserved", "give the metric another name"
        elif known is None:
            self._metrics[name] = metric
            return
        elif known == metric:
            return
        elif known.is_custom:
            message = f"the metric {name!r} is declared twice, as {_words(known)} and as {_words(metric)}"
            hint = "give one of them another name"
        else:
            message, hint = f"the metric {name!r} is built in", "give yours another name"
        self.problems.append(Problem(definition.where, message, hint))


def _words(metric: Metric) -> str:
    return f"{metric.kind} in {metric.unit}" if metric.unit else metric.kind
