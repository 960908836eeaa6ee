# A request body that comes from an iterator, piece by piece, as the connection takes it.
from ywstorm_core.loop.engine cimport Engine
from ywstorm_core.net.source cimport Source


cdef class Upload(Source):
    cdef Engine engine
    cdef object pieces              # the iterator; None when it is spent
    cdef bint is_asynchronous
    cdef object pump                # the task that reads an asynchronous one ahead, once it has begun
    cdef object room                # set when the pump may read the next piece
    cdef bytes ahead                # what the pump has read, framed; b"": nothing

    cdef bytes read(self)
    cdef int fail(self, object error) except -1
