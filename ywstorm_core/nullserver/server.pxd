# One thread, one epoll set; every request gets the same answer.
from libc.stdint cimport int64_t, uint32_t

cimport cython

from ywstorm_core.net.buffer cimport Buffer


@cython.final
cdef class Client:
    cdef int fd
    cdef Buffer inbox              # a request head of which the end has not come yet
    cdef Buffer outbox             # answers that the kernel has not taken yet
    cdef int64_t skip              # bytes of a request's body to come
    cdef bint is_blocked           # the kernel takes no more: no request is read before it does
    cdef bint is_closing           # close when the outbox is empty
    cdef bint is_counted           # carried a request that counts


@cython.final
cdef class NullServer:
    cdef readonly int port
    cdef readonly int64_t requests
    cdef readonly int64_t connections
    cdef object listener
    cdef dict clients              # descriptor -> Client
    cdef object delayed            # (due_ns, Client, answer, closes) in order of due_ns
    cdef int64_t delay_ns
    cdef int epoll_fd
    cdef int stop_fd               # an eventfd: readable when stop() was called
    cdef int timer_fd              # due when the first delayed answer is; -1: answers are prompt
    cdef bytes head                # of every answer
    cdef bytes answer              # head and body
    cdef char* chunk               # READ_SIZE bytes that every recv fills

    cdef int serve(self, int signal_fd) except -1
    cdef int watch(self, int fd, int operation, uint32_t events) except -1
    cdef int accept_all(self) except -1
    cdef int on_client(self, Client client, uint32_t events) except -1
    cdef Py_ssize_t read_requests(self, Client client, const char* data, Py_ssize_t n) except -1
    cdef int respond(self, Client client, const char* head, Py_ssize_t n) except -1
    cdef int put(self, Client client, bytes answer, bint closes) except -1
    cdef int put_delayed(self) except -1
    cdef int arm(self) except -1
    cdef int flush(self, Client client) except -1
    cdef int drop(self, Client client) except -1
