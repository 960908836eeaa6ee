# Several requests at once, of which a virtual user awaits all.
from libc.stdint cimport int64_t

from ywstorm_core.loop.engine cimport Runnable
from ywstorm_core.loop.exchange cimport Exchange, Requester
from ywstorm_core.loop.pending cimport Pending

cdef enum:
    PER_HOST = 6                    # connections that a batch uses at once to one server, as browsers do


cdef class Turn(Runnable):
    # What the members of a batch resume when they end.
    cdef Batch batch


cdef class Batch(Pending):
    cdef Requester requester
    cdef list members, keys         # Exchanges; keys: those of the dict that was asked for, or None
    cdef list running, waiting      # of the members
    cdef dict busy                  # origin -> number of running members
    cdef Turn turn
    cdef int64_t done_ns

    @staticmethod
    cdef Batch start(Requester requester, list members, list keys)

    cdef int go_on(self, int64_t now) except -1
    cdef int start_more(self, int64_t now) except -1
