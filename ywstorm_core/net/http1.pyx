"""
Sans-IO parser of HTTP/1 answers: bytes in, one framed message out.

The rule: whatever decides where a message ends is read strictly, whatever is cosmetic is tolerated and noted in
`is_lenient`. A fault is a number of errors.pxd, the same one however the bytes were cut into segments.
It knows no socket and no clock, and it sees no request but whether that was a HEAD.

An answer that lies whole in the buffer last fed, as most do, is never copied before the script asks for it; one that
comes in pieces is gathered in `kept`. The head is read line by line, so that no line is looked at twice.

Source: RFC 9112 (framing), RFC 9110 §5 (fields); limits as in RELIABILITY, "HTTP client".
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeLatin1
from libc.stdint cimport INT64_MAX
from libc.string cimport memchr

from ywstorm_core.errors cimport (
    BAD_HEADER, BAD_STATUS_LINE, BAD_TRANSFER_ENCODING, BAD_VERSION, BODY_TOO_LARGE, BODY_TRUNCATED, CONFLICTING_LENGTH,
    DECODE_FAILED, GEN_NO_MEMORY, HEAD_TOO_LARGE, HEAD_TRUNCATED, OK, TCP_CLOSED_NO_RESPONSE, TOO_MANY_1XX,
    TOO_MANY_HEADERS, UNEXPECTED_101,
)
from ywstorm_core.net.chunked cimport AFTER_CHUNKS, IN_DATA, read_chunk_byte, start_chunks, took_data
from ywstorm_core.net.framing cimport LONGEST_NAME, NOTED_SIZES, clear_framing, read_framing_field
from ywstorm_core.net.grammar cimport CHARACTERS, CR, LF, SPACE, TOKEN, is_blank, is_digit, is_text, is_word

__all__ = ["ResponseParser", "parse_headers", "values_of"]

cdef enum:
    READY_BYTES = 256 * 1024       # room made at once for a body that declares its length


cdef class ResponseParser:

    def __cinit__(self):
        self.max_head_bytes = 64 * 1024
        self.max_fields = 256
        self.max_interim = 100
        self.max_body_bytes = 64 * 1024 * 1024
        self.kept = Buffer.__new__(Buffer)
        self.start(False, True)

    cdef void start(self, bint is_head, bint keeps_body) noexcept nogil:
        self.status = self.minor = 0
        self.error = OK
        self.has_started = self.is_complete = self.is_keep_alive = self.is_chunked = self.is_lenient = False
        self.has_content_encoding = self.has_set_cookie = self.has_location = False
        self.keep_alive_timeout_s = -1
        self.content_length = -1
        self.head_bytes = self.body_bytes = self.wire_bytes = 0
        self.is_head = is_head
        self.keeps_body = keeps_body
        self.phase = IN_HEAD
        clear_framing(&self.framing)
        self.n_fields = self.n_interim = 0
        self.has_status_line = self.has_skipped_line = self.may_not_fold = False
        self.line_at = self.scanned = 0
        self.lent_head = self.lent_body = NULL
        self.head_at = self.head_size = self.body_at = 0
        self.kept.clear()

    cdef Py_ssize_t feed(self, const char* data, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t used = 0
        if n <= 0 or self.is_complete or self.error != OK:
            return 0
        self.has_started = True
        if self.phase == IN_HEAD:
            used = self._feed_head(data, n)
        if self.phase == IN_LENGTH:
            used += self._feed_length(data + used, n - used)
        elif self.phase == IN_CHUNKS:
            used += self._feed_chunks(data + used, n - used)
        elif self.phase == IN_REST:
            used += self._feed_rest(data + used, n - used)
        self.wire_bytes += used
        if self.phase == AT_END:
            self.is_complete = True
        elif self.lent_head != NULL and self._keep_head() < 0:
            self.error = GEN_NO_MEMORY
        return used

    cdef int eof(self) noexcept nogil:
        if self.is_complete or self.error != OK:
            return self.error
        if self.phase == IN_REST:
            self.phase = AT_END
            self.is_complete = True
        elif not self.has_started:
            self.error = TCP_CLOSED_NO_RESPONSE
        else:
            self.error = HEAD_TRUNCATED if self.phase == IN_HEAD else BODY_TRUNCATED
        return self.error

    cdef bytes take_head(self):
        cdef const char* base = self.lent_head if self.lent_head != NULL else self.kept.data
        return PyBytes_FromStringAndSize(base + self.head_at, self.head_size)

    cdef bytes take_body(self):
        if not self.keeps_body or self.body_bytes == 0:
            return b""
        if self.lent_body != NULL:
            return PyBytes_FromStringAndSize(self.lent_body, self.body_bytes)
        return PyBytes_FromStringAndSize(self.kept.data + self.body_at, self.body_bytes)

    # The head, line by line.

    cdef Py_ssize_t _feed_head(self, const char* data, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t before = self.kept.end
        if before == 0:
            self._scan_head(data, n)
            if self.phase != IN_HEAD:
                self.lent_head = data
                return self.line_at
            if self.error == OK and self.kept.append(data, n) < 0:
                self.error = GEN_NO_MEMORY
            return n
        if self.kept.append(data, n) < 0:
            self.error = GEN_NO_MEMORY
            return n
        self._scan_head(self.kept.data, self.kept.end)
        if self.phase == IN_HEAD:
            return n
        self.kept.end = self.body_at = self.line_at
        return self.line_at - before

    cdef void _scan_head(self, const char* head, Py_ssize_t n) noexcept nogil:
        cdef const char* line
        cdef const char* line_end
        cdef Py_ssize_t size
        while self.error == OK and self.phase == IN_HEAD:
            line = head + self.line_at
            line_end = <const char*>memchr(head + self.scanned, LF, n - self.scanned)
            self.scanned = n if line_end == NULL else line_end + 1 - head
            if not self.has_status_line:
                self.error = self._check_start(line, self.scanned - self.line_at)
                if self.error != OK:
                    return
            if self.scanned > self.max_head_bytes:
                self.error = HEAD_TOO_LARGE
                return
            if line_end == NULL:
                return
            size = line_end - line
            if size > 0 and line[size - 1] == CR:
                size -= 1
            else:
                self.is_lenient = True
            if not self.has_status_line:
                self.error = self._read_status_line(line, size)
                self.head_at = self.scanned
            elif size > 0:
                self.error = self._read_field(line, size)
            else:
                self.head_size = self.line_at - self.head_at
                self.head_bytes = self.scanned
                self.error = self._end_head()
            self.line_at = self.scanned

    # What cannot become a status line is refused at its first wrong byte: it may never have a line end.
    cdef int _check_start(self, const char* line, Py_ssize_t n) noexcept nogil:
        cdef const char* expected = "HTTP/"
        cdef Py_ssize_t i
        if n > 0 and (line[0] == CR or line[0] == LF) and not self.has_skipped_line:
            return BAD_STATUS_LINE if line[0] == CR and n > 1 and line[1] != LF else OK
        for i in range(min(n, 5)):
            if line[i] != expected[i]:
                return BAD_STATUS_LINE
        return OK

    cdef int _read_status_line(self, const char* line, Py_ssize_t n) noexcept nogil:
        if n == 0:
            self.has_skipped_line = self.is_lenient = True
            return OK
        if n < 8 or line[5] != c"1" or line[6] != c"." or not c"0" <= line[7] <= c"1":
            return BAD_VERSION
        if n > 8 and (is_digit(line[8]) or line[8] == c"."):
            return BAD_VERSION
        if n < 12 or line[8] != SPACE:
            return BAD_STATUS_LINE
        if not (c"1" <= line[9] <= c"9" and is_digit(line[10]) and is_digit(line[11])):
            return BAD_STATUS_LINE
        if n > 12 and (line[12] != SPACE or not is_text(line + 13, n - 13)):
            return BAD_STATUS_LINE
        self.minor = line[7] - c"0"
        self.status = 100 * (line[9] - c"0") + 10 * (line[10] - c"0") + line[11] - c"0"
        self.has_status_line = True
        self.may_not_fold = True
        self.n_fields = 0
        if self.status >= 600:
            self.is_lenient = True
        elif self.status < 200:
            self.n_interim += 1
            if self.status == 101:
                return UNEXPECTED_101
            if self.n_interim > self.max_interim:
                return TOO_MANY_1XX
        return OK

    cdef int _read_field(self, const char* line, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t size = 0
        cdef const char* value
        if is_blank(line[0]):
            self.is_lenient = True
            return OK if not self.may_not_fold and is_text(line, n) else BAD_HEADER
        while size < n and CHARACTERS[<unsigned char>line[size]] & TOKEN:
            size += 1
        if size == 0 or size == n or line[size] != c":" or not is_text(line + size, n - size):
            return BAD_HEADER
        self.n_fields += 1
        if self.n_fields > self.max_fields:
            return TOO_MANY_HEADERS
        self.may_not_fold = False
        if size > LONGEST_NAME or not NOTED_SIZES >> size & 1 or self.status < 200:
            return OK
        value = line + size + 1
        n -= size + 1
        while n > 0 and is_blank(value[0]):
            value += 1
            n -= 1
        while n > 0 and is_blank(value[n - 1]):
            n -= 1
        return read_framing_field(&self.framing, line, size, value, n, &self.may_not_fold)

    # Decides how the body is framed: RFC 9112 §6.3, without the guesses it permits.
    cdef int _end_head(self) noexcept nogil:
        cdef int64_t max_body_bytes = self.max_body_bytes if self.keeps_body else INT64_MAX
        if self.status < 200:
            self.has_status_line = False
            return OK
        self.content_length = self.framing.content_length
        self.is_chunked = self.framing.is_chunked
        self.keep_alive_timeout_s = self.framing.keep_alive_timeout_s
        self.has_content_encoding = self.framing.has_content_encoding
        self.has_set_cookie = self.framing.has_set_cookie
        self.has_location = self.framing.has_location
        self.is_keep_alive = not self.framing.has_close and (self.minor == 1 or self.framing.has_keep_alive)
        if self.is_head or self.status == 204 or self.status == 304:
            self.phase = AT_END
        elif self.framing.has_transfer_encoding:
            if self.minor == 0 or not self.is_chunked:
                return BAD_TRANSFER_ENCODING
            if self.content_length >= 0:
                return CONFLICTING_LENGTH
            if self.framing.has_coding:
                return DECODE_FAILED
            start_chunks(&self.chunks, max_body_bytes, self.max_head_bytes, self.max_fields)
            self.phase = IN_CHUNKS
        elif self.content_length >= 0:
            if self.content_length > max_body_bytes:
                return BODY_TOO_LARGE
            self.left = self.content_length
            self.phase = IN_LENGTH if self.left else AT_END
        else:
            self.is_keep_alive = False
            self.phase = IN_REST
        return OK

    # The body.

    cdef Py_ssize_t _feed_length(self, const char* data, Py_ssize_t n) noexcept nogil:
        n = min(n, self.left)
        if n == self.content_length:
            self.lent_body = data
        else:
            if self.body_bytes == 0 and self.keeps_body and (
                self._keep_head() < 0 or self.kept.reserve(min(self.content_length, READY_BYTES)) < 0
            ):
                self.error = GEN_NO_MEMORY
                return 0
            if self._keep_body(data, n) < 0:
                self.error = GEN_NO_MEMORY
                return 0
        self.body_bytes += n
        self.left -= n
        if self.left == 0:
            self.phase = AT_END
        return n

    cdef Py_ssize_t _feed_chunks(self, const char* data, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t used = 0, size
        while used < n and self.error == OK and self.phase != AT_END:
            if self.chunks.phase == IN_DATA:
                size = min(n - used, self.chunks.left)
                if self._keep_body(data + used, size) < 0:
                    self.error = GEN_NO_MEMORY
                took_data(&self.chunks, size)
                used += size
            else:
                self.error = read_chunk_byte(&self.chunks, data[used])
                used += 1
                if self.chunks.phase == AFTER_CHUNKS and self.error == OK:
                    self.phase = AT_END
        self.body_bytes = self.chunks.n_data
        return used

    cdef Py_ssize_t _feed_rest(self, const char* data, Py_ssize_t n) noexcept nogil:
        if self.keeps_body and n > self.max_body_bytes - self.body_bytes:
            self.error = BODY_TOO_LARGE
        elif self._keep_body(data, n) < 0:
            self.error = GEN_NO_MEMORY
        else:
            self.body_bytes += n
        return n

    # `kept` holds the head first: it moves there before the first byte of the body does.
    cdef int _keep_head(self) noexcept nogil:
        if self.lent_head == NULL:
            return 0
        if self.kept.append(self.lent_head + self.head_at, self.head_size) < 0:
            return -1
        self.lent_head = NULL
        self.head_at = 0
        self.body_at = self.kept.end
        return 0

    cdef int _keep_body(self, const char* data, Py_ssize_t n) noexcept nogil:
        if not self.keeps_body:
            return 0
        if self._keep_head() < 0:
            return -1
        return self.kept.append(data, n)

    # For Python callers, who are the tests.

    def begin(self, bint is_head=False, bint keeps_body=True):
        self.start(is_head, keeps_body)

    def feed_bytes(self, bytes data):
        self.lender = data
        return self.feed(PyBytes_AS_STRING(data), len(data))

    def finish(self):
        return self.eof()

    def head(self):
        return self.take_head()

    def body(self):
        return self.take_body()


cpdef list parse_headers(bytes head):
    return read_fields(head, None)


cpdef list values_of(bytes head, bytes name):
    return [value for _, value in read_fields(head, name)]


# (name, value) of each field, or of those called `wanted`, which is in lower case.
cdef list read_fields(bytes head, bytes wanted):
    cdef list fields = []
    cdef const char* p = PyBytes_AS_STRING(head)
    cdef const char* line_end
    cdef const char* colon
    cdef Py_ssize_t n = len(head), at = 0, end, first, last
    cdef bint is_wanted = False, is_fold
    while at < n:
        line_end = <const char*>memchr(p + at, LF, n - at)
        end = n if line_end == NULL else line_end - p
        colon = <const char*>memchr(p + at, c":", end - at)
        is_fold = is_blank(p[at])
        if (colon == NULL and not is_fold) or (is_fold and at == 0):
            raise ValueError(f"not a field line: {head[at:end]!r}")
        if not is_fold:
            is_wanted = wanted is None or is_word(p + at, colon - p - at, PyBytes_AS_STRING(wanted), len(wanted))
        if is_wanted:
            first = at if is_fold else colon - p + 1
            last = end - 1 if end > first and p[end - 1] == CR else end
            while first < last and is_blank(p[first]):
                first += 1
            while last > first and is_blank(p[last - 1]):
                last -= 1
            value = PyUnicode_DecodeLatin1(p + first, last - first, NULL)
            if is_fold:
                name, before = fields.pop()
                fields.append((name, f"{before} {value}".strip(" ")))
            else:
                fields.append((PyUnicode_DecodeLatin1(p + at, colon - p - at, NULL), value))
        at = end + 1
    return fields
