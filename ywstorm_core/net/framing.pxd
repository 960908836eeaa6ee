# What the fields of one head say about where the message ends and whether the connection lives on; and whether it has
# those that its reader has to act upon.
from libc.stdint cimport int32_t, int64_t

cdef struct Framing:
    int64_t content_length         # -1: none declared
    int32_t keep_alive_timeout_s   # what Keep-Alive promises; -1: nothing
    bint has_transfer_encoding
    bint is_chunked
    bint has_coding                # Transfer-Encoding names a compression
    bint has_close
    bint has_keep_alive
    bint has_content_encoding
    bint has_set_cookie
    bint has_location


cdef enum:
    LONGEST_NAME = 17
    NOTED_SIZES = 1 << 8 | 1 << 10 | 1 << 14 | 1 << 16 | 1 << 17   # of the names of all these fields


cdef void clear_framing(Framing* framing) noexcept nogil
# Takes note of a field whose name has one of the NOTED_SIZES and whose value is TEXT, blanks trimmed.
# Returns an ErrorCode; `decides` tells whether the field is one that may not be folded.
cdef int read_framing_field(
    Framing* framing, const char* name, Py_ssize_t size, const char* value, Py_ssize_t n, bint* decides
) noexcept nogil
