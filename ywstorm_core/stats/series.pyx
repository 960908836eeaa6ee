"""
Series and their figures: fold or add, write a window as bytes, add such bytes, keep the account of it all.

The account is a *ledger*: the additive figures of a series as a list, named by `entries`. Both ends keep one, and
`Aggregate.check_totals` compares them. What a series cannot do is left to `Series`, which refuses it.
"""

cimport cython
from libc.math cimport isfinite
from libc.stdint cimport INT64_MIN

__all__ = ["CounterSeries", "GaugeSeries", "RateSeries", "RequestSeries", "Series", "TimingSeries", "TrendSeries"]

cdef extern from "<math.h>" nogil:
    long long llrint(double)

cdef double TREND_SCALE = 1e6
cdef double TREND_LIMIT = 9.2e12           # times the scale still below 2^63


cdef list histogram_ledger(tuple histograms):
    cdef Histogram histogram
    figures = []
    for histogram in histograms:
        figures += (histogram.count, histogram.sum, histogram.infinite, histogram.lost)
    return figures


cdef tuple histogram_entries(tuple names):
    return tuple([f"{name}.{figure}" for name in names for figure in ("count", "sum", "infinite", "lost")])


cdef tuple REQUEST_ENTRIES = ("count", "failed", "bytes_sent", "bytes_received") + histogram_entries(
    ("duration", "service", "latency", "lateness")
)
cdef tuple TIMING_ENTRIES = histogram_entries(
    ("blocked", "looking_up", "connecting", "tls", "sending", "waiting", "receiving")
)
cdef tuple TREND_ENTRIES = histogram_entries(("values",))


cdef class Series:
    def __init__(self, int id, str metric not None, tuple tags not None):
        self.id = id
        self.metric = metric
        self.tags = tags
        self.is_main_phase = self.tag("phase") == "main"

    def tag(self, str key not None):
        cdef tuple pair
        for pair in self.tags:
            if pair[0] == key:
                return pair[1]
        return None

    cpdef int add(self, double value, int64_t at_ns) except -1:
        raise TypeError(f"{self.metric}: a {self.kind} series takes no single values")

    cdef bint is_touched(self) noexcept:
        """Whether the window has anything to tell."""
        return False

    cdef int write(self, Writer writer) except -1:
        """Write the figures of the window."""
        raise TypeError("an abstract series")

    cdef int read(self, Reader reader) except -1:
        """Add what `write` wrote. ValueError if that is damaged."""
        raise TypeError("an abstract series")

    cdef void clear(self) noexcept:
        """Begin the next window."""

    cdef tuple entries(self):
        """Names of the ledger's figures."""
        return ()

    cdef list ledger(self):
        """The additive figures as they stand: int, but float for the sum of a counter."""
        return []

    cdef list totals(self):
        """The ledger since the start: all closed windows and the open one."""
        if self.running is None:
            return self.ledger()
        return [past + now for past, now in zip(self.running, self.ledger(), strict=True)]

    cdef int close_window(self) except -1:
        self.running = self.totals()
        self.clear()
        return 0


