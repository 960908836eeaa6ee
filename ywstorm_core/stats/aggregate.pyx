"""
The series of a process, and the two payloads by which a worker's become the master's.

A window payload is msgpack: [definitions, deltas, folded], where a definition is [id, metric, kind, tags] and a delta
[id, bytes of Series.write]. Definitions come in id order, each series once. The totals payload is JSON, because sums
may exceed 64 bits: [[id, metric, ledger], …].
"""

cimport cython

import json
import math

import msgpack
from libc.stdint cimport int64_t

from ywstorm_core.stats.delta cimport Reader, Writer
from ywstorm_core.stats.series cimport CounterSeries, GaugeSeries, RateSeries, TrendSeries

__all__ = ["Aggregate"]

cdef str REQUEST = "http_req"
cdef str TIMING = "http_req_timing"
cdef str OTHER = "(other)"
cdef frozenset KEPT_TAGS = frozenset(("phase", "scenario"))          # by folding
cdef frozenset NAMING_TAGS = frozenset(("check", "method", "name"))  # become "(other)"; all further tags vanish
cdef dict CLASSES = {
    "request": RequestSeries,
    "timing": TimingSeries,
    "counter": CounterSeries,
    "gauge": GaugeSeries,
    "rate": RateSeries,
    "trend": TrendSeries,
}


cdef class Source:
    """What the master knows of one worker."""

    def __cinit__(self):
        self.series = []
        self.ledgers = []

    cdef Series at(self, int id):
        if not 0 <= id < len(self.series):
            raise ValueError(f"series {id} has not been defined")
        return <Series>self.series[id]


cdef bint is_same(booked, total) except -1:
    """Whole figures are equal or not; sums of floats depend on their order."""
    if type(booked) is float or type(total) is float:
        return math.isclose(booked, total, rel_tol=1e-9, abs_tol=1e-9)
    return booked == total


cdef str title_of(Series series):
    return f"{series.metric}{{{','.join([f'{key}:{value}' for key, value in series.tags])}}}"


cdef tuple folded_tags(tuple tags):
    return tuple([
        (key, value if key in KEPT_TAGS else OTHER) for key, value in tags if key in KEPT_TAGS or key in NAMING_TAGS
    ])


