# A request that another client makes for a virtual user: aiohttp, in `vu.session()`.
from libc.stdint cimport int64_t

from ywstorm_core.loop.scenario cimport Endpoint
from ywstorm_core.loop.script_face cimport ScriptFace


cdef class ForeignRequest:
    cdef ScriptFace vu
    cdef Endpoint endpoint
    cdef bytes expected                     # a table: 1 at each status that is no failure
    cdef readonly str method, url
    cdef readonly bint is_open              # neither ended nor cut off
    cdef public bint is_reused              # its connection had served another request
    cdef readonly int64_t due_ns, begin_ns
    # Instants that the client reached, in this order; 0: not reached.
    cdef public int64_t unblocked_ns        # a connection may be opened, or an idle one was taken
    cdef public int64_t looked_up_ns
    cdef public int64_t connected_ns        # TLS included
    cdef public int64_t sent_ns
    cdef public int64_t first_byte_ns
    cdef public int64_t bytes_sent, bytes_received
    cdef public int n_sent                  # how often the kernel took its first byte: more than once when resent

    cdef int close(self) except -1
