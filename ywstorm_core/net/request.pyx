"""
Requests as bytes.

Strict in what it sends: a method, target, field name or field value that could change where the request ends, or turn
into another field, is refused with a ValueError that names it, before a byte has left.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdio cimport snprintf
from libc.string cimport memcpy

__all__ = ["RequestWriter", "render"]

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    bint PyUnicode_IS_ASCII(object text)

cdef extern from "<strings.h>" nogil:
    int strncasecmp(const char* a, const char* b, size_t n)

cdef bytes TOKEN_CHARACTERS = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
cdef bint[256] IS_TOKEN

cdef unsigned char character
for character in TOKEN_CHARACTERS:
    IS_TOKEN[character] = True


cdef bint is_token(const char* text, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        if not IS_TOKEN[<unsigned char>text[i]]:
            return False
    return size > 0


cdef bint is_field_value(const char* text, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    cdef unsigned char c
    for i in range(size):
        c = <unsigned char>text[i]
        if (c < 32 and c != 9) or c == 127:
            return False
    return True


cdef bint is_target(const char* text, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    cdef unsigned char c
    for i in range(size):
        c = <unsigned char>text[i]
        if c <= 32 or c >= 127:
            return False
    return size > 0


@cython.final
cdef class RequestWriter:
    """Writes one request after the other into the same buffer."""

    def __cinit__(self):
        self.out = Buffer()

    cdef int write(
        self, str method, str target, str host, bytes fixed_head, bytes cookies, object authorization, object headers,
        str content_type, object body, bint is_chunked,
    ) except -1:
        """
        Write head and body.

        fixed_head (the User-Agent) and cookies hold whole field lines; they, the value of Authorization and the
        content type of the body are left out when *headers* has that field, and when they are None. body: bytes or
        None; of a chunked one only the head is written.
        """
        cdef char number[48]
        cdef Py_ssize_t size
        cdef const char* text = PyUnicode_AsUTF8AndSize(method, &size)
        self.out.clear()
        self.has_host = self.has_user_agent = self.has_content_type = self.has_cookie = self.has_authorization = False
        if not is_token(text, size):
            raise ValueError(f"the method {method!r} is not an HTTP token")
        self.put(text, size)
        self.put(" ", 1)
        self.write_target(target)
        self.put(" HTTP/1.1\r\n", 11)
        if headers:
            for name, value in headers.items():
                self.write_field(name, value)
        if not self.has_host:
            self.put("Host: ", 6)
            self.put_text(host)
            self.put("\r\n", 2)
        if not self.has_user_agent:
            self.put(PyBytes_AS_STRING(fixed_head), PyBytes_GET_SIZE(fixed_head))
        if cookies is not None and not self.has_cookie:
            self.put(PyBytes_AS_STRING(cookies), PyBytes_GET_SIZE(cookies))
        if authorization is not None and not self.has_authorization:
            self.write_field("Authorization", authorization)
        if content_type is not None and not self.has_content_type:
            self.put("Content-Type: ", 14)
            self.put_text(content_type)
            self.put("\r\n", 2)
        if is_chunked:
            self.put("Transfer-Encoding: chunked\r\n\r\n", 30)
        elif body is not None:
            size = PyBytes_GET_SIZE(body)
            self.put(number, snprintf(number, sizeof(number), "Content-Length: %zd\r\n\r\n", size))
            self.head_end = self.out.end
            return self.put(PyBytes_AS_STRING(body), size)
        elif method == "POST" or method == "PUT" or method == "PATCH":
            self.put("Content-Length: 0\r\n\r\n", 21)
        else:
            self.put("\r\n", 2)
        self.head_end = self.out.end
        return 0

    cdef int write_target(self, str target) except -1:
        cdef Py_ssize_t size
        cdef const char* text = PyUnicode_AsUTF8AndSize(target, &size)
        if not is_target(text, size):
            raise ValueError(f"the request target {target!r} holds a space, a control or a non-ASCII character")
        return self.put(text, size)

    cdef int write_field(self, object name, object value) except -1:
        cdef Py_ssize_t name_size, size
        cdef const char* name_text
        cdef const char* text
        cdef bytes encoded
        if type(name) is not str:
            raise ValueError(f"the header name {name!r} is no text")
        name_text = PyUnicode_AsUTF8AndSize(name, &name_size)
        if not is_token(name_text, name_size):
            raise ValueError(f"the header name {name!r} is not an HTTP token")
        if type(value) is str:
            if PyUnicode_IS_ASCII(value):
                text = PyUnicode_AsUTF8AndSize(value, &size)
            else:
                encoded = value.encode("utf-8")
                text = PyBytes_AS_STRING(encoded)
                size = PyBytes_GET_SIZE(encoded)
        elif type(value) is bytes:
            text = PyBytes_AS_STRING(value)
            size = PyBytes_GET_SIZE(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            encoded = str(value).encode("ascii")
            text = PyBytes_AS_STRING(encoded)
            size = PyBytes_GET_SIZE(encoded)
        else:
            raise ValueError(f"the header {name!r} has the value {value!r}: give text, bytes or a number")
        if not is_field_value(text, size):
            raise ValueError(f"the value of the header {name!r} holds a control character: {value!r}")
        self.note(name, name_text, name_size)
        self.put(name_text, name_size)
        self.put(": ", 2)
        self.put(text, size)
        return self.put("\r\n", 2)

    cdef int note(self, object name, const char* text, Py_ssize_t size) except -1:
        """Remember which of our own fields the script sets; refuse those that decide framing."""
        if size == 4 and strncasecmp(text, "host", 4) == 0:
            self.has_host = True
        elif size == 10 and strncasecmp(text, "user-agent", 10) == 0:
            self.has_user_agent = True
        elif size == 12 and strncasecmp(text, "content-type", 12) == 0:
            self.has_content_type = True
        elif size == 13 and strncasecmp(text, "authorization", 13) == 0:
            self.has_authorization = True
        elif size == 6 and strncasecmp(text, "cookie", 6) == 0:
            self.has_cookie = True
        elif (size == 14 and strncasecmp(text, "content-length", 14) == 0) or (
            size == 17 and strncasecmp(text, "transfer-encoding", 17) == 0
        ):
            raise ValueError(f"the header {name!r} is written by ywstorm: it follows from the body")
        return 0

    cdef int put(self, const char* data, Py_ssize_t size) except -1:
        if self.out.end + size > self.out.capacity and self.out.reserve(size) < 0:
            raise MemoryError("request")
        memcpy(self.out.data + self.out.end, data, size)
        self.out.end += size
        return 0

    cdef int put_text(self, str text) except -1:
        cdef Py_ssize_t size
        cdef const char* data = PyUnicode_AsUTF8AndSize(text, &size)
        return self.put(data, size)


def render(
    method, target, host="localhost", headers=None, content_type=None, body=None, fixed_head=b"", cookies=None,
    authorization=None, is_chunked=False,
):
    """One request as bytes: what the tests hold against h11."""
    cdef RequestWriter writer = RequestWriter()
    writer.write(
        method, target, host, fixed_head, cookies, authorization, headers, content_type, body, is_chunked,
    )
    return writer.out.data[:writer.out.end]
