"""
The engine: between the loop and the virtual users.

The loop sees one descriptor. When it is readable the engine takes events in small batches, compares the top of the
deadline heap with the clock after every batch, runs what became ready, and gives the loop its turn after half a
millisecond. Nothing here knows what a request is.

An exception out of one event must not lose the rest of its batch (edge-triggered events do not come again): it is
kept, the batch is finished, and the observer is told of the first one. What a script raises never gets here: it ends
in its virtual user.
"""
cimport cython
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport EINTR, errno
from libc.stdlib cimport free, malloc

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.timer cimport NEVER, Alarm
from ywstorm_core.net.connection cimport Connection
from ywstorm_core.net.tls cimport TlsClient

import contextvars
import sys

from ywstorm_core.net.dns import Resolver

__all__ = ["Engine", "Runnable"]

cdef extern from "<sys/epoll.h>" nogil:
    ctypedef union epoll_data_t:
        void* ptr
    struct epoll_event:
        unsigned int events
        epoll_data_t data
    unsigned int EPOLLIN, EPOLLET
    int epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout)

cdef extern from "<sys/timerfd.h>" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    struct itimerspec:
        timespec it_interval
        timespec it_value
    int TFD_NONBLOCK, TFD_CLOEXEC, TFD_TIMER_ABSTIME
    int timerfd_create(int clock, int flags)
    int timerfd_settime(int fd, int flags, const itimerspec* new, itimerspec* old)

cdef extern from "<time.h>" nogil:
    int CLOCK_MONOTONIC

cdef extern from "<unistd.h>" nogil:
    int close(int fd)


cdef class Runnable(Timed):
    cdef int run(self) except -1:
        raise NotImplementedError(type(self).__name__)


