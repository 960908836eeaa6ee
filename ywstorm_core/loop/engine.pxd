# The engine of one worker: an epoll set, a deadline heap, a ready queue, and one reader registered with the loop.
from libc.stdint cimport int64_t

from ywstorm_core.loop.timer cimport DeadlineHeap, Timed
from ywstorm_core.net.poller cimport Poller
from ywstorm_core.net.pool cimport Pool

cdef enum:
    BATCH = 16                      # events taken by one epoll_wait
    SLICE_NS = 500_000              # after which the loop gets its turn


cdef class Runnable(Timed):
    # Something that the engine may run from its top level: in practice a virtual user.
    cdef bint is_ready              # it is in the ready queue
    cdef int64_t due_ns             # the instant at which it could go on

    cdef int run(self) except -1


cdef class Engine:
    cdef readonly object loop
    cdef readonly object context        # the contextvars.Context of foreign wake-ups
    cdef readonly object observer       # is told of exceptions, events and failed requests; see worker/observer.py
    cdef public object on_exchange      # is told of every request that ends; None as a rule
    cdef readonly object resolver
    cdef readonly Pool shared           # idle connections, where virtual users share them
    cdef Poller poller
    cdef DeadlineHeap heap
    cdef int timer_fd
    cdef int64_t armed_ns               # what the timerfd is set to; NEVER when disarmed
    cdef void** ready                   # ring of Runnables, one reference each
    cdef Py_ssize_t ready_head, ready_size, ready_capacity
    cdef bint is_dispatching            # inside `on_readable`: a Runnable may be run directly ...
    cdef bint is_running                # ... unless one is running already
    cdef bint is_scheduled              # a call of `on_readable` stands in the loop's queue
    cdef int64_t until_ns               # end of the present slice
    cdef object failure                 # the first exception of a batch: told when the batch is done
    # Counters of requests, exact: started = ok + failed + cut off + in flight.
    cdef readonly int64_t requests_started, requests_ok, requests_failed, requests_cut_off
    cdef readonly int64_t requests_resent       # beside them: second attempts of requests that stale connections ate
    # Sleeps that have ended: what they asked for, and by how much they ended late.
    cdef readonly int64_t sleep_ns, sleep_late_ns

    cdef int make_ready(self, Runnable member) except -1
    cdef int resume(self, Runnable member) except -1
    cdef int wake_at(self, Timed member, int64_t deadline_ns) except -1
    cdef int keep_failure(self) except -1
    cdef int poll(self) except -1
    cdef int fire_due(self, int64_t now) except -1
    cdef int run_ready(self) except -1
    cdef int arm(self) except -1
    cdef int call_soon(self) except -1
