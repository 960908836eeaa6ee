# One connection: a request out, an answer in, time marks and the parser, and nothing about who uses it.
#
# A connection serves one request at a time. The user calls `begin`, writes into `out`, calls `flush`, and is told
# once, through `notify`, that the answer is complete or that the request failed. The registration in the epoll set
# owns a reference; a connection closed inside a batch of events lives until the batch ends (`Poller.reap`).
from libc.stdint cimport int64_t, uint32_t

from ywstorm_core.net.buffer cimport Buffer
from ywstorm_core.net.http1 cimport ResponseParser
from ywstorm_core.net.pool cimport Pool
from ywstorm_core.net.source cimport Source
from ywstorm_core.net.tls cimport TlsChannel
from ywstorm_core.net.wire cimport ConnectionState, Wire

cdef enum:
    READS_A_TURN = 8                # from one connection, before the others and the timers have theirs
    PIECES_A_TURN = 32              # of an upload, likewise

# Called with code 0 when the answer is complete (parser.take_* are valid until it returns), else with an ErrorCode.
ctypedef int (*notify_t)(object owner, Connection connection, int code, int64_t now) except -1


cdef class Connection(Wire):
    cdef Pool home                          # where its TLS session is remembered; None: nowhere
    cdef TlsChannel channel                 # None: plain, or not connected yet
    cdef ResponseParser parser
    cdef Buffer unsealed                    # behind `out`, over TLS: bytes not encrypted yet; None: there are none
    cdef str failure_text                   # more than the code of the failure says; None: nothing
    cdef Source source                      # where the rest of an upload comes from; None: everything was handed over
    cdef object owner
    cdef notify_t notify
    cdef bint is_reused                     # served a request before the present one
    cdef bint is_half_closed            # the peer will send no more
    cdef int lost_code                      # why sending failed: it says more than the end of reading; 0: it did not
    cdef int64_t usable_until_ns            # the server said that it would close it then if it idled; NEVER
    cdef int64_t connected_ns
    cdef int64_t tls_done_ns                # end of the handshake; 0 on a reused or a plain connection
    cdef int64_t last_read_ns               # last recv(2) that brought a byte, handshake included; 0: none yet
    cdef int64_t first_byte_ns              # first byte of the answer; 0: none yet
    cdef int64_t bytes_received

    cdef int open(self, int64_t now) except -1
    cdef void begin(self, object owner, notify_t notify, bint is_head, bint keeps_body) noexcept
    cdef int send(self, const char* data, Py_ssize_t size) except -1
    cdef int seal(self, const char* data, Py_ssize_t size) except -1
    cdef int flush(self) except -1
    cdef int draw(self) except -1
    cdef int feed(self) except -1
    cdef int sending_failed(self, int code) except -1
    cdef int on_events(self, uint32_t events) except -1
    cdef int on_connected(self) except -1
    cdef int begin_tls(self) except -1
    cdef int shake_hands(self) except -1
    cdef int push_outgoing(self) except -1
    cdef int on_readable(self) except -1
    cdef int take_sealed(self, Py_ssize_t n, int64_t now) except -1
    cdef int take_in(self, Py_ssize_t size, Py_ssize_t n, int64_t now) except -1
    cdef int finish(self, int code, int64_t now) except -1
    cdef int lost(self, int error, int64_t now) except -1
    cdef int end_tls(self) except -1
