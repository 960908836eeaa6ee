"""
Numbers for the iterations of a scenario.

They are dealt as virtual users are: number g belongs to the process that has virtual user g mod *of* + 1, and a process
hands its numbers out in the order in which its iterations start. So no two iterations of a scenario share a number, and
no process asks another. Source of the rule: `ywstorm.plan.Segment.dealt`, which this must match.
"""
cimport cython

__all__ = ["Numbering"]


@cython.final
cdef class Numbering:
    def __init__(self, own=range(1, 2), int64_t of=1):
        self.own = self.left = len(own)
        if not self.own:
            return                      # nobody here will ask
        self.step = own.step
        self.next_number = <int64_t>own[0] - 1
        self.gap = of - (self.own - 1) * self.step

    cdef int64_t take(self) noexcept:
        cdef int64_t number = self.next_number
        self.left -= 1
        if self.left > 0:
            self.next_number += self.step
        else:
            self.next_number += self.gap
            self.left = self.own
        return number

    def __iter__(self):
        return self

    def __next__(self):
        return self.take()
