# An epoll set and what its connections share. Closed connections wait in `graveyard` for the end of their batch.
from libc.stdint cimport int64_t, uint32_t

from ywstorm_core.net.tls cimport TlsClient

cdef enum:
    READ_SIZE = 65536               # bytes asked of the socket at a time
    ROOM_SIZE = 98304               # what they may be once decrypted: a record begun before them comes on top


cdef class Poller:
    cdef readonly int fd                    # the epoll set
    cdef char* read_buffer                  # ROOM_SIZE bytes, shared by all connections
    cdef public TlsClient tls               # how https is spoken; None: with default rules
    cdef list graveyard                     # closed in this batch
    cdef readonly int64_t requests_sent     # requests whose first byte the kernel took
    cdef readonly int64_t n_open            # connections with a descriptor
    cdef readonly int64_t n_opened
    cdef readonly int64_t n_unsolicited     # bytes on an idle connection
    cdef readonly int64_t n_extra           # bytes after a complete answer

    cdef int watch(self, int fd, void* who, uint32_t events) except -1
    cdef int tell_again(self, int fd, void* who, uint32_t events) except -1
    cdef void reap(self) noexcept
    cdef void close(self) noexcept
