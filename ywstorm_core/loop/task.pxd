# Steps a coroutine from compiled code and is an asyncio task while it does.
from libc.stdint cimport int64_t

from ywstorm_core.loop.exchange cimport Requester
from ywstorm_core.loop.pending cimport DoneCallbacks, Pending


cdef class CoroutineTask(Requester):
    cdef object coroutine               # the one being stepped; None between two
    cdef object context                 # contextvars.Context of its own
    cdef Pending waiting                # what it awaits, if that is ours
    cdef object foreign                 # the asyncio future it awaits, if that is not
    cdef object wake_up                 # bound `_wakeup`, made once
    cdef object raised                  # exception to throw at the next step; None: go on
    cdef object cancel_message
    cdef DoneCallbacks callbacks        # of those who wait for this task; None until there is one
    cdef str task_name
    cdef int n_cancels
    cdef bint must_cancel
    cdef bint is_stepping
    cdef bint is_over

    cdef int step(self) except -1
    cdef int wait_for(self, object yielded) except -1
    cdef int misuse(self, str text) except -1
    cdef int on_return(self, object value) except -1
    cdef int on_raise(self, object error) except -1
    cdef int begin_task(self) except -1
    cdef int finish_task(self) except -1
    cdef str default_name(self)
