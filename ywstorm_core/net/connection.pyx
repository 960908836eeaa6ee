"""
What a connection makes of its socket's events: requests out, answers in, and TLS between where the origin says so.

Edge-triggered and without a second syscall where one will do: one send(2) when the request is written, one recv(2)
when the answer fits the buffer (a result shorter than the buffer means drained). Every outcome ends in one call of
`notify`.

Over TLS what leaves goes through `unsealed` first, where it waits for the end of the handshake and for `out` to drain.
What comes is decrypted in place, in the poller's read buffer, all of it before the parser sees any: the end of an
answer may start another connection's call into OpenSSL.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, ECONNRESET, EINTR, EPIPE, errno

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.net.poller cimport READ_SIZE, ROOM_SIZE, Poller
from ywstorm_core.net.sockets cimport (
    EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, MSG_NOSIGNAL, c_recv, c_send, code_of_errno, error_of,
)
from ywstorm_core.net.tls cimport ANSWERS_IN_HTTP, ANSWERS_IN_TLS, SEAL_SIZE, TlsClient, begins_as_tls
from ywstorm_core.net.wire cimport CONNECTION_EVENTS

__all__ = ["Connection"]


@cython.final
@cython.no_gc
cdef class Connection(Wire):
    def __cinit__(self, Poller poller not None, origin):
        self.poller = poller
        self.origin = origin
        self.parser = ResponseParser()

    cdef void rest(self) noexcept:
        self.state = ConnectionState.IDLE

    cdef int open(self, int64_t now) except -1:
        """Start to connect; returns 0 or the ErrorCode of a failure that showed at once."""
        self.connecting_ns = now
        self.addresses = self.origin.addresses
        self.address_index = 0
        return self.try_address()

    cdef void begin(self, object owner, notify_t notify, bint is_head, bint keeps_body) noexcept:
        """Take up the next request. The bytes follow by `send`."""
        self.owner = owner
        self.notify = notify
        if self.state == ConnectionState.IDLE:
            self.state = ConnectionState.BUSY
            self.is_reused = True
            self.connecting_ns = self.connected_ns = self.tls_done_ns = 0
        self.last_read_ns = self.last_written_ns = self.first_byte_ns = 0
        self.failure_text = None
        self.lost_code = 0
        self.bytes_sent = self.bytes_received = 0
        self.parser.start(is_head, keeps_body)

    cdef int send(self, const char* data, Py_ssize_t size) except -1:
        """Write now what the kernel takes, keep the rest. Returns 0 or an ErrorCode."""
        cdef Py_ssize_t n
        cdef int code
        if self.channel is None:
            return self.push(data, size)
        while size and self.state == ConnectionState.BUSY and self.out is None:
            n = min(size, <Py_ssize_t>SEAL_SIZE)
            code = self.seal(data, n)
            if code:
                return code
            data += n
            size -= n
        if size == 0:
            return 0
        if self.unsealed is None:
            self.unsealed = Buffer()
        return ErrorCode.GEN_NO_MEMORY if self.unsealed.append(data, size) < 0 else 0

    cdef int seal(self, const char* data, Py_ssize_t size) except -1:
        """Encrypt and push. Returns 0 or an ErrorCode."""
        cdef int code
        cdef bytes sealed = self.channel.seal(data, size, &code)
        if code:
            self.failure_text = self.channel.client.failure_text
            return code
        return self.push(PyBytes_AS_STRING(sealed), PyBytes_GET_SIZE(sealed))

    cdef int flush(self) except -1:
        """Write what waits. Returns 0 or an ErrorCode."""
        cdef Py_ssize_t n
        cdef int code
        while True:
            code = self.drain()
            if code or self.out is not None:
                return code
            if self.state == ConnectionState.HANDSHAKING and self.channel.is_shaken:
                self.tls_done_ns = now_ns()
                self.state = ConnectionState.BUSY
            if self.state != ConnectionState.BUSY:
                return 0
            if self.unsealed is None:
                return self.draw()
            n = min(self.unsealed.pending(), <Py_ssize_t>SEAL_SIZE)
            code = self.seal(self.unsealed.data + self.unsealed.start, n)
            if code:
                return code
            self.unsealed.take(n)
            if self.unsealed.pending() == 0:
                self.unsealed = None

    cdef int draw(self) except -1:
        """Send what the source of an upload has, as long as the kernel takes it. Returns 0 or an ErrorCode."""
        cdef Source source = self.source        # to read it is to run the script, which may end the request meanwhile
        cdef bytes piece
        cdef int code, pieces = 0
        while source is not None and self.out is None:
            if pieces == PIECES_A_TURN:
                self.poller.tell_again(self.fd, <void*>self, CONNECTION_EVENTS)
                return 0
            pieces += 1
            piece = source.take()
            if self.source is not source:
                return 0
            code = self.send(PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece)) if piece else 0
            if code:
                return code
            if source.failure is not None:
                return ErrorCode.SCRIPT_EXCEPTION
            if source.is_spent:
                self.source = source = None
            elif not piece:
                source.hungry = self
                return 0
        return 0

    cdef int feed(self) except -1:
        """The source has something again."""
        cdef int code = self.draw() if self.state == ConnectionState.BUSY else 0
        return self.sending_failed(code) if code else 0

    cdef int sending_failed(self, int code) except -1:
        """An answer that came before that counts: a server refuses an upload by answering and closing."""
        if code != ErrorCode.SCRIPT_EXCEPTION and self.state == ConnectionState.BUSY:
            self.is_half_closed = True          # whatever has come is read to its end
            self.lost_code = code
            self.on_readable()
        return self.finish(code, now_ns()) if self.owner is not None else 0

    cdef int code_of_loss(self, int error) noexcept:
        """The code of a connection that broke: a reused one without a byte back was stale."""
        if self.state == ConnectionState.HANDSHAKING and (error == EPIPE or error == ECONNRESET):
            return ErrorCode.TLS_CLOSED_IN_HANDSHAKE
        if self.is_reused and self.first_byte_ns == 0 and (error == EPIPE or error == ECONNRESET):
            return ErrorCode.TCP_STALE_CLOSED
        return code_of_errno(error, False)

    cdef int on_events(self, uint32_t events) except -1:
        cdef int code
        if self.state == ConnectionState.CLOSED:
            return 0
        if self.state == ConnectionState.CONNECTING:
            if not events & (EPOLLOUT | EPOLLERR | EPOLLHUP):
                return 0
            if not self.on_connected():
                return 0
        elif events & EPOLLOUT and (self.out is not None or self.source is not None):
            code = self.flush()
            if code:
                return self.sending_failed(code)
        if events & (EPOLLRDHUP | EPOLLHUP):
            self.is_half_closed = True
        if events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR):
            return self.on_readable()
        return 0

    cdef int on_connected(self) except -1:
        """Connected, or not; returns whether reading makes sense."""
        cdef int code
        cdef int error = error_of(self.fd)
        if error:
            self.forget()
            self.address_index += 1
            code = self.try_address()
            if code:
                if code == ErrorCode.TCP_CONNECT_FAILED:
                    code = code_of_errno(error, True)
                self.finish(code, now_ns())
            return 0
        self.connected_ns = now_ns()
        if self.origin.is_tls:
            code = self.begin_tls()
        else:
            self.state = ConnectionState.BUSY
            code = self.flush()
        if code:
            self.sending_failed(code)
            return 0
        return 1

    cdef int begin_tls(self) except -1:
        """Send the hello. Returns 0 or an ErrorCode."""
        if self.poller.tls is None:
            self.poller.tls = TlsClient()
        self.state = ConnectionState.HANDSHAKING
        self.unsealed = self.out
        self.out = None
        self.channel = self.poller.tls.open(
            self.origin, self.home.lane_of(self.origin).session if self.home is not None else None,
        )
        if self.channel is None:
            self.failure_text = self.poller.tls.failure_text
            return ErrorCode.TLS_UNKNOWN
        return self.shake_hands()

    cdef int shake_hands(self) except -1:
        """The next step of the handshake, and the request when it is done. Returns 0 or an ErrorCode."""
        cdef int code = self.channel.shake()
        cdef int lost = self.push_outgoing()
        if code:
            self.failure_text = self.channel.client.failure_text
            self.channel.client.drain()
            return code
        return lost if lost else self.flush()

    cdef int push_outgoing(self) except -1:
        """What OpenSSL wants to be sent. Returns 0 or an ErrorCode."""
        cdef bytes sealed = self.channel.client.take_outgoing()
        return 0 if sealed is None else self.push(PyBytes_AS_STRING(sealed), PyBytes_GET_SIZE(sealed))

    cdef int on_readable(self) except -1:
        cdef Py_ssize_t n
        cdef int64_t now
        cdef int reads = 0
        while self.state >= ConnectionState.HANDSHAKING:
            if reads == READS_A_TURN:
                return self.poller.tell_again(self.fd, <void*>self, CONNECTION_EVENTS)
            reads += 1
            n = c_recv(self.fd, self.poller.read_buffer, READ_SIZE, 0)
            if n < 0:
                if errno == EINTR:
                    continue
                if errno == EAGAIN:
                    return 0
                return self.lost(errno, now_ns())
            now = now_ns()
            if n == 0:
                return self.lost(0, now)
            self.last_read_ns = now
            self.bytes_received += n
            if (self.take_in(n, n, now) if self.channel is None else self.take_sealed(n, now)):
                return 0
            if n < READ_SIZE and not self.is_half_closed:
                return 0            # drained; of a peer's end that came along no other event will tell
        return 0

    cdef int take_sealed(self, Py_ssize_t n, int64_t now) except -1:
        """Decrypt n bytes and feed the parser; returns 1 when the request has come to its end."""
        cdef TlsChannel channel = self.channel
        cdef Py_ssize_t size = 0
        cdef int code = 0
        if not channel.is_shaken and self.bytes_received == n and not begins_as_tls(self.poller.read_buffer, n):
            self.failure_text = ANSWERS_IN_HTTP if self.poller.read_buffer[0] == c"H" else None
            self.finish(ErrorCode.TLS_NOT_TLS, now)
            return 1
        channel.feed(self.poller.read_buffer, n)
        if not channel.is_shaken:
            code = self.shake_hands()
        if code == 0 and channel.is_shaken:
            size = channel.unseal(self.poller.read_buffer, ROOM_SIZE, &code)
            if code:
                self.failure_text = channel.client.failure_text
            self.push_outgoing()    # if that fails, the next recv says so
        if code or channel.is_ended:
            self.is_half_closed = True
        if size and self.take_in(size, n, now):
            return 1
        if code:
            self.finish(code, now)
        elif channel.is_ended:
            self.lost(0, now)
        return code != 0 or channel.is_ended

    cdef int take_in(self, Py_ssize_t size, Py_ssize_t n, int64_t now) except -1:
        """Feed the parser *size* bytes, of n read; returns 1 when the request has come to its end."""
        cdef Py_ssize_t used
        if self.state == ConnectionState.IDLE:
            self.poller.n_unsolicited += 1
            self.close()
            return 1
        if self.first_byte_ns == 0:
            self.first_byte_ns = now
        used = self.parser.feed(self.poller.read_buffer, size)
        if self.parser.error:
            if self.channel is None and self.bytes_received == n and begins_as_tls(self.poller.read_buffer, n):
                self.failure_text = ANSWERS_IN_TLS
            self.finish(self.parser.error, now)
            return 1
        if not self.parser.is_complete:
            return 0
        if used < size:
            self.poller.n_extra += 1
        if used < size or n == READ_SIZE or self.is_half_closed:
            # More may lie unread, or the peer has said goodbye: the next request must not meet it.
            self.parser.is_keep_alive = False
        self.finish(0, now)
        return 1

    cdef int lost(self, int error, int64_t now) except -1:
        """The peer closed (error 0) or the connection broke."""
        cdef int code
        if self.state == ConnectionState.IDLE:
            self.close()
            return 0
        if self.lost_code:
            return self.finish(self.lost_code, now)
        if error:
            return self.finish(self.code_of_loss(error), now)
        if self.state == ConnectionState.HANDSHAKING:
            return self.finish(ErrorCode.TLS_CLOSED_IN_HANDSHAKE, now)
        code = self.parser.eof()
        if code == ErrorCode.TCP_CLOSED_NO_RESPONSE and self.is_reused:
            code = ErrorCode.TCP_STALE_CLOSED
        if code == 0 and self.channel is not None and not self.channel.is_ended:
            code = ErrorCode.TLS_TRUNCATED
        self.parser.is_keep_alive = False
        return self.finish(code, now)

    cdef int finish(self, int code, int64_t now) except -1:
        """Tell the owner, once. It decides whether the connection idles or closes."""
        cdef object owner = self.owner
        self.owner = None
        if owner is None:
            self.close()
            return 0
        return self.notify(owner, self, code, now)

    cdef void close(self) noexcept:
        """End the connection whatever it does; its owner is told nothing."""
        if self.channel is not None:
            self.end_tls()
        self.state = ConnectionState.CLOSED
        self.owner = None
        self.out = self.unsealed = self.source = None
        if self.lane is not None:
            self.lane.leave(self)
        self.forget()

    cdef int end_tls(self) except -1:
        """Remember the session and say goodbye, as far as both can be done without waiting."""
        cdef TlsChannel channel = self.channel
        cdef object session = channel.session()
        cdef bytes last
        self.channel = None
        if session is not None and self.home is not None:
            self.home.lane_of(self.origin).session = session
        last = channel.goodbye()
        if last is not None and self.fd >= 0 and self.out is None:
            c_send(self.fd, PyBytes_AS_STRING(last), PyBytes_GET_SIZE(last), MSG_NOSIGNAL)
        return 0

    @property
    def tls_version(self):
        return self.channel.version() if self.channel is not None else None
