# The framing of a chunked body, one byte at a time: sizes, extensions, trailers. Source: RFC 9112 §7.1.
from libc.stdint cimport int32_t, int64_t

cdef enum ChunkPhase:
    IN_SIZE                        # at or inside the size of a chunk
    IN_EXTENSION
    IN_SIZE_LF
    IN_DATA                        # `left` bytes of data come next: the caller takes them, see took_data
    IN_DATA_CR
    IN_DATA_LF
    IN_TRAILER                     # at the start of a trailer line
    IN_TRAILER_NAME
    IN_TRAILER_VALUE
    IN_TRAILER_LF
    IN_LAST_LF
    AFTER_CHUNKS


cdef struct Chunks:
    ChunkPhase phase
    int32_t n_digits               # of the size being read
    bint is_in_quotes              # inside a quoted extension value
    bint is_escaped                # after a backslash in there
    int64_t left                   # bytes of data to come in this chunk
    int64_t n_data                 # bytes of data so far
    int64_t max_data               # more is BODY_TOO_LARGE
    int64_t n_framing              # bytes of framing so far
    int64_t n_trailer              # bytes of trailers so far
    int64_t max_trailer            # more is HEAD_TOO_LARGE
    int32_t n_fields               # trailers so far
    int32_t max_fields             # more is TOO_MANY_HEADERS


cdef void start_chunks(Chunks* chunks, int64_t max_data, int64_t max_trailer, int32_t max_fields) noexcept nogil
# Reads one byte, outside IN_DATA. Returns an ErrorCode.
cdef int read_chunk_byte(Chunks* chunks, unsigned char c) noexcept nogil


cdef inline void took_data(Chunks* chunks, int64_t n) noexcept nogil:
    chunks.n_data += n
    chunks.left -= n
    if chunks.left == 0:
        chunks.phase = IN_DATA_CR
