"""
A socket, its place in the epoll set and its idle pool.

Edge-triggered and without a second syscall where one will do: one send(2) when the request is written, one recv(2)
when the answer fits the buffer (a result shorter than the buffer means drained). Every outcome ends in one call of
`notify`; errno becomes an ErrorCode here and nowhere else.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport (
    EADDRNOTAVAIL, EAGAIN, ECONNABORTED, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, EINPROGRESS, EINTR, EMFILE,
    ENETUNREACH, ENFILE, ENOBUFS, ENOMEM, EPIPE, ETIMEDOUT, errno,
)

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.net.poller cimport READ_SIZE

__all__ = ["Connection", "Pool"]

cdef extern from "<sys/epoll.h>" nogil:
    ctypedef union epoll_data_t:
        void* ptr
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    int EPOLL_CTL_DEL
    uint32_t EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET
    int epoll_ctl(int epfd, int op, int fd, epoll_event* event)

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    struct sockaddr:
        unsigned short sa_family
    int SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC, SOL_SOCKET, SO_ERROR, MSG_NOSIGNAL
    int socket(int domain, int type, int protocol)
    int connect(int fd, const sockaddr* address, socklen_t size)
    int setsockopt(int fd, int level, int name, const void* value, socklen_t size)
    int getsockopt(int fd, int level, int name, void* value, socklen_t* size)
    Py_ssize_t send_ "send"(int fd, const void* data, size_t size, int flags)
    Py_ssize_t recv(int fd, void* data, size_t size, int flags)

cdef extern from "<netinet/in.h>" nogil:
    int IPPROTO_TCP

cdef extern from "<netinet/tcp.h>" nogil:
    int TCP_NODELAY

cdef extern from "<unistd.h>" nogil:
    int c_close "close"(int fd)


cdef uint32_t CONNECTION_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET


cdef int code_of_errno(int error, bint is_connecting) noexcept:
    if error == ECONNREFUSED:
        return ErrorCode.TCP_REFUSED
    if error == ECONNRESET or error == ECONNABORTED:
        return ErrorCode.TCP_RESET
    if error == EPIPE:
        return ErrorCode.TCP_BROKEN_PIPE
    if error == ETIMEDOUT:
        return ErrorCode.TCP_CONNECT_TIMEOUT if is_connecting else ErrorCode.TCP_RESET
    if error == EHOSTUNREACH or error == ENETUNREACH:
        return ErrorCode.TCP_UNREACHABLE
    if error == EADDRNOTAVAIL:
        return ErrorCode.GEN_PORTS_EXHAUSTED
    if error == EMFILE or error == ENFILE:
        return ErrorCode.GEN_FD_EXHAUSTED
    if error == ENOBUFS:
        return ErrorCode.GEN_NO_BUFFERS
    if error == ENOMEM:
        return ErrorCode.GEN_NO_MEMORY
    return ErrorCode.TCP_CONNECT_ERRNO if is_connecting else ErrorCode.TCP_UNKNOWN


@cython.final
@cython.no_gc
cdef class Pool:
    cdef Connection take(self, object origin):
        """An idle connection to *origin*, or None."""
        cdef Connection found = self.head, previous = None
        while found is not None and found.origin is not origin:
            previous = found
            found = found.next_idle
        if found is not None:
            if previous is None:
                self.head = found.next_idle
            else:
                previous.next_idle = found.next_idle
            found.next_idle = None
            found.pool = None
        return found

    cdef void put(self, Connection connection) noexcept:
        connection.state = ConnectionState.IDLE
        connection.next_idle = self.head
        connection.pool = self
        self.head = connection

    cdef void drop(self, Connection connection) noexcept:
        cdef Connection found = self.head, previous = None
        while found is not None and found is not connection:
            previous = found
            found = found.next_idle
        if found is None:
            return
        if previous is None:
            self.head = found.next_idle
        else:
            previous.next_idle = found.next_idle
        found.next_idle = None
        found.pool = None

    cdef void close_all(self) noexcept:
        while self.head is not None:
            self.head.close()


@cython.final
@cython.no_gc
cdef class Connection:
    def __cinit__(self, Poller poller not None, origin):
        self.poller = poller
        self.origin = origin
        self.parser = ResponseParser()
        self.fd = -1
        self.state = ConnectionState.CLOSED

    def __dealloc__(self):
        if self.fd >= 0:
            c_close(self.fd)

    cdef int open(self, int64_t now) except -1:
        """Start to connect; returns 0 or the ErrorCode of a failure that showed at once."""
        self.connecting_ns = now
        self.address_index = 0
        return self.try_address()

    cdef int try_address(self) except -1:
        cdef bytes address
        cdef const sockaddr* raw
        cdef int one = 1, code = ErrorCode.TCP_CONNECT_FAILED
        while self.address_index < len(self.origin.addresses):
            address = self.origin.addresses[self.address_index]
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

    cdef void begin(self, object owner, notify_t notify, bint is_head, bint keeps_body) noexcept:
        """Take up the next request. The bytes follow by `send`."""
        self.owner = owner
        self.notify = notify
        if self.state == ConnectionState.IDLE:
            self.state = ConnectionState.BUSY
            self.is_reused = True
            self.connecting_ns = self.connected_ns = 0
        self.last_written_ns = self.first_byte_ns = 0
        self.bytes_sent = self.bytes_received = 0
        self.parser.start(is_head, keeps_body)

    cdef int send(self, const char* data, Py_ssize_t size) except -1:
        """Write now what the kernel takes, keep the rest. Returns 0 or an ErrorCode."""
        cdef Py_ssize_t n = 0
        if self.state == ConnectionState.BUSY and (self.out is None or self.out.start == self.out.end):
            n = self.write(data, size)
            if n < 0:
                return self.code_of_loss(errno)
            if n == size:
                return 0
        if self.out is None:
            self.out = Buffer()
        return ErrorCode.GEN_NO_MEMORY if self.out.append(data + n, size - n) < 0 else 0

    cdef int flush(self) except -1:
        """Write what waits. Returns 0 or an ErrorCode."""
        cdef Py_ssize_t n
        while self.out is not None and self.out.start < self.out.end:
            n = self.write(self.out.data + self.out.start, self.out.end - self.out.start)
            if n < 0:
                return self.code_of_loss(errno)
            if n == 0:
                return 0
            self.out.start += n
        self.out = None
        return 0

    cdef Py_ssize_t write(self, const char* data, Py_ssize_t size) noexcept:
        """One send(2): the bytes that the kernel took, 0 if it takes none now; -1 and errno if the connection broke."""
        cdef Py_ssize_t n
        while True:
            n = send_(self.fd, data, size, MSG_NOSIGNAL)
            if n >= 0 or errno != EINTR:
                break
        if n < 0:
            return 0 if errno == EAGAIN else -1
        if n > 0:
            self.last_written_ns = now_ns()
            if self.bytes_sent == 0:
                self.poller.requests_sent += 1
            self.bytes_sent += n
        return n

    cdef int code_of_loss(self, int error) noexcept:
        """The code of a connection that broke: a reused one without a byte back was stale."""
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
        elif events & EPOLLOUT and self.out is not None:
            code = self.flush()
            if code and not events & EPOLLIN:
                return self.finish(code, now_ns())
        if events & (EPOLLRDHUP | EPOLLHUP):
            self.is_half_closed = True
        if events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR):
            return self.on_readable()
        return 0

    cdef int on_connected(self) except -1:
        """Connected, or not; returns whether reading makes sense."""
        cdef int error = 0, code
        cdef socklen_t size = sizeof(error)
        getsockopt(self.fd, SOL_SOCKET, SO_ERROR, &error, &size)
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
        self.state = ConnectionState.BUSY
        code = self.flush()
        if code:
            self.finish(code, now_ns())
            return 0
        return 1

    cdef int on_readable(self) except -1:
        cdef Py_ssize_t n
        cdef int64_t now
        cdef int reads = 0
        while self.state == ConnectionState.BUSY or self.state == ConnectionState.IDLE:
            if reads == READS_A_TURN:
                return self.poller.tell_again(self.fd, <void*>self, CONNECTION_EVENTS)
            reads += 1
            n = recv(self.fd, self.poller.read_buffer, READ_SIZE, 0)
            if n < 0:
                if errno == EINTR:
                    continue
                if errno == EAGAIN:
                    return 0
                return self.lost(errno, now_ns())
            now = now_ns()
            if self.state == ConnectionState.IDLE:
                if n > 0:
                    self.poller.n_unsolicited += 1
                self.close()
                return 0
            if n == 0:
                return self.lost(0, now)
            if self.take_in(n, now):
                return 0
            if n < READ_SIZE and not self.is_half_closed:
                return 0            # drained; of a peer's end that came along no other event will tell
        return 0

    cdef int take_in(self, Py_ssize_t size, int64_t now) except -1:
        """Feed the parser; returns 1 when the request has come to its end."""
        cdef Py_ssize_t used
        if self.first_byte_ns == 0:
            self.first_byte_ns = now
        self.bytes_received += size
        used = self.parser.feed(self.poller.read_buffer, size)
        if self.parser.error:
            self.finish(self.parser.error, now)
            return 1
        if not self.parser.is_complete:
            return 0
        if used < size:
            self.poller.n_extra += 1
        if used < size or size == READ_SIZE or self.is_half_closed:
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
        if error:
            return self.finish(self.code_of_loss(error), now)
        code = self.parser.eof()
        if code == ErrorCode.TCP_CLOSED_NO_RESPONSE and self.is_reused:
            code = ErrorCode.TCP_STALE_CLOSED
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

    cdef void close(self) noexcept:
        """End the connection whatever it does; its owner is told nothing."""
        self.state = ConnectionState.CLOSED
        self.owner = None
        self.out = None
        if self.pool is not None:
            self.pool.drop(self)
        self.forget()
