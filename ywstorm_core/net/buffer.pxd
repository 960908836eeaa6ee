# A growable run of bytes: data[start:end] is what it holds. Memory comes with the first byte.
cimport cython
from libc.stdlib cimport abort

from ywstorm_core.debug cimport YWSTORM_DEBUG


@cython.final
cdef class Buffer:
    cdef char* data                # NULL until the first reserve or append
    cdef Py_ssize_t start          # first byte not yet taken
    cdef Py_ssize_t end            # one past the last byte
    cdef Py_ssize_t capacity       # bytes allocated

    # Room for n more bytes behind `end`. -1: out of memory, nothing has changed.
    cdef int reserve(self, Py_ssize_t n) noexcept nogil
    # Copies n bytes to the end. -1: out of memory, nothing has changed.
    cdef int append(self, const char* p, Py_ssize_t n) noexcept nogil
    # Forgets the content; frees the memory too when it is more than an idle connection may hold.
    cdef void clear(self) noexcept nogil

    cdef inline Py_ssize_t pending(self) noexcept nogil:
        return self.end - self.start

    # Drops the first n bytes, n <= pending().
    cdef inline void take(self, Py_ssize_t n) noexcept nogil:
        if YWSTORM_DEBUG and not 0 <= n <= self.end - self.start:
            abort()
        self.start += n
        if self.start == self.end:
            self.start = self.end = 0
