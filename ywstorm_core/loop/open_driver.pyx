"""
Who takes an arrival.

The plan is a sequence of due times in blocks of int64; the driver keeps one entry in the deadline heap, for the next of
them. An arrival goes to the virtual user that became free last, whose connection is the warmest; when nobody is free a
new one is made, and when there may be no more the arrival is dropped. An arrival that comes late, because the loop
was, still starts: its due time stays what was planned, so its requests show the lateness.

An arrival counts as started when its iteration begins. Its virtual user may have `on_start` to do before; should that
never succeed, the arrival was dropped after all.
"""
cimport cython
from cpython.buffer cimport PyBUF_CONTIG_RO, PyBUF_FORMAT, PyBuffer_Release, PyObject_GetBuffer

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.engine cimport Runnable
from ywstorm_core.loop.scenario cimport Move
from ywstorm_core.loop.timer cimport NEVER
from ywstorm_core.loop.vu cimport Activity

__all__ = ["OpenDriver"]


@cython.final
cdef class OpenDriver(Driver):
    """
    One scenario's share of an open plan.

    Args:
        scenario: Run-time side of the scenario; this becomes its driver.
        blocks: Iterable of buffers of int64: due times in ns after the start, ascending. The next block is asked for
            when the last arrival of the one before has been dealt with.
        vus: range of the numbers that virtual users may have; at most so many are there at once.
        duration_ns: Planned regular end; no arrival is due after it.
        vu_base: Run-wide id of virtual user n is vu_base + n.
        graceful_stop_ns: What a running iteration still gets after the regular end.
        numbering: Of this share's arrivals; None: 0, 1, 2 ...
        on_end: Called once from the loop with the instant, in ns, at which the last virtual user ended, or the
            regular end if that is later.
    """

    def __init__(
        self, Scenario scenario not None, *, blocks, vus, int64_t duration_ns, int64_t vu_base,
        int64_t graceful_stop_ns, on_end, Numbering numbering=None,
    ):
        self.is_open = True
        self.scenario = scenario
        self.engine = scenario.engine
        scenario.driver = self
        self.on_end = on_end
        self.blocks = iter(blocks)
        self.numbers = vus
        self.users = {}
        self.free = []
        self.numbering = Numbering() if numbering is None else numbering
        self.vu_base = vu_base
        self.duration_ns = duration_ns
        self.graceful_stop_ns = graceful_stop_ns
        self.next_due_ns = NEVER
        self.agenda = Agenda()
        self.agenda.driver = self

    def __dealloc__(self):
        self.release_block()

    def start(self, int64_t start_ns):
        """Follow the plan from an instant on that may lie ahead."""
        self.start_ns = self.last_end_ns = start_ns
        self.scenario.start_ns = start_ns
        self.advance()
        self.engine.wake_at(self.agenda, min(self.next_due_ns, start_ns + self.duration_ns))

    def stop(self, bint now):
        """Take no further arrival; give running iterations graceful_stop, or cut them off *now*."""
        cdef int64_t at_ns = now_ns()
        self.close(at_ns if now else at_ns + self.graceful_stop_ns)

    @property
    def n_running(self):
        return len(self.users)

    @property
    def has_started_all(self):
        # Virtual users come as they are needed, so there is nothing to wait for but the first arrival.
        return self.has_begun

    cdef int handle_due(self, int64_t now) except -1:
        cdef int64_t due_ns, end_ns = self.start_ns + self.duration_ns
        self.has_begun = True
        while self.next_due_ns <= now:
            due_ns = self.next_due_ns
            self.advance()
            self.arrive(due_ns)
            now = now_ns()
            if now >= self.engine.until_ns:
                break
        if self.is_closing:                 # a script has stopped the run
            return 0
        if self.next_due_ns == NEVER and end_ns <= now:
            self.last_end_ns = max(self.last_end_ns, end_ns)
            return self.close(end_ns + self.graceful_stop_ns)
        return self.engine.wake_at(self.agenda, min(self.next_due_ns, end_ns))

    cdef int advance(self) except -1:
        """Look at the next due time, in the next block if need be."""
        while self.next_in_block == self.block_size and self.blocks is not None:
            self.release_block()
            block = next(self.blocks, None)
            if block is None:
                self.blocks = None
                break
            PyObject_GetBuffer(block, &self.block, PyBUF_CONTIG_RO | PyBUF_FORMAT)
            if self.block.itemsize != sizeof(int64_t) or self.block.format[0] not in b"ql":
                raise ValueError("due times must be blocks of int64")
            self.block_size = self.block.len // <Py_ssize_t>sizeof(int64_t)
        if self.next_in_block < self.block_size:
            self.next_due_ns = self.start_ns + (<int64_t*>self.block.buf)[self.next_in_block]
            self.next_in_block += 1
        else:
            self.next_due_ns = NEVER
        return 0

    cdef void release_block(self) noexcept:
        if self.block.buf != NULL:
            PyBuffer_Release(&self.block)
            self.block.buf = NULL
        self.next_in_block = self.block_size = 0

    cdef int arrive(self, int64_t due_ns) except -1:
        cdef VirtualUser vu = self.free_vu()
        cdef int64_t number = self.numbering.take()     # a dropped one keeps its own
        self.scenario.vus_scheduled += 1
        if vu is None:
            vu = self.new_vu(due_ns)
        if vu is None:
            return self.scenario.arrival_dropped(due_ns)
        vu.arrival_ns = due_ns
        vu.arrival_number = number
        return self.engine.resume(vu)

    cdef VirtualUser free_vu(self):
        """The virtual user that became free last; None when all are busy."""
        cdef VirtualUser vu
        while self.free:
            vu = <VirtualUser>self.free.pop()
            vu.is_free = False
            if vu.activity == Activity.WAITING:     # one that a script has ended is still here
                return vu
        return None

    cdef VirtualUser new_vu(self, int64_t due_ns):
        """Another virtual user; None when all numbers are given out, also to those that a script has ended since."""
        cdef VirtualUser vu
        cdef object number
        if self.n_numbered == len(self.numbers):
            return None
        number = self.numbers[self.n_numbered]
        self.n_numbered += 1
        vu = VirtualUser.create(self.scenario, self, self.vu_base + number, number, due_ns)
        self.users[number] = vu
        self.scenario.vus += 1
        self.scenario.vus_max = max(self.scenario.vus_max, self.scenario.vus)
        return vu

    cdef int next_move(self, Runnable vu) except -1:
        cdef VirtualUser user = <VirtualUser>vu
        if user.arrival_ns != NEVER:
            user.due_ns = user.arrival_ns
            user.scenario_iteration = user.arrival_number
            user.arrival_ns = NEVER
            self.scenario.vus_started += 1
            return Move.ITERATE
        if not user.is_free:
            user.is_free = True
            self.free.append(user)
        return Move.WAIT

    cdef int vu_ended(self, Runnable vu, int64_t now) except -1:
        cdef VirtualUser user = <VirtualUser>vu
        if user.arrival_ns != NEVER:
            self.scenario.arrival_dropped(user.arrival_ns)
            user.arrival_ns = NEVER
        del self.users[user.number]
        self.scenario.vus -= 1
        self.last_end_ns = max(self.last_end_ns, now)
        return self.check_end()

    cdef int close(self, int64_t cut_ns) except -1:
        """No further arrival; those who are free end, the others once their iteration has."""
        cdef VirtualUser vu
        self.is_closing = True
        self.next_due_ns = NEVER
        self.blocks = None
        self.release_block()
        self.engine.heap.remove(self.agenda)
        self.free.clear()
        for vu in list(self.users.values()):
            vu.stop_by(cut_ns)
        return self.check_end()

    cdef int check_end(self) except -1:
        """Over when nothing arrives any more and nobody is left."""
        if self.is_over or not self.is_closing or self.users:
            return 0
        self.is_over = True
        self.engine.loop.call_soon(self.on_end, self.last_end_ns, context=self.engine.context)
        return 0