@cython.final
cdef class Engine:
    def __init__(self, loop, observer):
        self.loop = loop
        self.observer = observer
        self.context = contextvars.Context()
        self.resolver = Resolver(loop.call_soon_threadsafe)
        self.poller = Poller()
        self.shared = Pool()
        self.heap = DeadlineHeap()
        self.armed_ns = NEVER
        self.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
        if self.timer_fd < 0:
            raise OSError(errno, "timerfd_create failed")
        self.poller.watch(self.timer_fd, NULL, EPOLLIN | EPOLLET)
        loop.add_reader(self.poller.fd, self.on_readable)

    def __cinit__(self):
        self.timer_fd = -1

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.ready_size):
            Py_DECREF(<object>self.ready[(self.ready_head + i) % self.ready_capacity])
        free(self.ready)
        if self.timer_fd >= 0:
            close(self.timer_fd)

    def close(self):
        if self.poller.fd >= 0:
            self.loop.remove_reader(self.poller.fd)
            self.resolver.close()
            self.shared.close_all()
            self.poller.close()
            close(self.timer_fd)
            self.timer_fd = -1

    def call_at(self, int64_t deadline_ns, function):
        """Call *function(now_ns)* from the loop at an instant, never early; the engine's own timers for the worker."""
        self.wake_at(Alarm(function), deadline_ns)

    def configure_tls(self, *, bint is_needed=False, **named):
        self.poller.tls = TlsClient(**named) if is_needed or any(named.values()) else None

    @property
    def requests_sent(self):
        return self.poller.requests_sent

    @property
    def requests_in_flight(self):
        return self.requests_started - self.requests_ok - self.requests_failed - self.requests_cut_off

    @property
    def connections_opened(self):
        return self.poller.n_opened

    @property
    def connections_open(self):
        return self.poller.n_open

    cdef int make_ready(self, Runnable member) except -1:
        """Put *member* at the back of the ready queue, once."""
        cdef void** grown
        cdef Py_ssize_t i
        if member.is_ready:
            return 0
        if self.ready_size == self.ready_capacity:
            grown = <void**>malloc((2 * self.ready_capacity + 256) * sizeof(void*))
            if grown == NULL:
                raise MemoryError("ready queue")
            for i in range(self.ready_size):
                grown[i] = self.ready[(self.ready_head + i) % self.ready_capacity]
            free(self.ready)
            self.ready = grown
            self.ready_head = 0
            self.ready_capacity = 2 * self.ready_capacity + 256
        Py_INCREF(member)
        member.is_ready = True
        self.ready[(self.ready_head + self.ready_size) % self.ready_capacity] = <void*>member
        self.ready_size += 1
        if not self.is_dispatching:
            self.call_soon()
        return 0

    cdef int resume(self, Runnable member) except -1:
        """Run *member* at once when nothing else is being run, else when its turn comes."""
        if not self.is_dispatching or self.is_running or member.is_ready:
            return self.make_ready(member)
        self.is_running = True
        try:
            member.run()
        finally:
            self.is_running = False
        return 0

    cdef int wake_at(self, Timed member, int64_t deadline_ns) except -1:
        self.heap.schedule(member, deadline_ns)
        if not self.is_dispatching and self.heap.top_ns() < self.armed_ns:
            self.arm()
        return 0

    cdef int call_soon(self) except -1:
        if not self.is_scheduled:
            self.is_scheduled = True
            self.loop.call_soon(self.on_readable, context=self.context)
        return 0

    cdef int keep_failure(self) except -1:
        """Called in an except block: remember the first exception of this batch."""
        if self.failure is None:
            self.failure = sys.exc_info()[1]
        return 0 if self.is_dispatching else self.call_soon()

    def on_readable(self):
        """The loop's callback. Never call it from a script."""
        cdef object failure
        if self.is_dispatching or self.poller.fd < 0:
            return
        self.is_scheduled = False
        self.is_dispatching = True
        try:
            self.poll()
        finally:
            self.is_dispatching = False
        self.arm()
        if self.ready_size:
            self.call_soon()
        if self.failure is not None:
            failure, self.failure = self.failure, None
            self.observer.engine_failed(failure)

    cdef int poll(self) except -1:
        cdef epoll_event events[BATCH]
        cdef Connection connection
        cdef int i, n
        cdef int64_t now = now_ns()
        self.until_ns = now + SLICE_NS
        while True:
            n = epoll_wait(self.poller.fd, events, BATCH, 0)
            if n < 0:
                if errno == EINTR:
                    continue
                raise OSError(errno, "epoll_wait failed")
            for i in range(n):
                if events[i].data.ptr == NULL:
                    self.armed_ns = NEVER       # it has fired: the same instant may be armed again
                else:
                    connection = <Connection>events[i].data.ptr
                    try:
                        connection.on_events(events[i].events)
                    except BaseException:
                        self.keep_failure()
                now = now_ns()
                if self.heap.top_ns() <= now:
                    self.fire_due(now)
            connection = None
            self.poller.reap()
            now = now_ns()
            if self.heap.top_ns() <= now:
                self.fire_due(now)
            self.run_ready()
            if (n < BATCH and self.ready_size == 0) or now_ns() >= self.until_ns:
                return 0

    cdef int fire_due(self, int64_t now) except -1:
        """Tell the members whose deadline has come, one by one until the slice is over."""
        cdef Timed member
        while True:
            member = self.heap.pop_due(now)
            if member is None:
                return 0
            try:
                member.on_deadline(now)
            except BaseException:
                self.keep_failure()
            if now_ns() >= self.until_ns:
                return 0

    cdef int run_ready(self) except -1:
        """Run those who stand in the queue now, not those whom they put there, and stop when the slice is over."""
        cdef Py_ssize_t left = self.ready_size
        cdef Runnable member
        cdef int64_t now
        while left > 0:
            left -= 1
            member = <Runnable>self.ready[self.ready_head]
            self.ready_head = (self.ready_head + 1) % self.ready_capacity
            self.ready_size -= 1
            Py_DECREF(member)
            member.is_ready = False
            now = now_ns()
            self.is_running = True
            try:
                member.run()
            except BaseException:
                self.keep_failure()
            self.is_running = False
            if self.heap.top_ns() <= now:
                self.fire_due(now)
            if now >= self.until_ns:
                return 0
        return 0

    cdef int arm(self) except -1:
        """Set the timerfd to the top of the heap, if that changed. It is edge-triggered and never read."""
        cdef itimerspec spec
        cdef int64_t top_ns = self.heap.top_ns()
        if top_ns == self.armed_ns or self.timer_fd < 0:
            return 0
        self.armed_ns = top_ns
        spec.it_interval.tv_sec = spec.it_interval.tv_nsec = 0
        if top_ns == NEVER:
            spec.it_value.tv_sec = spec.it_value.tv_nsec = 0
        else:
            top_ns = max(top_ns, 1)             # 0 would disarm it
            spec.it_value.tv_sec = top_ns // 1_000_000_000
            spec.it_value.tv_nsec = top_ns % 1_000_000_000
        if timerfd_settime(self.timer_fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0:
            raise OSError(errno, "timerfd_settime failed")
        return 0
