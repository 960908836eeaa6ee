# One request on its way: from the call of vu.get to its answer, its failure or its end by cancellation.
from libc.stdint cimport int64_t

from ywstorm_core.loop.engine cimport Engine, Runnable
from ywstorm_core.loop.pending cimport Pending
from ywstorm_core.loop.scenario cimport Endpoint
from ywstorm_core.net.connection cimport Connection, Pool
from ywstorm_core.net.request cimport RequestWriter
from ywstorm_core.sample cimport Sample

cdef enum:
    CONNECT_TIMEOUT_NS = 30_000_000_000


cdef class Requester(Runnable):
    # The virtual user as an exchange sees it: who owns the connections and the requests under way.
    cdef Engine engine
    cdef Pool pool
    cdef Exchange first_open        # requests under way, a doubly linked list
    cdef bint is_unwinding          # its coroutine raised: what that left behind unawaited is no mistake

    cdef int watch_deadline(self, int64_t deadline_ns) except -1


cdef class Exchange(Pending):
    cdef Requester requester
    cdef Endpoint endpoint
    cdef Connection connection      # None while the name is looked up, and after the end
    cdef object origin
    cdef str method, url
    cdef bytes waiting_bytes        # the request, while there is no connection to write it to
    cdef Exchange next_open, previous_open
    cdef int64_t due_ns, begin_ns, done_ns
    cdef int64_t looked_up_ns       # end of the look-up; 0: there was none
    cdef int64_t deadline_ns        # of the whole request
    cdef int failed_code            # what went wrong within the call that made the request; 0: nothing
    cdef bint is_open

    cdef int start(self, RequestWriter writer) except -1
    cdef int connect(self, const char* data, Py_ssize_t size) except -1
    cdef int fail_soon(self, int code) except -1
    cdef int64_t limit_ns(self) noexcept
    cdef int expire(self, int64_t now) except -1
    cdef int cut_off(self) except -1
    cdef int end(self, int code, int64_t now) except -1
    cdef void unlink(self) noexcept
    cdef void measure(self, Sample* sample, Connection connection) noexcept
