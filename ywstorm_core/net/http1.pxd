# Sans-IO parser of HTTP/1 answers: bytes in, one framed message out. Strict about where a message ends.
from libc.stdint cimport int32_t, int64_t

cimport cython

from ywstorm_core.net.buffer cimport Buffer
from ywstorm_core.net.chunked cimport Chunks
from ywstorm_core.net.framing cimport Framing


cdef enum Phase:
    IN_HEAD                        # the status line and fields, of interim answers too
    IN_LENGTH                      # a body of known length
    IN_CHUNKS
    IN_REST                        # a body that ends with the peer's close
    AT_END


@cython.final
cdef class ResponseParser:
    # Limits: what an honest server stays far below. Lower them before start().
    cdef public Py_ssize_t max_head_bytes     # interim heads included; also for all trailers together
    cdef public int32_t max_fields            # of one head, and of the trailers
    cdef public int32_t max_interim           # 1xx answers before the final one
    cdef public int64_t max_body_bytes        # of a body that is kept; a discarded one costs no memory

    # The answer. Valid as far as it has been read; whole when is_complete.
    cdef readonly int status
    cdef readonly int minor                   # 1 for HTTP/1.1, 0 for HTTP/1.0
    cdef readonly int error                   # ErrorCode: why the answer is no good; 0 so far so good
    cdef readonly bint has_started            # a byte of the answer was seen
    cdef readonly bint is_complete
    cdef readonly bint is_keep_alive          # the connection may carry another request after this answer
    cdef readonly bint is_chunked
    cdef readonly bint is_lenient             # something cosmetic was wrong and tolerated
    cdef readonly bint has_content_encoding   # the final head has such a field, likewise the next two
    cdef readonly bint has_set_cookie
    cdef readonly bint has_location
    cdef readonly int32_t keep_alive_timeout_s    # what Keep-Alive promises; -1: nothing
    cdef readonly int64_t content_length      # -1: none declared
    cdef readonly int64_t head_bytes          # interim heads included
    cdef readonly int64_t body_bytes          # without chunk framing
    cdef readonly int64_t wire_bytes          # everything consumed

    # What the request was.
    cdef bint is_head
    cdef bint keeps_body

    # Where we are.
    cdef Phase phase
    cdef Framing framing
    cdef Chunks chunks
    cdef int64_t left                         # bytes of a body of known length that are to come
    cdef int32_t n_fields                     # of this head
    cdef int32_t n_interim
    cdef bint has_status_line
    cdef bint has_skipped_line                # the one empty line allowed before the status line
    cdef bint may_not_fold                    # the last line frames the message, or is the status line
    cdef Py_ssize_t line_at                   # offset in the head: start of the line being read
    cdef Py_ssize_t scanned                   # offset in the head: no line end from line_at to here

    # Where the bytes are: in the buffer last fed, or, when the answer came in pieces, in `kept`.
    cdef const char* lent_head                # NULL: in kept
    cdef const char* lent_body                # NULL: in kept, from body_at on
    cdef Py_ssize_t head_at                   # the lines after the final status line
    cdef Py_ssize_t head_size
    cdef Py_ssize_t body_at
    cdef Buffer kept                          # the head, then the body
    cdef bytes lender                         # keeps feed_bytes()'s argument alive while bytes of it are lent

    # Makes ready for the answer to one request. keeps_body False: framed, but not stored.
    cdef void start(self, bint is_head, bint keeps_body) noexcept nogil
    # Reads at most n bytes and returns how many were this answer's. Stops at its end (is_complete) or
    # at the first fault (error). Bytes after a complete answer are the caller's business.
    cdef Py_ssize_t feed(self, const char* data, Py_ssize_t n) noexcept nogil
    # The peer has closed: 0 when that ends the answer legally (or it had ended before), else the ErrorCode.
    cdef int eof(self) noexcept nogil
    # The field lines of the final answer, raw, and the body. Once is_complete, and before the buffer that
    # was fed last is used again, for the bytes may lie there.
    cdef bytes take_head(self)
    cdef bytes take_body(self)

    cdef Py_ssize_t _feed_head(self, const char* data, Py_ssize_t n) noexcept nogil
    cdef void _scan_head(self, const char* head, Py_ssize_t n) noexcept nogil
    cdef int _check_start(self, const char* line, Py_ssize_t n) noexcept nogil
    cdef int _read_status_line(self, const char* line, Py_ssize_t n) noexcept nogil
    cdef int _read_field(self, const char* line, Py_ssize_t n) noexcept nogil
    cdef int _end_head(self) noexcept nogil
    cdef Py_ssize_t _feed_length(self, const char* data, Py_ssize_t n) noexcept nogil
    cdef Py_ssize_t _feed_chunks(self, const char* data, Py_ssize_t n) noexcept nogil
    cdef Py_ssize_t _feed_rest(self, const char* data, Py_ssize_t n) noexcept nogil
    cdef int _keep_head(self) noexcept nogil
    cdef int _keep_body(self, const char* data, Py_ssize_t n) noexcept nogil


# (name, value) of each field of take_head(): Latin-1 text, names as they were sent.
cpdef list parse_headers(bytes head)
# Values of the fields of one name, which is given in lower case: cheaper than to parse all of them.
cpdef list values_of(bytes head, bytes name)
