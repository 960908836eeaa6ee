"""
Which group a task of a virtual user is in.

A virtual user may do several things at once, with `asyncio.gather` or a TaskGroup, each in groups of its own. So what
was entered is kept in a context variable: a task begins with the groups of the task that made it, and what it enters
from then on is its own. A stay ends for all tasks when its `with` block does: nothing happens inside it any more.

`Groups` is one object per iteration that enters a group. A task that outlives its iteration finds that its stay belongs
to another Groups, and is in none. Whoever never enters a group pays for one test of a pointer.
"""
cimport cython
from cpython.contextvars cimport PyContextVar_New, PyContextVar_Set, get_value

__all__ = ["Groups", "Stay"]

cdef object PRESENT = PyContextVar_New("ywstorm_group", NULL)       # the last Stay that was entered, in this context


@cython.final
cdef class Groups:
    cdef int enter(self, object group, str name, int64_t now) except -1:
        cdef Stay stay = Stay.__new__(Stay), outer = first_open(<Stay>get_value(PRESENT), self)
        stay.groups = self
        stay.group = group
        stay.path = name if outer is None else f"{outer.path}::{name}"
        stay.outer = outer
        stay.began_ns = now
        self.n_open += 1
        PyContextVar_Set(PRESENT, stay)
        return 0

    cdef str path(self):
        cdef Stay stay
        if self.n_open == 0:
            return None
        stay = first_open(<Stay>get_value(PRESENT), self)
        return None if stay is None else stay.path


@cython.final
cdef class Stay:
    pass


cdef Stay first_open(Stay stay, Groups groups):
    """*stay* or the nearest around it that has not ended; None if there is none."""
    while stay is not None and (stay.is_over or stay.groups is not groups):
        stay = stay.outer
    return stay


cdef Stay leave(object group):
    """End the running task's last stay in *group*; None if it is in none."""
    cdef Stay present = <Stay>get_value(PRESENT), stay = present
    while stay is not None and (stay.is_over or stay.group is not group):
        stay = stay.outer
    if stay is None:
        return None
    stay.is_over = True
    stay.groups.n_open -= 1
    if stay is present:             # else something inside it goes on: a generator may leave out of turn
        PyContextVar_Set(PRESENT, first_open(stay.outer, stay.groups))
    return stay