@cython.final
cdef class Aggregate:
    def __init__(self, int max_request_series=2000, int max_series=10000):
        self.max_request_series = max_request_series
        self.max_series = max_series
        self.series = []
        self.known = {}
        self.kinds = {REQUEST: "request", TIMING: "timing"}
        self.room = {"request": max_request_series, "timing": max_request_series, "sink": max_series}
        self.sources = {}

    # -- finding series -----------------------------------------------------------------------------------------------

    cpdef RequestSeries request(self, tuple tags):
        return <RequestSeries>self.find(REQUEST, "request", tags)

    cpdef TimingSeries timing(self, tuple tags):
        return <TimingSeries>self.find(TIMING, "timing", tags)

    cpdef Series sink(self, str metric, str kind, tuple tags):
        if kind not in ("counter", "gauge", "rate", "trend"):
            raise ValueError(f"{metric}: {kind!r} is no kind of metric; there are counter, gauge, rate and trend")
        return self.find(metric, kind, tags)

    cdef Series find(self, str metric, str kind, tuple tags):
        series = self.known.get((metric, tags))
        if series is None:
            return self.admit(metric, kind, tags)
        if (<Series>series).kind != kind:
            raise ValueError(f"{metric} is a {(<Series>series).kind} and cannot be a {kind} too")
        return <Series>series

    cdef Series admit(self, str metric, str kind, tuple tags):
        """A series for tags seen for the first time."""
        known_kind = self.kinds.setdefault(metric, kind)
        if known_kind != kind:
            raise ValueError(f"{metric} is a {known_kind} and cannot be a {kind} too")
        pool = kind if kind in self.room else "sink"
        if self.room[pool] == 0:
            return self.fold_away(metric, kind, tags)
        self.room[pool] -= 1
        return self.make(metric, kind, tags)

    cdef Series fold_away(self, str metric, str kind, tuple tags):
        """The shared series for tags that get none of their own: at most one per metric, scenario and phase."""
        cdef tuple shared_tags = folded_tags(tags)
        series = self.known.get((metric, shared_tags))
        if series is None:
            series = self.make(metric, kind, shared_tags)
        if shared_tags != tags and self.n_remembered < self.max_request_series + self.max_series:
            self.known[(metric, tags)] = series
            self.n_remembered += 1
            self.folded = max(self.folded, self.n_remembered)
        return <Series>series

    cdef Series make(self, str metric, str kind, tuple tags):
        series = CLASSES[kind](len(self.series), metric, tags)
        self.series.append(series)
        self.known[(metric, tags)] = series
        return <Series>series

    # -- the worker's side --------------------------------------------------------------------------------------------

    cpdef bytes cut(self):
        cdef Series series
        cdef Writer writer = Writer()
        definitions = [(series.id, series.metric, series.kind, series.tags) for series in self.series[self.n_defined:]]
        deltas = []
        for series in self.series:
            if series.is_touched():
                series.write(writer)
                deltas.append((series.id, writer.take()))
                series.close_window()
        self.n_defined = len(self.series)
        return msgpack.packb((definitions, deltas, self.folded))

    cpdef bytes totals(self):
        cdef Series series
        return json.dumps([(series.id, series.metric, series.totals()) for series in self.series]).encode()

    # -- the master's side --------------------------------------------------------------------------------------------

    cpdef tuple merge(self, int source, bytes payload, Histogram window_latency=None):
        cdef Source sender = self.sources.get(source)
        cdef int64_t requests = 0
        cdef int64_t failed = 0
        cdef int64_t requests_before, failed_before
        if sender is None:
            sender = self.sources[source] = Source()
        try:
            definitions, deltas, folded = msgpack.unpackb(payload, use_list=False)
            self.folded = max(self.folded, folded)
            for id, metric, kind, tags in definitions:
                self.define(sender, id, metric, kind, tags)
            for id, delta in deltas:
                series = sender.at(id)
                if type(series) is RequestSeries and (<Series>series).is_main_phase:
                    requests_before = (<RequestSeries>series).count
                    failed_before = (<RequestSeries>series).failed
                    self.merge_delta(sender, id, delta, window_latency)
                    requests += (<RequestSeries>series).count - requests_before
                    failed += (<RequestSeries>series).failed - failed_before
                else:
                    self.merge_delta(sender, id, delta, None)
        except (ValueError, TypeError, OverflowError) as exc:
            raise ValueError(f"damaged window of worker {source}: {exc!r}") from exc
        return requests, failed

    cdef int define(self, Source sender, int id, str metric, str kind, tuple tags) except -1:
        if id != len(sender.series):
            raise ValueError(f"series {id} is defined where {len(sender.series)} is next: a window is lost or double")
        if kind not in CLASSES:
            raise ValueError(f"series {id} is of no known kind: {kind!r}")
        for key, value in tags:
            if type(key) is not str or type(value) is not str:
                raise ValueError(f"series {id} has tags that are not text")
        cdef Series series = self.find(metric, kind, tags)
        sender.series.append(series)
        sender.ledgers.append([0] * len(series.entries()))
        return 0

    cdef int merge_delta(self, Source sender, int id, bytes delta, Histogram window_latency) except -1:
        """Add a delta, and book what has really been added to the series."""
        cdef Series series = sender.at(id)
        cdef Reader reader = Reader(delta)
        before = series.ledger()
        if window_latency is not None:
            (<RequestSeries>series).read_window(reader, window_latency)
        else:
            series.read(reader)
        reader.finish()
        sender.ledgers[id] = [
            booked + now - then
            for booked, now, then in zip(sender.ledgers[id], series.ledger(), before, strict=True)
        ]
        return 0

    cpdef list check_totals(self, int source, bytes payload):
        cdef Source sender = self.sources.get(source) or Source()
        cdef Series series
        faults = []
        try:
            ledgers = {id: (metric, ledger) for id, metric, ledger in json.loads(payload)}
            for id, (metric, ledger) in ledgers.items():
                if not 0 <= id < len(sender.series):
                    faults.append(f"worker {source}: no window told of series {id} ({metric}) with totals {ledger}")
                    continue
                series = sender.at(id)
                for entry, booked, total in zip(series.entries(), sender.ledgers[id], ledger, strict=True):
                    if not is_same(booked, total):
                        faults.append(
                            f"worker {source}: {entry} of {title_of(series)} is {booked} in all windows together,"
                            f" but {total} in its totals"
                        )
        except (ValueError, TypeError) as exc:
            raise ValueError(f"damaged totals of worker {source}: {exc!r}") from exc
        for id in range(len(sender.series)):
            if id not in ledgers:
                faults.append(f"worker {source}: the totals lack {title_of(sender.at(id))}, of which windows told")
        return faults
