# The virtual user: the life of its iterations.
from libc.stdint cimport int64_t

from ywstorm_core.loop.scenario cimport Driver, Scenario
from ywstorm_core.loop.script_face cimport ScriptFace

cdef enum Activity:
    FRESH               # on_start comes next, if there is one, else an iteration
    STARTING            # inside on_start
    BETWEEN             # an iteration comes next, if the driver wants one
    WAITING             # for its pace, or for an arrival
    ITERATING
    STOPPING            # inside on_stop
    HOOK                # inside setup or teardown
    ENDED


cdef class VirtualUser(ScriptFace):
    cdef object __weakref__
    cdef Driver driver
    cdef int64_t number                 # 1 ..., within its scenario
    cdef Activity activity
    cdef bint is_stopping               # starts no further iteration
    cdef int64_t cut_ns                 # when that happens; NEVER while it may go on
    cdef int64_t resume_ns              # when a failed on_start is tried again, or its pace goes on; NEVER
    cdef int64_t began_ns               # begin of the iteration
    cdef int64_t left                   # iterations it may still start; -1: as many as it likes
    cdef int64_t paced_ns               # when its first iteration was due: where its pace begins
    cdef int64_t arrival_ns             # due of the arrival that it has been given and not yet begun; NEVER
    cdef int64_t arrival_number         # its number among those of the scenario
    cdef bint is_free                   # its driver may give it an arrival

    @staticmethod
    cdef VirtualUser create(Scenario scenario, Driver driver, int64_t id, int64_t number, int64_t due_ns)

    cdef int begin_activity(self, Activity activity, object function) except -1
    cdef bint is_done(self) noexcept
    cdef int between(self) except -1
    cdef int wind_up(self) except -1
    cdef int come_to_rest(self) except -1
    cdef int end_iteration(self, object error, bint was_told) except -1
    cdef int report(self, object error) except -1
    cdef int close_requests(self) except -1
    cdef int close_sessions(self) except -1
    cdef int end(self) except -1
    cdef int stop_by(self, int64_t cut_ns) except -1
    cdef int go_on(self) except -1
    cdef int cut(self, int64_t now) except -1
    cdef int force_end(self) except -1
