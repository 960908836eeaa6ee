# Deadlines in absolute nanoseconds of CLOCK_MONOTONIC: one binary heap per engine.
#
# A member sits in the heap at most once, at `key_ns`. Moving its deadline *later* only writes `deadline_ns`: when the
# old key comes up the heap sees that the member is not due yet and puts it back. So a request that sets a time-out
# of a minute and is answered in a millisecond costs one store, not two sifts.
from libc.stdint cimport int64_t

cdef int64_t NEVER


cdef class Timed:
    cdef int64_t deadline_ns        # when on_deadline is wanted; NEVER: not at all
    cdef int64_t key_ns             # where it sits in the heap, <= deadline_ns
    cdef Py_ssize_t slot            # its index in the heap, -1 when outside

    cdef int on_deadline(self, int64_t now) except -1


cdef struct Entry:
    int64_t key_ns
    void* member                    # a Timed; the heap owns one reference


cdef class DeadlineHeap:
    cdef Entry* entries
    cdef Py_ssize_t size
    cdef Py_ssize_t capacity

    cdef int schedule(self, Timed member, int64_t deadline_ns) except -1
    cdef void remove(self, Timed member) noexcept
    cdef Timed pop_due(self, int64_t now)
    cdef void place(self, Py_ssize_t i, Entry entry) noexcept
    cdef void sift_up(self, Py_ssize_t i, Entry entry) noexcept
    cdef void sift_down(self, Py_ssize_t i, Entry entry) noexcept
    cdef void take_out(self, Py_ssize_t i) noexcept

    cdef inline int64_t top_ns(self) noexcept:
        return self.entries[0].key_ns if self.size else NEVER


cdef class Alarm(Timed):
    cdef readonly object function
