"""Varints and doubles, written and read without a Python object per number; see delta.pxd for the compiled side."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

__all__ = ["Reader", "Writer", "decode_varints", "encode_varints"]


@cython.final
cdef class Writer:
    def __dealloc__(self):
        free(self.data)

    cdef int grow(self, Py_ssize_t n) except -1 nogil:
        """Make room for n more bytes."""
        cdef Py_ssize_t capacity = max(256, 2 * self.capacity, self.size + n)
        cdef void* data = realloc(self.data, capacity)
        if data == NULL:
            with gil:
                raise MemoryError
        self.data = <uint8_t*>data
        self.capacity = capacity
        return 0

    cdef int put_double(self, double value) except -1 nogil:
        if self.capacity - self.size < <Py_ssize_t>sizeof(double):
            self.grow(sizeof(double))
        memcpy(self.data + self.size, &value, sizeof(double))
        self.size += sizeof(double)
        return 0

    cdef bytes take(self):
        """What was written since the last take; the memory stays for the next."""
        cdef bytes written = PyBytes_FromStringAndSize(<char*>self.data, self.size)
        self.size = 0
        return written


@cython.final
cdef class Reader:
    def __init__(self, bytes payload not None):
        self.payload = payload
        self.at = <const uint8_t*>PyBytes_AS_STRING(payload)
        self.end = self.at + PyBytes_GET_SIZE(payload)

    cdef int64_t next_count(self) except -1:
        cdef uint64_t value
        if self.next(&value) < 0 or value > <uint64_t>INT64_MAX:
            raise ValueError("delta: a count is truncated or exceeds 63 bits")
        return <int64_t>value

    cdef double next_double(self) except? -1.0:
        cdef double value
        if self.end - self.at < <Py_ssize_t>sizeof(double):
            raise ValueError("delta: the bytes end inside a double")
        memcpy(&value, self.at, sizeof(double))
        self.at += sizeof(double)
        return value

    cdef int finish(self) except -1:
        """Everything must have been read."""
        if self.at != self.end:
            raise ValueError(f"delta: {self.end - self.at} bytes too many")
        return 0


def encode_varints(values):
    cdef Writer writer = Writer()
    for value in values:
        writer.put(value)
    return writer.take()


def decode_varints(bytes data not None):
    cdef Reader reader = Reader(data)
    cdef uint64_t value
    values = []
    while reader.at != reader.end:
        if reader.next(&value) < 0:
            raise ValueError("delta: a number is truncated or exceeds 64 bits")
        values.append(value)
    return values
