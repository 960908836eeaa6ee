# The closed model: virtual users loop, and the plan says when each starts and stops.
from libc.stdint cimport int64_t

from ywstorm_core.loop.engine cimport Engine
from ywstorm_core.loop.numbering cimport Numbering
from ywstorm_core.loop.scenario cimport Driver, Scenario
from ywstorm_core.loop.timer cimport Timed
from ywstorm_core.loop.vu cimport VirtualUser


cdef class Agenda(Timed):
    # The driver's entry in the deadline heap.
    cdef Driver driver


cdef class ClosedDriver(Driver):
    cdef readonly Scenario scenario
    cdef Engine engine
    cdef Agenda agenda
    cdef object on_end                  # called once with the end of the last iteration, in ns
    cdef list at_ns                     # offsets of the events, ascending
    cdef list numbers                   # +n: virtual user n starts; -n: it starts no further iteration
    cdef Py_ssize_t next_event, n_events, last_start
    cdef dict running                   # number -> VirtualUser
    cdef list leaving                   # those still ending whose number has started again
    cdef int64_t vu_base, start_ns, duration_ns
    cdef int64_t graceful_stop_ns, graceful_ramp_down_ns
    cdef int64_t per_vu                 # iterations of each virtual user; -1: no limit
    cdef int64_t shared                 # iterations left for all of them; -1: no limit
    cdef int64_t pace_ns                # between the dues of two iterations of a virtual user; 0: none
    cdef Numbering numbering
    cdef int64_t unspent                # iterations planned and not yet started, for iteration-bound executors
    cdef int64_t last_end_ns
    cdef bint is_over

    cdef int start_vu(self, int64_t number, int64_t due_ns) except -1
    cdef int stop_vu(self, int64_t number, int64_t at_ns) except -1
    cdef bint has_budget(self, VirtualUser vu) noexcept
    cdef int check_end(self, int64_t now) except -1


cdef class HookDriver(Driver):
    cdef object future
    cdef VirtualUser vu
