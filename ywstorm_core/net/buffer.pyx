"""
A growable run of bytes for what a socket could not take, or for a message that arrives in pieces.

Most connections never need one: requests leave in one send and answers arrive in one recv. So memory is taken with
the first byte and a large block is given back on clear(), for ten thousand idle connections each hold on to theirs.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memmove

__all__ = ["Buffer"]

cdef enum:
    FIRST_BYTES = 512              # the head of a usual answer
    IDLE_BYTES = 4096              # the most that an empty buffer keeps


cdef class Buffer:

    def __dealloc__(self):
        free(self.data)

    cdef int reserve(self, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t needed = self.end + n
        cdef Py_ssize_t size
        cdef char* data
        if needed <= self.capacity:
            return 0
        if self.start:
            memmove(self.data, self.data + self.start, self.end - self.start)
            self.end -= self.start
            self.start = 0
            needed = self.end + n
            if needed <= self.capacity:
                return 0
        size = max(2 * self.capacity, needed, <Py_ssize_t>FIRST_BYTES)
        data = <char*>realloc(self.data, size)
        if data == NULL:
            return -1
        self.data = data
        self.capacity = size
        return 0

    cdef int append(self, const char* p, Py_ssize_t n) noexcept nogil:
        if n == 0:
            return 0
        if self.reserve(n) < 0:
            return -1
        memcpy(self.data + self.end, p, n)
        self.end += n
        return 0

    cdef void clear(self) noexcept nogil:
        self.start = self.end = 0
        if self.capacity > IDLE_BYTES:
            free(self.data)
            self.data = NULL
            self.capacity = 0

    # For Python callers, who are the tests.

    def add(self, bytes data):
        if self.append(data, len(data)) < 0:
            raise MemoryError

    def drop(self, Py_ssize_t n):
        if not 0 <= n <= self.pending():
            raise ValueError(f"cannot drop {n} of {self.pending()} bytes")
        self.take(n)

    def empty(self):
        self.clear()

    def __len__(self):
        return self.pending()

    def __bytes__(self):
        return PyBytes_FromStringAndSize(self.data + self.start, self.pending())

    @property
    def allocated(self):
        return self.capacity
