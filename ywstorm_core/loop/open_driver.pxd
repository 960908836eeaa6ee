# The open model: iterations start when they are due, whoever is free.
from libc.stdint cimport int64_t

from cpython.buffer cimport Py_buffer

from ywstorm_core.loop.driver cimport Agenda
from ywstorm_core.loop.engine cimport Engine
from ywstorm_core.loop.numbering cimport Numbering
from ywstorm_core.loop.scenario cimport Driver, Scenario
from ywstorm_core.loop.vu cimport VirtualUser


cdef class OpenDriver(Driver):
    cdef readonly Scenario scenario
    cdef Engine engine
    cdef Agenda agenda
    cdef object on_end                  # called once with the end of the last iteration, in ns
    cdef object blocks                  # iterator of blocks of due times; None when all have been taken
    cdef Py_buffer block                # the present one, int64: offsets from the start
    cdef Py_ssize_t next_in_block, block_size
    cdef int64_t next_due_ns            # of the next arrival, absolute; NEVER when there is none
    cdef object numbers                 # range of the numbers that virtual users may have
    cdef Py_ssize_t n_numbered          # how many of them have been given out
    cdef dict users                     # number -> VirtualUser, all that have not ended
    cdef list free                      # those that wait for an arrival; the last one is taken first
    cdef Numbering numbering            # of its arrivals
    cdef int64_t vu_base, start_ns, duration_ns, graceful_stop_ns
    cdef int64_t last_end_ns
    cdef bint has_begun, is_closing, is_over

    cdef int advance(self) except -1
    cdef void release_block(self) noexcept
    cdef int arrive(self, int64_t due_ns) except -1
    cdef VirtualUser free_vu(self)
    cdef VirtualUser new_vu(self, int64_t due_ns)
    cdef int close(self, int64_t cut_ns) except -1
    cdef int check_end(self) except -1
