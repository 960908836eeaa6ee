# The bytes of a delta: unsigned varints (LEB128) and native doubles, written and read in one pass.
# Master and workers run on one host, so doubles travel as they lie in memory.
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum:
    MAX_VARINT = 10                # bytes of the longest 64-bit varint


@cython.final
cdef class Writer:
    cdef uint8_t* data
    cdef Py_ssize_t size           # bytes written
    cdef Py_ssize_t capacity       # bytes allocated

    cdef int grow(self, Py_ssize_t n) except -1 nogil
    cdef int put_double(self, double value) except -1 nogil
    cdef bytes take(self)

    cdef inline int put(self, uint64_t value) except -1 nogil:
        if self.capacity - self.size < MAX_VARINT:
            self.grow(MAX_VARINT)
        while value >= 0x80:
            self.data[self.size] = <uint8_t>(value & 0x7F) | 0x80
            self.size += 1
            value >>= 7
        self.data[self.size] = <uint8_t>value
        self.size += 1
        return 0


@cython.final
cdef class Reader:
    cdef bytes payload             # keeps what `at` and `end` point into alive
    cdef const uint8_t* at
    cdef const uint8_t* end

    cdef int64_t next_count(self) except -1
    cdef double next_double(self) except? -1.0
    cdef int finish(self) except -1

    # 0 and *value; or -1 when the bytes end inside the varint or it needs more than 64 bits.
    cdef inline int next(self, uint64_t* value) noexcept nogil:
        cdef uint64_t byte
        cdef uint64_t result = 0
        cdef int shift = 0
        while self.at < self.end and shift < 64:
            byte = self.at[0]
            self.at += 1
            if shift == 63 and byte > 1:
                return -1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                value[0] = result
                return 0
            shift += 7
        return -1