@cython.final
cdef class RequestSeries(Series):
    def __init__(self, int id, str metric, tuple tags):
        Series.__init__(self, id, metric, tags)
        self.kind = "request"
        self.duration = Histogram()
        self.service = Histogram()
        self.latency = Histogram()
        self.lateness = Histogram()

    def fold_values(self, *, due_ns, begin_ns, done_ns, sending_ns=0, waiting_ns=0, receiving_ns=0,
                    bytes_sent=0, bytes_received=0, has_failed=False, has_connection=True):
        cdef Sample s
        s.due_ns = due_ns
        s.begin_ns = begin_ns
        s.done_ns = done_ns
        s.sending_ns = sending_ns
        s.waiting_ns = waiting_ns
        s.receiving_ns = receiving_ns
        s.bytes_sent = bytes_sent
        s.bytes_received = bytes_received
        s.has_failed = has_failed
        s.has_connection = has_connection
        self.fold(&s)

    cdef bint is_touched(self) noexcept:
        # A dropped arrival is an infinite latency without a request.
        return self.count > 0 or not self.latency.is_empty()

    cdef int write(self, Writer writer) except -1:
        writer.put(self.count)
        writer.put(self.failed)
        writer.put(self.bytes_sent)
        writer.put(self.bytes_received)
        self.latency.write(writer)
        self.duration.write(writer)
        self.service.write(writer)
        self.lateness.write(writer)
        return 0

    cdef int read(self, Reader reader) except -1:
        return self.read_window(reader, None)

    cdef int read_window(self, Reader reader, Histogram window_latency) except -1:
        """Like `read`; adds the latencies to *window_latency* too, unless that is None."""
        self.count += reader.next_count()
        self.failed += reader.next_count()
        self.bytes_sent += reader.next_count()
        self.bytes_received += reader.next_count()
        latency = reader.at
        if window_latency is not None:
            window_latency.read(reader)
            reader.at = latency
        self.latency.read(reader)
        self.duration.read(reader)
        self.service.read(reader)
        self.lateness.read(reader)
        return 0

    cdef void clear(self) noexcept:
        self.count = self.failed = self.bytes_sent = self.bytes_received = 0
        self.duration.clear()
        self.service.clear()
        self.latency.clear()
        self.lateness.clear()

    cdef tuple entries(self):
        return REQUEST_ENTRIES

    cdef list ledger(self):
        return [self.count, self.failed, self.bytes_sent, self.bytes_received] + histogram_ledger(
            (self.duration, self.service, self.latency, self.lateness)
        )


@cython.final
cdef class TimingSeries(Series):
    def __init__(self, int id, str metric, tuple tags):
        Series.__init__(self, id, metric, tags)
        self.kind = "timing"
        self.blocked = Histogram()
        self.looking_up = Histogram()
        self.connecting = Histogram()
        self.tls = Histogram()
        self.sending = Histogram()
        self.waiting = Histogram()
        self.receiving = Histogram()

    cdef tuple parts(self):
        return (self.blocked, self.looking_up, self.connecting, self.tls, self.sending, self.waiting, self.receiving)

    def fold_values(self, *, blocked_ns=0, looking_up_ns=0, connecting_ns=0, tls_ns=0, sending_ns=0, waiting_ns=0,
                    receiving_ns=0, has_connection=True):
        cdef Sample s
        s.blocked_ns = blocked_ns
        s.looking_up_ns = looking_up_ns
        s.connecting_ns = connecting_ns
        s.tls_ns = tls_ns
        s.sending_ns = sending_ns
        s.waiting_ns = waiting_ns
        s.receiving_ns = receiving_ns
        s.has_connection = has_connection
        self.fold(&s)

    cdef bint is_touched(self) noexcept:
        return not self.blocked.is_empty()     # every fold records all seven

    cdef int write(self, Writer writer) except -1:
        cdef Histogram part
        for part in self.parts():
            part.write(writer)
        return 0

    cdef int read(self, Reader reader) except -1:
        cdef Histogram part
        for part in self.parts():
            part.read(reader)
        return 0

    cdef void clear(self) noexcept:
        self.blocked.clear()
        self.looking_up.clear()
        self.connecting.clear()
        self.tls.clear()
        self.sending.clear()
        self.waiting.clear()
        self.receiving.clear()

    cdef tuple entries(self):
        return TIMING_ENTRIES

    cdef list ledger(self):
        return histogram_ledger(self.parts())


