"""
`vu.batch`: several requests at once, as a browser fetches the parts of a page.

All of them begin when the batch is made, and share one due; those that must wait for one of the six connections to
their server carry that wait as `blocked`.
"""
cimport cython

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.pending cimport PendingState

from ywstorm_core.loop.pending import install_next

__all__ = ["Batch", "Turn"]


@cython.final
cdef class Turn(Runnable):
    cdef int run(self) except -1:
        cdef Batch batch = self.batch       # its last reference may be ours, which it drops when it is over
        return 0 if batch is None else batch.go_on(self.due_ns)


@cython.final
cdef class Batch(Pending):
    """Requests under way together. Await it for the list of their Responses; a dict of requests gives a dict."""

    @staticmethod
    cdef Batch start(Requester requester, list members, list keys):
        cdef Batch batch = Batch.__new__(Batch)
        cdef Exchange member
        batch.engine = requester.engine
        batch.requester = requester
        batch.members = members
        batch.keys = keys
        batch.running = []
        batch.waiting = list(members)
        batch.busy = {}
        batch.turn = Turn()
        batch.turn.batch = batch
        for member in members:
            member.waiter = batch.turn
            member.enlist()
            requester.watch_deadline(member.check_ns(member.begin_ns))
        batch.go_on(now_ns())
        return batch

    cdef int go_on(self, int64_t now) except -1:
        """See who has ended, and give their places to others."""
        cdef Exchange member
        cdef list running = []
        if self.state != PendingState.PENDING:
            return 0
        for origin, member in self.running:
            if member.state == PendingState.PENDING:
                running.append((origin, member))
            else:
                self.busy[origin] -= 1
        self.running = running
        self.waiting = [member for member in self.waiting if member.state == PendingState.PENDING]
        self.start_more(now)
        if self.running or self.waiting:
            return 0
        self.turn.batch = None          # the circle ends with the batch
        for member in self.members:
            if member.state == PendingState.CANCELLED:
                self.cancel()
                return 0
        self.done_ns = now
        answers = [member.result_value for member in self.members]
        return self.settle(answers if self.keys is None else dict(zip(self.keys, answers)), now)

    cdef int start_more(self, int64_t now) except -1:
        cdef Exchange member
        cdef list waiting = []
        for member in self.waiting:
            if member.state != PendingState.PENDING:        # cut off by what the iterator of another's body did
                continue
            if self.busy.get(member.origin, 0) == PER_HOST:
                waiting.append(member)
                continue
            self.busy[member.origin] = self.busy.get(member.origin, 0) + 1
            self.running.append((member.origin, member))
            member.start_again(now)
        self.waiting = waiting
        return 0

    cdef int on_cancel(self) except -1:
        cdef Exchange member
        self.turn.batch = None
        for member in self.members:
            member.cancel()
        return 0

    cdef void note_await(self) noexcept:
        if self.requester.due_ns < self.done_ns:
            self.requester.due_ns = self.done_ns

    def __repr__(self):
        return f"<Batch of {len(self.members)}>"


install_next(Batch)
