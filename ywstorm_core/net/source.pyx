"""The far end of an upload, as a connection sees it."""

__all__ = ["Source"]


cdef class Source:
    cdef bytes take(self):
        raise NotImplementedError(type(self).__name__)

    cdef int close(self) except -1:
        raise NotImplementedError(type(self).__name__)
