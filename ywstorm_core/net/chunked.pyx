"""
The state machine of chunk framing: pure, and the same for any cut of the stream, for it never sees two bytes at once.

Nothing here is lenient: a chunk size that two readers read differently is how one answer becomes two.
"""

from libc.stdint cimport INT64_MAX

from ywstorm_core.errors cimport (
    BAD_CHUNK_END, BAD_CHUNK_SIZE, BAD_TRAILER, BODY_TOO_LARGE, CHUNK_OVERHEAD, HEAD_TOO_LARGE, OK, TOO_MANY_HEADERS,
)
from ywstorm_core.net.grammar cimport CHARACTERS, CR, HEX_VALUE, LF, TEXT, TOKEN

cdef enum:
    MAX_DIGITS = 16
    FREE_FRAMING = 100 * 1024      # bytes of framing that no body is blamed for; beyond, 80 % is too much


cdef void start_chunks(Chunks* chunks, int64_t max_data, int64_t max_trailer, int32_t max_fields) noexcept nogil:
    chunks.phase = IN_SIZE
    chunks.n_digits = chunks.n_fields = 0
    chunks.is_in_quotes = chunks.is_escaped = False
    chunks.left = chunks.n_data = chunks.n_framing = chunks.n_trailer = 0
    chunks.max_data = max_data
    chunks.max_trailer = max_trailer
    chunks.max_fields = max_fields


cdef int read_chunk_byte(Chunks* chunks, unsigned char c) noexcept nogil:
    if chunks.phase >= IN_TRAILER:
        return read_trailer_byte(chunks, c)
    chunks.n_framing += 1
    if chunks.n_framing > FREE_FRAMING and chunks.n_framing // 4 > chunks.n_data:
        return CHUNK_OVERHEAD
    if chunks.phase == IN_SIZE:
        return read_size_byte(chunks, c)
    if chunks.phase == IN_EXTENSION:
        return read_extension_byte(chunks, c)
    if chunks.phase == IN_SIZE_LF:
        if c != LF:
            return BAD_CHUNK_SIZE
        if chunks.left > chunks.max_data - chunks.n_data:
            return BODY_TOO_LARGE
        chunks.phase = IN_DATA if chunks.left else IN_TRAILER
        return OK
    if chunks.phase == IN_DATA_CR:
        chunks.phase = IN_DATA_LF
        return OK if c == CR else BAD_CHUNK_END
    chunks.n_digits = 0
    chunks.phase = IN_SIZE
    return OK if c == LF else BAD_CHUNK_END


cdef int read_size_byte(Chunks* chunks, unsigned char c) noexcept nogil:
    if HEX_VALUE[c] >= 0:
        chunks.n_digits += 1
        if chunks.n_digits > MAX_DIGITS or chunks.left > INT64_MAX >> 4:
            return BAD_CHUNK_SIZE
        chunks.left = chunks.left << 4 | HEX_VALUE[c]
        return OK
    if chunks.n_digits == 0 or (c != CR and c != c";"):
        return BAD_CHUNK_SIZE
    chunks.phase = IN_SIZE_LF if c == CR else IN_EXTENSION
    return OK


# Ignored, but followed: a line end inside quotes is not one for every reader.
cdef int read_extension_byte(Chunks* chunks, unsigned char c) noexcept nogil:
    if c == CR and not chunks.is_in_quotes:
        chunks.phase = IN_SIZE_LF
    elif not CHARACTERS[c] & TEXT:
        return BAD_CHUNK_SIZE
    elif chunks.is_escaped:
        chunks.is_escaped = False
    elif c == c'"':
        chunks.is_in_quotes = not chunks.is_in_quotes
    else:
        chunks.is_escaped = chunks.is_in_quotes and c == c"\\"
    return OK


# Checked, bounded and ignored: nothing may change a message's meaning after its end.
cdef int read_trailer_byte(Chunks* chunks, unsigned char c) noexcept nogil:
    chunks.n_trailer += 1
    if chunks.n_trailer > chunks.max_trailer:
        return HEAD_TOO_LARGE
    if chunks.phase == IN_TRAILER:
        if c == CR:
            chunks.phase = IN_LAST_LF
            return OK
        chunks.n_fields += 1
        if chunks.n_fields > chunks.max_fields:
            return TOO_MANY_HEADERS
        chunks.phase = IN_TRAILER_NAME
        return OK if CHARACTERS[c] & TOKEN else BAD_TRAILER
    if chunks.phase == IN_TRAILER_NAME:
        if c == c":":
            chunks.phase = IN_TRAILER_VALUE
            return OK
        return OK if CHARACTERS[c] & TOKEN else BAD_TRAILER
    if chunks.phase == IN_TRAILER_VALUE:
        if c == CR:
            chunks.phase = IN_TRAILER_LF
            return OK
        return OK if CHARACTERS[c] & TEXT else BAD_TRAILER
    chunks.phase = IN_TRAILER if chunks.phase == IN_TRAILER_LF else AFTER_CHUNKS
    return OK if c == LF else BAD_TRAILER
