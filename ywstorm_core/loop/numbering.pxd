# Numbers for the iterations of a scenario, unique over all processes.
from libc.stdint cimport int64_t


cdef class Numbering:
    cdef int64_t next_number            # what the next iteration gets
    cdef int64_t left                   # of this round, the next one included
    cdef int64_t own, step              # how many numbers of a round are this process's, and how far apart
    cdef int64_t gap                    # from the last number of a round to the first of the next

    cdef int64_t take(self) noexcept
