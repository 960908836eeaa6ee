# Idle connections of one user, and the TLS sessions that its next connections may resume.
#
# A pool keeps a lane for each origin. Most users talk to one server: their only lane is the first one, and taking,
# putting and leaving cost the same however many connections idle. A pool knows nothing of sockets.


cdef class Poolable:
    # What a pool keeps.
    cdef readonly object origin             # net.dns.Origin: identity decides who may reuse it
    cdef Lane lane                          # where it idles; None while busy
    cdef Poolable next_idle, previous_idle

    cdef void rest(self) noexcept           # it has just been put into a pool
    cdef void close(self) noexcept          # leaves its lane, if it is in one


cdef class Lane:
    # What a pool keeps of one origin.
    cdef object origin
    cdef Poolable head                      # the one used last
    cdef object session                     # ssl.SSLSession that a connection left behind; None: none yet
    cdef Lane next_lane

    cdef void leave(self, Poolable member) noexcept


cdef class Pool:
    cdef Lane first                         # the lane asked for last

    # An idle connection to *origin*, the one used last, or None.
    cdef Poolable take(self, object origin)
    cdef int put(self, Poolable member) except -1
    cdef void close_all(self) noexcept
    # The lane of *origin*, made if need be; it becomes the first one.
    cdef Lane lane_of(self, object origin)
