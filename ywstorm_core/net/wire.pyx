"""
The socket under a connection: to whom it goes, what the kernel has taken, and its place in the epoll set.

One send(2) for what fits; `out` holds the rest until the kernel has room again. Of what was sent this counts the bytes,
and the requests: one whose first byte the kernel took has been sent.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport EAGAIN, EINPROGRESS, EINTR, errno

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.net.sockets cimport (
    EPOLLET, EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLL_CTL_DEL, IPPROTO_TCP, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK,
    SOCK_STREAM, TCP_NODELAY, c_close, c_send, code_of_errno, connect, epoll_ctl, epoll_event, setsockopt, sockaddr,
    socket, socklen_t, text_of_address,
)

__all__ = ["Wire"]


cdef uint32_t CONNECTION_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET


@cython.no_gc
cdef class Wire(Poolable):
    def __cinit__(self):
        self.fd = -1
        self.state = ConnectionState.CLOSED

    def __dealloc__(self):
        if self.fd >= 0:
            c_close(self.fd)

    cdef int try_address(self) except -1:
        """Connect to the next address that does not fail at once. Returns 0 or the ErrorCode of the last one."""
        cdef bytes address
        cdef const sockaddr* raw
        cdef int one = 1, code = ErrorCode.TCP_CONNECT_FAILED
        while self.address_index < len(self.addresses):
            address = self.addresses[self.address_index]
            raw = <const sockaddr*>PyBytes_AS_STRING(address)
            self.fd = socket(raw.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
            if self.fd < 0:
                return code_of_errno(errno, True)
            self.poller.n_open += 1
            self.poller.n_opened += 1
            setsockopt(self.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one))
            if connect(self.fd, raw, <socklen_t>PyBytes_GET_SIZE(address)) == 0 or errno == EINPROGRESS:
                self.state = ConnectionState.CONNECTING
                Py_INCREF(self)             # the epoll set's; `forget` takes it back, even if `watch` raises
                self.poller.watch(self.fd, <void*>self, CONNECTION_EVENTS)
                return 0
            code = code_of_errno(errno, True)
            c_close(self.fd)
            self.fd = -1
            self.poller.n_open -= 1
            self.address_index += 1
        return code

    cdef int push(self, const char* data, Py_ssize_t size) except -1:
        """Bytes for the wire: to the kernel, behind what it has not taken yet. Returns 0 or an ErrorCode."""
        cdef Py_ssize_t n = 0
        if self.state != ConnectionState.CONNECTING and self.out is None:
            n = self.write(data, size)
            if n < 0:
                return self.code_of_loss(errno)
            if n == size:
                return 0
        if self.out is None:
            self.out = Buffer()
        return ErrorCode.GEN_NO_MEMORY if self.out.append(data + n, size - n) < 0 else 0

    cdef int drain(self) except -1:
        """Write of `out` what the kernel takes; it is None when that was all. Returns 0 or an ErrorCode."""
        cdef Py_ssize_t n
        while self.out is not None:
            n = self.write(self.out.data + self.out.start, self.out.pending())
            if n < 0:
                return self.code_of_loss(errno)
            if n == 0:
                return 0
            self.out.take(n)
            if self.out.pending() == 0:
                self.out = None
        return 0

    cdef Py_ssize_t write(self, const char* data, Py_ssize_t size) noexcept:
        """One send(2): the bytes that the kernel took, 0 if it takes none now; -1 and errno if the connection broke."""
        cdef Py_ssize_t n
        while True:
            n = c_send(self.fd, data, size, MSG_NOSIGNAL)
            if n >= 0 or errno != EINTR:
                break
        if n < 0:
            return 0 if errno == EAGAIN else -1
        if n > 0:
            if self.state == ConnectionState.BUSY:          # else it is of the handshake
                if self.last_written_ns == 0:
                    self.poller.requests_sent += 1
                self.last_written_ns = now_ns()
            self.bytes_sent += n
        return n

    cdef int code_of_loss(self, int error) noexcept:
        """The ErrorCode of a connection that broke."""
        return code_of_errno(error, False)

    cdef void forget(self) noexcept:
        """Give the descriptor back, and with it the epoll set's reference, which lives until the batch ends."""
        cdef epoll_event event
        if self.fd < 0:
            return
        epoll_ctl(self.poller.fd, EPOLL_CTL_DEL, self.fd, &event)
        c_close(self.fd)
        self.fd = -1
        self.poller.n_open -= 1
        self.poller.graveyard.append(self)
        Py_DECREF(self)

    @property
    def remote_address(self):
        return text_of_address(self.addresses[self.address_index]) if self.state > ConnectionState.CONNECTING else None
