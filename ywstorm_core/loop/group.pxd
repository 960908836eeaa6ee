# Which groups a virtual user is in, told apart by task.
from libc.stdint cimport int64_t


cdef class Groups:
    # Those that a virtual user has entered in its present iteration.
    cdef int64_t n_open

    cdef int enter(self, object group, str name, int64_t now) except -1
    cdef str path(self)


cdef class Stay:
    # From one entry of a group to its exit.
    cdef Groups groups
    cdef object group
    cdef str path                   # "a::b"
    cdef Stay outer                 # where its task was before; None: in no group
    cdef int64_t began_ns
    cdef bint is_over

cdef Stay leave(object group)


cdef inline str path_in(Groups groups):
    """The path of the running task's group; None outside groups. *groups* is None while none was entered."""
    return None if groups is None else groups.path()
