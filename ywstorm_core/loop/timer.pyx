"""The deadline heap: sleeps, time-outs, starts, stops. Decides what is due; the engine's timerfd does the waiting."""
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport INT64_MAX
from libc.stdlib cimport free, realloc

from ywstorm_core.debug cimport YWSTORM_DEBUG

__all__ = ["Alarm", "DeadlineHeap", "HeapProbe", "Timed"]

NEVER = INT64_MAX


cdef class Timed:
    def __cinit__(self):
        self.deadline_ns = NEVER
        self.slot = -1

    cdef int on_deadline(self, int64_t now) except -1:
        raise NotImplementedError(f"{type(self).__name__} has no deadline")


cdef class DeadlineHeap:
    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.size):
            Py_DECREF(<object>self.entries[i].member)
        free(self.entries)

    def __len__(self):
        return self.size

    cdef int schedule(self, Timed member, int64_t deadline_ns) except -1:
        """Wake *member* at the deadline; a second call replaces the first."""
        cdef Entry entry
        cdef Entry* grown
        member.deadline_ns = deadline_ns
        if member.slot >= 0:
            if member.key_ns > deadline_ns:
                entry = self.entries[member.slot]
                entry.key_ns = member.key_ns = deadline_ns
                self.sift_up(member.slot, entry)
            return 0
        if self.size == self.capacity:
            grown = <Entry*>realloc(self.entries, (2 * self.capacity + 64) * sizeof(Entry))
            if grown == NULL:
                raise MemoryError("deadline heap")
            self.entries = grown
            self.capacity = 2 * self.capacity + 64
        entry.key_ns = member.key_ns = deadline_ns
        entry.member = <void*>member
        Py_INCREF(member)
        self.size += 1
        self.sift_up(self.size - 1, entry)
        return 0

    cdef void remove(self, Timed member) noexcept:
        """Forget the deadline and let go of *member* now."""
        member.deadline_ns = NEVER
        if member.slot >= 0:
            self.take_out(member.slot)

    cdef Timed pop_due(self, int64_t now):
        """The next member whose deadline has come, taken out of the heap; None when there is none."""
        cdef Timed member
        cdef Entry entry
        while self.size and self.entries[0].key_ns <= now:
            member = <Timed>self.entries[0].member
            if member.deadline_ns == member.key_ns:
                member.deadline_ns = NEVER
                self.take_out(0)
                return member
            entry = self.entries[0]
            entry.key_ns = member.key_ns = member.deadline_ns
            self.sift_down(0, entry)
        return None

    cdef void place(self, Py_ssize_t i, Entry entry) noexcept:
        self.entries[i] = entry
        (<Timed>entry.member).slot = i

    cdef void sift_up(self, Py_ssize_t i, Entry entry) noexcept:
        cdef Py_ssize_t parent
        while i > 0:
            parent = (i - 1) >> 1
            if self.entries[parent].key_ns <= entry.key_ns:
                break
            self.place(i, self.entries[parent])
            i = parent
        self.place(i, entry)

    cdef void sift_down(self, Py_ssize_t i, Entry entry) noexcept:
        cdef Py_ssize_t child
        while True:
            child = 2 * i + 1
            if child >= self.size:
                break
            if child + 1 < self.size and self.entries[child + 1].key_ns < self.entries[child].key_ns:
                child += 1
            if self.entries[child].key_ns >= entry.key_ns:
                break
            self.place(i, self.entries[child])
            i = child
        self.place(i, entry)

    cdef void take_out(self, Py_ssize_t i) noexcept:
        cdef Timed member = <Timed>self.entries[i].member
        cdef Entry last
        if YWSTORM_DEBUG:
            assert member.slot == i, "heap slot out of step"
        member.slot = -1
        self.size -= 1
        if i < self.size:
            last = self.entries[self.size]
            if i > 0 and last.key_ns < self.entries[(i - 1) >> 1].key_ns:
                self.sift_up(i, last)
            else:
                self.sift_down(i, last)
        Py_DECREF(member)


cdef class Alarm(Timed):
    """Calls a Python function, once, with the instant at which it is called."""

    def __init__(self, function):
        self.function = function

    cdef int on_deadline(self, int64_t now) except -1:
        self.function(now)
        return 0


cdef class HeapProbe:
    """The heap seen from Python, for tests against a sorted list."""

    cdef DeadlineHeap heap

    def __cinit__(self):
        self.heap = DeadlineHeap()

    def schedule(self, Alarm alarm not None, int64_t deadline_ns):
        self.heap.schedule(alarm, deadline_ns)

    def remove(self, Alarm alarm not None):
        self.heap.remove(alarm)

    def pop_due(self, int64_t now):
        return self.heap.pop_due(now)

    def __len__(self):
        return self.heap.size
