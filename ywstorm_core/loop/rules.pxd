# How the requests of a scenario are made, and what is a failure.
from libc.stdint cimport int64_t

from ywstorm_core.net.pool cimport Pool

cdef enum:
    MAX_SECONDS = 4_000_000_000     # a sleep or time-out past it would overflow the clock
    MAX_KNOWN = 1000                # distinct values of one argument that are kept: past it they are read anew


cdef class Limits:
    # What each phase of a request may take, in ns; NEVER where there is no limit.
    cdef readonly int64_t total_ns, connect_ns, tls_ns, first_byte_ns, body_idle_ns
    cdef readonly int64_t least_ns      # of the phases: how often somebody has to look


cdef class RequestRules:
    cdef readonly Limits limits
    cdef readonly bytes expected        # a table: 1 at each status that is no failure
    cdef readonly bytes fixed_head      # User-Agent line, and Connection: close where nothing is kept alive
    cdef readonly int max_redirects
    cdef readonly bint keeps_body
    cdef readonly bint keeps_connections        # from one request to the next
    cdef readonly bint keeps_between            # from one iteration to the next
    cdef readonly bint keeps_cookies            # from one iteration to the next
    cdef readonly object seed
    cdef readonly Pool shared           # idle connections of all virtual users; None: each has its own
    cdef object parse_duration          # text -> ns
    cdef dict known_limits, known_statuses

    cdef int64_t duration_ns(self, object duration, str what) except -1
    cdef Limits limits_of(self, object timeout)
    cdef Limits read_limits(self, object timeout)
    cdef bytes statuses_of(self, object statuses)
