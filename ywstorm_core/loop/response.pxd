# What a script gets for a request.
from libc.stdint cimport int64_t

from ywstorm_core.sample cimport Sample


cdef class Response:
    cdef Sample sample
    cdef readonly int status
    cdef readonly str url
    cdef readonly str method
    cdef readonly bytes body
    cdef bytes head                 # raw field lines
    cdef object parsed_headers      # Headers, made when first asked for
    cdef object message             # what went wrong, in words; None when all is well
    cdef int base_error             # ErrorCode of a failure in transport; 0 when something was answered

    cdef int fail(self, int code, str message) except -1
    cdef str describe_failure(self)


cdef class Timings:
    cdef Response response
