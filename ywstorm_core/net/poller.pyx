"""The epoll set of one engine: descriptors in, events out, and the counters that all its connections share."""
cimport cython
from libc.errno cimport errno
from libc.stdlib cimport free, malloc

__all__ = ["Poller"]

cdef extern from "<sys/epoll.h>" nogil:
    ctypedef union epoll_data_t:
        void* ptr
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    int EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_MOD
    int epoll_create1(int flags)
    int epoll_ctl(int epfd, int op, int fd, epoll_event* event)

cdef extern from "<unistd.h>" nogil:
    int c_close "close"(int fd)


@cython.final
cdef class Poller:
    def __cinit__(self):
        self.graveyard = []
        self.fd = epoll_create1(EPOLL_CLOEXEC)
        if self.fd < 0:
            raise OSError(errno, "epoll_create1 failed")
        self.read_buffer = <char*>malloc(ROOM_SIZE)
        if self.read_buffer == NULL:
            raise MemoryError("read buffer")

    def __dealloc__(self):
        self.close()
        free(self.read_buffer)

    cdef int watch(self, int fd, void* who, uint32_t events) except -1:
        cdef epoll_event event
        event.events = events
        event.data.ptr = who
        if epoll_ctl(self.fd, EPOLL_CTL_ADD, fd, &event) < 0:
            raise OSError(errno, "epoll_ctl failed")
        return 0

    cdef int tell_again(self, int fd, void* who, uint32_t events) except -1:
        """Have the present readiness of a connection reported once more, although it is edge-triggered."""
        cdef epoll_event event
        event.events = events
        event.data.ptr = who
        if epoll_ctl(self.fd, EPOLL_CTL_MOD, fd, &event) < 0:
            raise OSError(errno, "epoll_ctl failed")
        return 0

    cdef void reap(self) noexcept:
        """Let go of the connections that were closed in the batch just handled."""
        if self.graveyard:
            self.graveyard = []

    cdef void close(self) noexcept:
        if self.fd >= 0:
            c_close(self.fd)
            self.fd = -1
