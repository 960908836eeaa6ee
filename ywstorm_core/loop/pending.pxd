# Something a script awaits: a request (Exchange) or a sleep. A virtual user is resumed from it directly; for
# everybody else it speaks the protocols of asyncio's Future and of a coroutine.
from libc.stdint cimport int64_t

from ywstorm_core.loop.engine cimport Engine, Runnable
from ywstorm_core.loop.timer cimport Timed

cdef enum PendingState:
    PENDING
    DONE
    CANCELLED


cdef class DoneCallbacks:
    # Who wants to hear that a future is done; called through the loop, each in its own context.
    cdef readonly list pairs            # [(function, context)]

    cdef int add(self, object function, object context) except -1
    cdef int remove(self, object function) except -1
    cdef int call(self, object loop, object future) except -1


cdef class Pending:
    cdef Engine engine
    cdef Runnable waiter                # the virtual user whose coroutine waits here
    cdef object result_value
    cdef DoneCallbacks callbacks        # of foreign waiters; None until there is one
    cdef object cancel_message
    cdef PendingState state
    cdef bint future_blocking           # asyncio's `_asyncio_future_blocking`
    cdef bint is_awaited

    cdef int settle(self, object value, int64_t now) except -1
    cdef int on_cancel(self) except -1
    cdef void note_await(self) noexcept


cdef class Wake(Timed):
    cdef Sleep sleep


cdef class Sleep(Pending):
    cdef Wake wake
    cdef int64_t began_ns, wake_ns

    @staticmethod
    cdef Sleep start(Engine engine, int64_t began_ns, int64_t length_ns)
