# Where the rest of a request's body comes from while it is being sent.


cdef class Source:
    cdef bint is_spent              # nothing more will come
    cdef object failure             # what reading it raised; None
    cdef object hungry              # the connection that found nothing and is to be flushed when there is something

    # Framed bytes to send next; b"": nothing now, or, once is_spent, nothing more.
    cdef bytes take(self)
    # Nobody wants the rest.
    cdef int close(self) except -1
