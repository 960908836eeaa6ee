# Sans-IO writer of HTTP/1.1 requests: values in, bytes appended to a Buffer. What would break framing is a ValueError.
cimport cython

from ywstorm_core.net.buffer cimport Buffer


@cython.final
cdef class RequestWriter:
    cdef Buffer out                     # the whole request, valid until the next `write`
    cdef Py_ssize_t head_end            # of these bytes, the head
    cdef bint has_host, has_user_agent, has_content_type, has_cookie, has_authorization

    cdef int write(
        self, str method, str target, str host, bytes fixed_head, bytes cookies, object authorization, object headers,
        str content_type, object body, bint is_chunked,
    ) except -1
    cdef int write_target(self, str target) except -1
    cdef int write_field(self, object name, object value) except -1
    cdef int put(self, const char* data, Py_ssize_t size) except -1
    cdef int put_text(self, str text) except -1
    cdef int note(self, object name, const char* text, Py_ssize_t size) except -1
