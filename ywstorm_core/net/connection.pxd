# One TCP connection: socket calls, time marks and the parser, and nothing about who uses it.
#
# A connection serves one request at a time. The user calls `begin`, writes into `out`, calls `flush`, and is told
# once, through `notify`, that the answer is complete or that the request failed. The registration in the epoll set
# owns a reference; a connection closed inside a batch of events lives until the batch ends (`Poller.reap`).
from libc.stdint cimport int64_t, uint32_t

from ywstorm_core.net.buffer cimport Buffer
from ywstorm_core.net.http1 cimport ResponseParser
from ywstorm_core.net.poller cimport Poller

cdef enum ConnectionState:
    CLOSED
    CONNECTING
    IDLE
    BUSY

cdef enum:
    READS_A_TURN = 8                # from one connection, before the others and the timers have theirs

# Called with code 0 when the answer is complete (parser.take_* are valid until it returns), else with an ErrorCode.
ctypedef int (*notify_t)(object owner, Connection connection, int code, int64_t now) except -1


cdef class Pool:
    # Idle connections of one user, most recently used first.
    cdef Connection head

    cdef Connection take(self, object origin)
    cdef void put(self, Connection connection) noexcept
    cdef void drop(self, Connection connection) noexcept
    cdef void close_all(self) noexcept


cdef class Connection:
    cdef Poller poller
    cdef readonly object origin             # net.dns.Origin: identity decides who may reuse it
    cdef Pool pool                          # where it idles; None while busy
    cdef Connection next_idle
    cdef ResponseParser parser
    cdef Buffer out                         # bytes that the kernel has not taken yet; None when nothing ever waited
    cdef object owner
    cdef notify_t notify
    cdef int fd
    cdef ConnectionState state
    cdef int address_index                  # which of origin's addresses is being tried
    cdef bint is_reused                     # served a request before the present one
    cdef bint is_half_closed            # the peer will send no more
    cdef int64_t connecting_ns              # first connect(2); 0 on a reused connection
    cdef int64_t connected_ns
    cdef int64_t last_written_ns            # last send(2) of the request that took a byte; 0: none yet
    cdef int64_t first_byte_ns              # first byte of the answer; 0: none yet
    cdef int64_t bytes_sent                 # of the present request
    cdef int64_t bytes_received

    cdef int open(self, int64_t now) except -1
    cdef int try_address(self) except -1
    cdef void begin(self, object owner, notify_t notify, bint is_head, bint keeps_body) noexcept
    cdef int send(self, const char* data, Py_ssize_t size) except -1
    cdef int flush(self) except -1
    cdef Py_ssize_t write(self, const char* data, Py_ssize_t size) noexcept
    cdef int on_events(self, uint32_t events) except -1
    cdef int on_connected(self) except -1
    cdef int on_readable(self) except -1
    cdef int take_in(self, Py_ssize_t size, int64_t now) except -1
    cdef int finish(self, int code, int64_t now) except -1
    cdef int lost(self, int error, int64_t now) except -1
    cdef int code_of_loss(self, int error) noexcept
    cdef void forget(self) noexcept
    cdef void close(self) noexcept


cdef int code_of_errno(int error, bint is_connecting) noexcept
