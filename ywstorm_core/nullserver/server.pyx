"""
An HTTP/1.1 server that does nothing: it finds the end of each request and sends the same answer.

It must cost so little that it never is what a benchmark measures, and count exactly, for its count is what a load
generator's own is compared with. It understands keep-alive, pipelining, HEAD and bodies with a length; other bodies
are refused with 411. It trusts its clients: it is for loopback.
"""

from cpython.exc cimport PyErr_CheckSignals, PyErr_SetFromErrno
from libc.errno cimport EAGAIN, ECONNABORTED, EINTR, errno
from libc.signal cimport SIGINT, SIGTERM
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcmp
from posix.signal cimport SIG_BLOCK, SIG_SETMASK, sigaddset, sigemptyset, sigprocmask, sigset_t
from posix.time cimport itimerspec
from posix.unistd cimport close, read, write

import socket
from collections import deque

from ywstorm_core.clock cimport now_ns
from ywstorm_core.net.grammar cimport is_blank, is_digit, is_word

__all__ = ["NullServer"]

cdef extern from "<sys/epoll.h>" nogil:
    enum:
        EPOLL_CLOEXEC
        EPOLL_CTL_ADD
        EPOLL_CTL_MOD
        EPOLLIN
        EPOLLOUT
    ctypedef union epoll_data_t:
        int fd
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    int epoll_create1(int flags)
    int epoll_ctl(int epoll_fd, int operation, int fd, epoll_event* event)
    int epoll_wait(int epoll_fd, epoll_event* events, int n, int timeout_ms)

cdef extern from "<sys/socket.h>" nogil:
    enum:
        MSG_NOSIGNAL
        SOCK_CLOEXEC
        SOCK_NONBLOCK
    int accept4(int fd, void* address, void* size, int flags)
    ssize_t recv(int fd, void* data, size_t n, int flags)
    ssize_t send(int fd, const void* data, size_t n, int flags)
    int setsockopt(int fd, int level, int option, const void* value, unsigned int size)

cdef extern from "<netinet/in.h>" nogil:
    enum:
        IPPROTO_TCP

cdef extern from "<netinet/tcp.h>" nogil:
    enum:
        TCP_NODELAY

cdef extern from "<sys/eventfd.h>" nogil:
    enum:
        EFD_CLOEXEC
    int eventfd(unsigned int initial, int flags)

cdef extern from "<sys/signalfd.h>" nogil:
    enum:
        SFD_CLOEXEC
        SFD_NONBLOCK
    int signalfd(int fd, const sigset_t* mask, int flags)

cdef extern from "<sys/timerfd.h>" nogil:
    enum:
        TFD_CLOEXEC
        TFD_NONBLOCK
        TFD_TIMER_ABSTIME
    int timerfd_create(int clock, int flags)
    int timerfd_settime(int fd, int flags, const itimerspec* new, itimerspec* old)

cdef extern from "<time.h>" nogil:
    int CLOCK_MONOTONIC

cdef extern from "<string.h>" nogil:
    void* memmem(const void* data, size_t n, const void* wanted, size_t size)

cdef enum:
    READ_SIZE = 65536
    MAX_HEAD_BYTES = 65536
    MAX_BODY_BYTES = 1_000_000_000  # times ten fits
    BATCH = 256
    BACKLOG = 4096

