# Series: what was measured under one metric and one set of tags. On a worker the figures are those of the window since
# the last cut; on the master they grow for the whole run.
cimport cython
from libc.stdint cimport int64_t

from ywstorm_core.sample cimport Sample, duration_ns, lateness_ns, latency_ns, service_ns
from ywstorm_core.stats.delta cimport Reader, Writer
from ywstorm_core.stats.histogram cimport Histogram


cdef class Series:
    cdef readonly int id           # dense, in order of creation, unique in one Aggregate
    cdef readonly str metric
    cdef readonly str kind
    cdef readonly tuple tags
    cdef readonly bint is_main_phase
    cdef list running              # ledger of all windows already cut; None before the first

    cpdef int add(self, double value, int64_t at_ns) except -1
    cdef bint is_touched(self) noexcept
    cdef int write(self, Writer writer) except -1
    cdef int read(self, Reader reader) except -1
    cdef void clear(self) noexcept
    cdef tuple entries(self)
    cdef list ledger(self)
    cdef list totals(self)
    cdef int close_window(self) except -1


@cython.final
cdef class RequestSeries(Series):
    cdef readonly int64_t count, failed
    cdef readonly int64_t bytes_sent, bytes_received
    cdef readonly Histogram duration, service, latency, lateness   # ns

    cdef int read_window(self, Reader reader, Histogram window_latency) except -1

    cdef inline void fold(self, const Sample* s) noexcept nogil:
        self.count += 1
        self.failed += s.has_failed
        self.bytes_sent += s.bytes_sent
        self.bytes_received += s.bytes_received
        if s.has_connection:
            self.duration.record(duration_ns(s))
            self.service.record(service_ns(s))
            self.latency.record(latency_ns(s))
            self.lateness.record(lateness_ns(s))


@cython.final
cdef class TimingSeries(Series):
    cdef readonly Histogram blocked, looking_up, connecting, tls, sending, waiting, receiving   # ns

    cdef tuple parts(self)

    cdef inline void fold(self, const Sample* s) noexcept nogil:
        if s.has_connection:
            self.blocked.record(s.blocked_ns)
            self.looking_up.record(s.looking_up_ns)
            self.connecting.record(s.connecting_ns)
            self.tls.record(s.tls_ns)
            self.sending.record(s.sending_ns)
            self.waiting.record(s.waiting_ns)
            self.receiving.record(s.receiving_ns)


@cython.final
cdef class CounterSeries(Series):
    cdef readonly double value
    cdef readonly int64_t count


@cython.final
cdef class GaugeSeries(Series):
    cdef readonly double last, min, max
    cdef readonly int64_t at_ns    # instant of `last`
    cdef readonly int64_t count

    cdef void observe(self, double last, double lowest, double highest, int64_t at_ns, int64_t n) noexcept


@cython.final
cdef class RateSeries(Series):
    cdef readonly int64_t passes, total


@cython.final
cdef class TrendSeries(Series):
    cdef readonly Histogram histogram   # values times 10^6: milliseconds become nanoseconds