@cython.final
cdef class CounterSeries(Series):
    def __init__(self, int id, str metric, tuple tags):
        Series.__init__(self, id, metric, tags)
        self.kind = "counter"

    cpdef int add(self, double value, int64_t at_ns) except -1:
        if not isfinite(value):
            raise ValueError(f"{self.metric}: a counter adds finite numbers, not {value}")
        self.value += value
        self.count += 1
        return 0

    cdef bint is_touched(self) noexcept:
        return self.count > 0

    cdef int write(self, Writer writer) except -1:
        writer.put(self.count)
        writer.put_double(self.value)
        return 0

    cdef int read(self, Reader reader) except -1:
        self.count += reader.next_count()
        self.value += reader.next_double()
        return 0

    cdef void clear(self) noexcept:
        self.count = 0
        self.value = 0

    cdef tuple entries(self):
        return ("count", "value")

    cdef list ledger(self):
        return [self.count, self.value]


@cython.final
cdef class GaugeSeries(Series):
    def __init__(self, int id, str metric, tuple tags):
        Series.__init__(self, id, metric, tags)
        self.kind = "gauge"
        self.at_ns = INT64_MIN

    cpdef int add(self, double value, int64_t at_ns) except -1:
        if not isfinite(value):
            raise ValueError(f"{self.metric}: a gauge takes finite numbers, not {value}")
        self.observe(value, value, value, at_ns, 1)
        return 0

    cdef void observe(self, double last, double lowest, double highest, int64_t at_ns, int64_t n) noexcept:
        if at_ns >= self.at_ns:
            self.last = last
            self.at_ns = at_ns
        self.min = min(self.min, lowest) if self.count else lowest
        self.max = max(self.max, highest) if self.count else highest
        self.count += n

    cdef bint is_touched(self) noexcept:
        return self.count > 0

    cdef int write(self, Writer writer) except -1:
        writer.put(self.count)
        writer.put(self.at_ns)
        writer.put_double(self.last)
        writer.put_double(self.min)
        writer.put_double(self.max)
        return 0

    cdef int read(self, Reader reader) except -1:
        cdef int64_t n = reader.next_count()
        cdef int64_t at_ns = reader.next_count()
        cdef double last = reader.next_double()
        cdef double lowest = reader.next_double()
        self.observe(last, lowest, reader.next_double(), at_ns, n)
        return 0

    cdef void clear(self) noexcept:
        self.count = 0
        self.last = self.min = self.max = 0
        self.at_ns = INT64_MIN

    cdef tuple entries(self):
        return ("count",)

    cdef list ledger(self):
        return [self.count]


@cython.final
cdef class RateSeries(Series):
    def __init__(self, int id, str metric, tuple tags):
        Series.__init__(self, id, metric, tags)
        self.kind = "rate"

    cpdef int add(self, double value, int64_t at_ns) except -1:
        self.passes += value != 0
        self.total += 1
        return 0

    cdef bint is_touched(self) noexcept:
        return self.total > 0

    cdef int write(self, Writer writer) except -1:
        writer.put(self.passes)
        writer.put(self.total)
        return 0

    cdef int read(self, Reader reader) except -1:
        self.passes += reader.next_count()
        self.total += reader.next_count()
        return 0

    cdef void clear(self) noexcept:
        self.passes = self.total = 0

    cdef tuple entries(self):
        return ("passes", "total")

    cdef list ledger(self):
        return [self.passes, self.total]


@cython.final
cdef class TrendSeries(Series):
    def __init__(self, int id, str metric, tuple tags):
        Series.__init__(self, id, metric, tags)
        self.kind = "trend"
        self.histogram = Histogram()

    cpdef int add(self, double value, int64_t at_ns) except -1:
        if not 0 <= value < TREND_LIMIT:
            raise ValueError(f"{self.metric}: a trend takes numbers from 0 to below 9.2e12, not {value}")
        self.histogram.record(llrint(value * TREND_SCALE))
        return 0

    cdef bint is_touched(self) noexcept:
        return not self.histogram.is_empty()

    cdef int write(self, Writer writer) except -1:
        return self.histogram.write(writer)

    cdef int read(self, Reader reader) except -1:
        return self.histogram.read(reader)

    cdef void clear(self) noexcept:
        self.histogram.clear()

    cdef tuple entries(self):
        return TREND_ENTRIES

    cdef list ledger(self):
        return histogram_ledger((self.histogram,))