cdef bytes HEAD = (
    b"HTTP/1.1 200 OK\r\nServer: nullserver\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
cdef bytes NO_LENGTH = b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


cdef int checked(int result) except -1:
    if result < 0:
        PyErr_SetFromErrno(OSError)
    return result


cdef bytes json_of_size(Py_ssize_t n):
    cdef Py_ssize_t frame = len('{"data": ""}')
    if n >= frame:
        return b'{"data": "%b"}' % (b"x" * (n - frame))
    return b"0"[:n] if n < 2 else b'"%b"' % (b"x" * (n - 2))


cdef class Client:

    def __cinit__(self):
        self.inbox = Buffer()
        self.outbox = Buffer()


cdef class NullServer:

    def __cinit__(self):
        self.epoll_fd = self.stop_fd = self.timer_fd = -1
        self.chunk = <char*>malloc(READ_SIZE)
        if self.chunk == NULL:
            raise MemoryError

    def __init__(self, str host="127.0.0.1", int port=0, Py_ssize_t body_bytes=100, int64_t delay_us=0):
        if body_bytes < 0 or delay_us < 0:
            raise ValueError(f"body_bytes ({body_bytes}) and delay_us ({delay_us}) may not be negative")
        self.clients = {}
        self.delayed = deque()
        self.delay_ns = 1000 * delay_us
        self.head = HEAD % body_bytes
        self.answer = self.head + json_of_size(body_bytes)
        self.listener = socket.create_server((host, port), backlog=BACKLOG)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.epoll_fd = checked(epoll_create1(EPOLL_CLOEXEC))
        self.stop_fd = checked(eventfd(0, EFD_CLOEXEC))
        self.watch(self.stop_fd, EPOLL_CTL_ADD, EPOLLIN)
        self.watch(self.listener.fileno(), EPOLL_CTL_ADD, EPOLLIN)
        if delay_us:
            self.timer_fd = checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))
            self.watch(self.timer_fd, EPOLL_CTL_ADD, EPOLLIN)

    def __dealloc__(self):
        free(self.chunk)
        for fd in (self.epoll_fd, self.stop_fd, self.timer_fd):
            if fd >= 0:
                close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def run(self, bint stops_on_signals=False):
        cdef sigset_t signals, before
        cdef int signal_fd
        if not stops_on_signals:
            self.serve(-1)
            return
        # Blocked and read from a descriptor, no signal can slip in just before epoll_wait and be slept over.
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        checked(sigprocmask(SIG_BLOCK, &signals, &before))
        signal_fd = checked(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK))
        try:
            self.watch(signal_fd, EPOLL_CTL_ADD, EPOLLIN)
            self.serve(signal_fd)
        finally:
            while read(signal_fd, self.chunk, READ_SIZE) > 0:  # else it strikes when the mask is lifted
                pass
            close(signal_fd)
            checked(sigprocmask(SIG_SETMASK, &before, NULL))

    def stop(self):
        cdef uint64_t one = 1
        checked(write(self.stop_fd, &one, sizeof(one)))

    def close(self):
        for client in list(self.clients.values()):
            self.drop(client)
        self.delayed.clear()
        self.listener.close()

    cdef int serve(self, int signal_fd) except -1:
        cdef epoll_event[BATCH] events
        cdef int n, i, fd
        cdef int listener_fd = self.listener.fileno()
        cdef Client client
        while True:
            with nogil:
                n = epoll_wait(self.epoll_fd, events, BATCH, -1)
            if n < 0 and errno == EINTR:
                PyErr_CheckSignals()
                continue
            checked(n)
            for i in range(n):
                fd = events[i].data.fd
                if fd == listener_fd:
                    self.accept_all()
                elif fd == self.timer_fd:
                    self.put_delayed()
                elif fd == signal_fd:
                    return 0
                elif fd == self.stop_fd:
                    checked(<int>read(fd, self.chunk, READ_SIZE))
                    return 0
                else:
                    client = self.clients.get(fd)
                    if client is not None:  # None: dropped in this batch
                        self.on_client(client, events[i].events)

    cdef int watch(self, int fd, int operation, uint32_t events) except -1:
        cdef epoll_event event
        event.events = events
        event.data.fd = fd
        return checked(epoll_ctl(self.epoll_fd, operation, fd, &event))

    cdef int accept_all(self) except -1:
        cdef Client client
        cdef int fd
        cdef int on = 1
        while True:
            fd = accept4(self.listener.fileno(), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)
            if fd < 0 and errno == EAGAIN:
                return 0
            if fd < 0 and errno == ECONNABORTED:
                continue
            checked(fd)
            checked(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
            client = Client()
            client.fd = fd
            self.clients[fd] = client
            self.watch(fd, EPOLL_CTL_ADD, EPOLLIN)

    cdef int on_client(self, Client client, uint32_t events) except -1:
        cdef Py_ssize_t n, used
        if client.is_blocked:
            return self.flush(client)
        n = recv(client.fd, self.chunk, READ_SIZE, 0)
        if n < 0 and errno == EAGAIN:
            return 0
        if n <= 0:
            return self.drop(client)
        if client.inbox.pending() == 0:
            used = self.read_requests(client, self.chunk, n)
            if client.inbox.append(self.chunk + used, n - used) < 0:
                raise MemoryError
        else:
            if client.inbox.append(self.chunk, n) < 0:
                raise MemoryError
            used = self.read_requests(client, client.inbox.data + client.inbox.start, client.inbox.pending())
            client.inbox.take(used)
        if client.inbox.pending() > MAX_HEAD_BYTES:
            return self.drop(client)
        return self.flush(client)

    cdef Py_ssize_t read_requests(self, Client client, const char* data, Py_ssize_t n) except -1:
        cdef Py_ssize_t used = 0, size
        cdef const char* end
        while used < n and not client.is_closing:
            if client.skip:
                size = min(client.skip, n - used)
                client.skip -= size
            else:
                end = <const char*>memmem(data + used, n - used, b"\r\n\r\n", 4)
                if end == NULL:
                    return used
                size = end + 4 - (data + used)
                self.respond(client, data + used, size)
            used += size
        return n

    cdef int respond(self, Client client, const char* head, Py_ssize_t n) except -1:
        cdef const char* line = head
        cdef const char* end = <const char*>memchr(head, c"\n", n)
        cdef bint closes = end - head >= 9 and memcmp(end - 9, b"HTTP/1.0\r", 9) == 0
        cdef bint has_unknown_length = False
        cdef Py_ssize_t size
        while end + 1 < head + n:
            line = end + 1
            end = <const char*>memchr(line, c"\n", head + n - line)
            size = end - line
            if size > 15 and is_word(line, 15, "content-length:", 15):
                client.skip = number_at(line + 15)
            elif size > 18 and is_word(line, 18, "transfer-encoding:", 18):
                has_unknown_length = True
            elif size > 11 and is_word(line, 11, "connection:", 11):
                closes = memmem(line, size, b"close", 5) != NULL or (
                    closes and memmem(line, size, b"eep-", 4) == NULL
                )
        if n > 14 and memcmp(head, b"GET /__counts ", 14) == 0:
            return self.put(client, self.counts(), closes)
        self.requests += 1
        if not client.is_counted:
            client.is_counted = True
            self.connections += 1
        if has_unknown_length:
            return self.put(client, NO_LENGTH, True)
        return self.put(client, self.head if memcmp(head, b"HEAD ", 5) == 0 else self.answer, closes)

    def counts(self):
        body = b'{"requests": %d, "connections": %d}' % (self.requests, self.connections)
        return HEAD % len(body) + body

    cdef int put(self, Client client, bytes answer, bint closes) except -1:
        if self.delay_ns:
            self.delayed.append((now_ns() + self.delay_ns, client, answer, closes))
            return self.arm() if len(self.delayed) == 1 else 0
        client.is_closing = closes
        if client.outbox.append(answer, len(answer)) < 0:
            raise MemoryError
        return 0

    cdef int put_delayed(self) except -1:
        cdef Client client
        cdef bytes answer
        while self.delayed and self.delayed[0][0] <= now_ns():
            _, client, answer, closes = self.delayed.popleft()
            if client.fd < 0:
                continue
            client.is_closing = closes
            if client.outbox.append(answer, len(answer)) < 0:
                raise MemoryError
            self.flush(client)
        return self.arm()

    # The timer is never read: setting it anew, or to nothing, makes it unreadable.
    cdef int arm(self) except -1:
        cdef itimerspec timer
        cdef int64_t due_ns = self.delayed[0][0] if self.delayed else 0
        timer.it_interval.tv_sec = timer.it_interval.tv_nsec = 0
        timer.it_value.tv_sec = due_ns // 1_000_000_000
        timer.it_value.tv_nsec = due_ns % 1_000_000_000
        return checked(timerfd_settime(self.timer_fd, TFD_TIMER_ABSTIME, &timer, NULL))

    # While the kernel takes no more, the client is not read from: whoever does not read the answers gets no further.
    cdef int flush(self, Client client) except -1:
        cdef ssize_t n
        cdef bint is_blocked = False
        while client.outbox.pending():
            n = send(client.fd, client.outbox.data + client.outbox.start, client.outbox.pending(), MSG_NOSIGNAL)
            if n < 0 and errno != EAGAIN:
                return self.drop(client)
            is_blocked = n < 0
            if is_blocked:
                break
            client.outbox.take(n)
        if client.is_closing and not is_blocked:
            return self.drop(client)
        if is_blocked != client.is_blocked:
            client.is_blocked = is_blocked
            self.watch(client.fd, EPOLL_CTL_MOD, EPOLLOUT if is_blocked else EPOLLIN)
        return 0

    cdef int drop(self, Client client) except -1:
        del self.clients[client.fd]
        close(client.fd)
        client.fd = -1
        return 0


cdef int64_t number_at(const char* text) noexcept nogil:
    cdef int64_t number = 0
    while is_blank(text[0]):
        text += 1
    while is_digit(text[0]) and number < MAX_BODY_BYTES:
        number = 10 * number + text[0] - c"0"
        text += 1
    return number
