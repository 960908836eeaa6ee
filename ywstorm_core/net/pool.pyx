"""
Who idles, by origin: the last one used is the first one taken, so that those not needed can time out.

A pool belongs to one user (or, where connections are shared, to all of a scenario). The sessions are kept here and not
with the server's name, for a user resumes its own sessions only: a thousand users cost the server a thousand full
handshakes, as they do in life.
"""
cimport cython

__all__ = ["Lane", "Pool", "Poolable"]


@cython.no_gc
cdef class Poolable:
    cdef void rest(self) noexcept:
        pass

    cdef void close(self) noexcept:
        if self.lane is not None:
            self.lane.leave(self)


@cython.final
@cython.no_gc
cdef class Lane:
    cdef void leave(self, Poolable member) noexcept:
        if member.previous_idle is None:
            self.head = member.next_idle
        else:
            member.previous_idle.next_idle = member.next_idle
        if member.next_idle is not None:
            member.next_idle.previous_idle = member.previous_idle
        member.next_idle = member.previous_idle = None
        member.lane = None


@cython.final
@cython.no_gc
cdef class Pool:
    cdef Lane lane_of(self, object origin):
        cdef Lane found = self.first, previous = None
        while found is not None and found.origin is not origin:
            previous = found
            found = found.next_lane
        if found is None:
            found = Lane.__new__(Lane)
            found.origin = origin
        elif previous is None:
            return found
        else:
            previous.next_lane = found.next_lane
        found.next_lane = self.first
        self.first = found
        return found

    cdef Poolable take(self, object origin):
        cdef Lane lane = self.lane_of(origin)
        cdef Poolable member = lane.head
        if member is not None:
            lane.leave(member)
        return member

    cdef int put(self, Poolable member) except -1:
        cdef Lane lane = self.lane_of(member.origin)
        member.lane = lane
        member.next_idle = lane.head
        if lane.head is not None:
            lane.head.previous_idle = member
        lane.head = member
        member.rest()
        return 0

    cdef void close_all(self) noexcept:
        cdef Lane lane = self.first
        while lane is not None:
            while lane.head is not None:
                lane.head.close()
            lane = lane.next_lane
