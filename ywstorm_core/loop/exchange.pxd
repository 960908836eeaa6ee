# One request on its way: from the call of vu.get to its answer, its failure or its end by cancellation.
from libc.stdint cimport int64_t

from ywstorm_core.loop.engine cimport Engine, Runnable
from ywstorm_core.loop.pending cimport Pending
from ywstorm_core.loop.response cimport Response
from ywstorm_core.loop.rules cimport Limits
from ywstorm_core.loop.scenario cimport Endpoint
from ywstorm_core.net.connection cimport Connection
from ywstorm_core.net.pool cimport Pool
from ywstorm_core.net.source cimport Source
from ywstorm_core.sample cimport Sample


cdef class Requester(Runnable):
    # The virtual user as an exchange sees it: who owns the connections and the requests under way.
    cdef Engine engine
    cdef Pool pool
    cdef Exchange first_open        # requests under way, a doubly linked list
    cdef bint is_unwinding          # its coroutine raised: what that left behind unawaited is no mistake

    cdef int watch_deadline(self, int64_t deadline_ns) except -1
    # An answer with cookies or a redirect has come. Returns where to go on (a Hop), or None; may make it a failure.
    cdef object take_answer(self, Exchange exchange, Response response)
    # Send *exchange* on to where take_answer pointed.
    cdef int follow(self, Exchange exchange, object hop, int64_t now) except -1


cdef class Exchange(Pending):
    cdef Requester requester
    cdef Endpoint endpoint
    cdef Connection connection      # None before it has one, and after the end
    cdef Pool pool                  # where its connection comes from and goes to
    cdef object origin
    cdef str method, url
    cdef bytes head                 # the request as it is sent; its body may be needed again for a resend or redirect
    cdef bytes body                 # None: there is none, or it comes from *source*
    cdef Source source              # of a chunked body; it can be read once
    cdef bytes cookies              # the line of the jar in *head*
    cdef bytes expected             # table of statuses that are no failure
    cdef Limits limits
    cdef Exchange next_open, previous_open
    cdef int64_t due_ns, begin_ns, done_ns
    cdef int64_t started_ns         # end of the wait for its turn or of a first attempt in vain; 0: it still waits
    cdef int64_t looked_up_ns       # end of the look-up; 0: there was none
    cdef int64_t deadline_ns        # of the whole request
    cdef int64_t wasted_sent, wasted_received   # bytes of an attempt in vain
    cdef int failed_code            # what went wrong within the call that made the request; 0: nothing
    cdef int redirects_left
    cdef bint follows               # redirects are followed at all
    cdef bint is_named              # by the script: its redirects keep the name
    cdef bint is_open
    cdef bint is_resent
    cdef bint is_counted            # as ok or failed: it ended, and goes on to another hop if it is still open

    cdef int enlist(self) except -1
    cdef int start(self, const char* data, Py_ssize_t size, int64_t now) except -1
    cdef int start_again(self, int64_t now) except -1
    cdef Connection take_idle(self, int64_t now)
    cdef int connect(self, const char* data, Py_ssize_t size) except -1
    cdef int fail_soon(self, int code) except -1
    cdef int64_t limit_ns(self) noexcept
    cdef int64_t phase_limit_ns(self) noexcept
    cdef int64_t check_ns(self, int64_t now) noexcept
    cdef int expire(self, int64_t now) except -1
    cdef bint may_resend(self) except -1
    cdef int resend(self, int64_t now) except -1
    cdef int cut_off(self) except -1
    cdef int end(self, int code, int64_t now) except -1
    cdef bint conclude(self, Response response, int code, int64_t now) except -1
    cdef int break_down(self, Response response) except -1
    cdef int read_answer(self, Response response) except -1
    cdef int tell(self, Response response) except -1
    cdef int release(self, Connection connection, int code, int64_t now) except -1
    cdef void unlink(self) noexcept
    cdef void measure(self, Sample* sample, Connection connection) noexcept
