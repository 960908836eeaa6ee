# The socket under a connection. The epoll set owns a reference to it; see `Poller.reap`.
from libc.stdint cimport int64_t, uint32_t

from ywstorm_core.net.buffer cimport Buffer
from ywstorm_core.net.poller cimport Poller
from ywstorm_core.net.pool cimport Poolable

cdef enum ConnectionState:
    CLOSED
    CONNECTING
    HANDSHAKING                     # TLS; a plain connection goes from CONNECTING to BUSY
    IDLE
    BUSY                            # from HANDSHAKING on there is something to read


cdef class Wire(Poolable):
    cdef Poller poller
    cdef Buffer out                         # bytes that the kernel has not taken yet; None: there are none
    cdef int fd
    cdef ConnectionState state
    cdef list addresses                     # the origin's, when it began to connect
    cdef int address_index                  # the one being tried
    cdef int64_t connecting_ns              # first connect(2); 0 on a reused connection
    cdef int64_t last_written_ns            # last send(2) of the request that took a byte; 0: none yet
    cdef int64_t bytes_sent                 # for the present request, the handshake before it included

    cdef int try_address(self) except -1
    cdef int push(self, const char* data, Py_ssize_t size) except -1
    cdef int drain(self) except -1
    cdef Py_ssize_t write(self, const char* data, Py_ssize_t size) noexcept
    cdef int code_of_loss(self, int error) noexcept
    cdef void forget(self) noexcept


cdef uint32_t CONNECTION_EVENTS
