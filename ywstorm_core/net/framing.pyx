"""
The fields that frame a message: Content-Length, Transfer-Encoding, Connection and Keep-Alive; of Content-Encoding,
Set-Cookie and Location only that they are there.

The first two are read strictly, for two readers that differ about them differ about every byte that follows.
Source: RFC 9112 §6 and §9.
"""

from libc.stdint cimport INT64_MAX

from ywstorm_core.errors cimport BAD_CONTENT_LENGTH, BAD_TRANSFER_ENCODING, CONFLICTING_LENGTH, OK
from ywstorm_core.net.grammar cimport is_digit, is_word, next_item

cdef enum:
    MAX_KEEP_ALIVE_S = 1_000_000   # eleven days: as good as for ever


cdef void clear_framing(Framing* framing) noexcept nogil:
    framing.content_length = framing.keep_alive_timeout_s = -1
    framing.has_transfer_encoding = framing.is_chunked = framing.has_coding = False
    framing.has_close = framing.has_keep_alive = False
    framing.has_content_encoding = framing.has_set_cookie = framing.has_location = False


cdef int read_framing_field(
    Framing* framing, const char* name, Py_ssize_t size, const char* value, Py_ssize_t n, bint* decides
) noexcept nogil:
    decides[0] = True
    if is_word(name, size, "content-length", 14):
        return read_content_length(framing, value, n)
    if is_word(name, size, "transfer-encoding", 17):
        return read_transfer_encoding(framing, value, n)
    if is_word(name, size, "connection", 10):
        read_connection(framing, value, n)
        return OK
    decides[0] = False
    if size == 10:
        if is_word(name, size, "set-cookie", 10):
            framing.has_set_cookie = True
        elif is_word(name, size, "keep-alive", 10):
            read_keep_alive(framing, value, n)
    elif is_word(name, size, "location", 8):
        framing.has_location = True
    elif is_word(name, size, "content-encoding", 16):
        framing.has_content_encoding = True
    return OK


# Equal repetitions are one length, in one field ("5, 5") or in several.
cdef int read_content_length(Framing* framing, const char* value, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at = 0, first, last
    cdef int64_t length
    cdef int digit
    while at <= n:
        at = next_item(value, n, at, &first, &last)
        if first == last:
            return BAD_CONTENT_LENGTH
        length = 0
        while first < last:
            digit = value[first] - c"0"
            if not 0 <= digit <= 9 or length > (INT64_MAX - digit) // 10:
                return BAD_CONTENT_LENGTH
            length = 10 * length + digit
            first += 1
        if framing.content_length >= 0 and framing.content_length != length:
            return CONFLICTING_LENGTH
        framing.content_length = length
    return OK


# "chunked", once and last. Compressions before it are recognised for the sake of a better error than "bad".
cdef int read_transfer_encoding(Framing* framing, const char* value, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at = 0, first, last, size
    cdef const char* coding
    framing.has_transfer_encoding = True
    while at <= n:
        at = next_item(value, n, at, &first, &last)
        coding = value + first
        size = last - first
        if framing.is_chunked:
            return BAD_TRANSFER_ENCODING
        if is_word(coding, size, "chunked", 7):
            framing.is_chunked = True
        elif is_compression(coding, size):
            framing.has_coding = True
        else:
            return BAD_TRANSFER_ENCODING
    return OK


cdef bint is_compression(const char* coding, Py_ssize_t size) noexcept nogil:
    return (
        is_word(coding, size, "gzip", 4) or is_word(coding, size, "x-gzip", 6)
        or is_word(coding, size, "deflate", 7) or is_word(coding, size, "compress", 8)
    )


cdef void read_connection(Framing* framing, const char* value, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at = 0, first, last
    while at <= n:
        at = next_item(value, n, at, &first, &last)
        if is_word(value + first, last - first, "close", 5):
            framing.has_close = True
        elif is_word(value + first, last - first, "keep-alive", 10):
            framing.has_keep_alive = True


# "timeout=5, max=100". What is not a whole number of seconds says nothing.
cdef void read_keep_alive(Framing* framing, const char* value, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at = 0, first, last
    cdef int32_t seconds
    while at <= n:
        at = next_item(value, n, at, &first, &last)
        if last - first < 9 or not is_word(value + first, 8, "timeout=", 8):
            continue
        first += 8
        seconds = 0
        while first < last and is_digit(value[first]):
            seconds = min(10 * seconds + value[first] - c"0", MAX_KEEP_ALIVE_S)
            first += 1
        if first == last:
            framing.keep_alive_timeout_s = seconds
