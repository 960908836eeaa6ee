"""
The virtual user.

    FRESH ──on_start──▶ STARTING ──▶ BETWEEN ──▶ ITERATING ──▶ BETWEEN … ──▶ STOPPING ──▶ ENDED
      ▲                    │          ▲    │
      └────────────────────┘          └─ WAITING: for the next arrival, or until its pace goes on
       raised: 1 s later
    Between two iterations it goes to the back of the ready queue, in the closed model; in the open one it is free.
    Any state, told to stop: no further iteration but for an arrival that it has been given; the running one may go on
    until `cut_ns`.
    At `cut_ns`: the coroutine is cancelled; what still runs a quarter of a second later is closed.

`run` is called by the engine at its top level and nowhere else. One entry of the deadline heap serves a virtual user:
the earliest of its requests' time-outs, its cut, and the instant at which it goes on by itself.
"""
cimport cython

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.exchange cimport Exchange
from ywstorm_core.loop.scenario cimport Move
from ywstorm_core.loop.timer cimport NEVER
from ywstorm_core.net.pool cimport Pool

import asyncio

from ywstorm_core.loop.orders import AbortRun, StopVU

__all__ = ["VirtualUser"]

cdef enum:
    RETRY_NS = 1_000_000_000        # after an on_start that raised
    FORCE_NS = 250_000_000          # what a cancelled coroutine may still take

cdef object CancelledError = asyncio.CancelledError
cdef tuple ORDERS = (AbortRun, StopVU)      # what a script raises to end more than its iteration; the first one wins


cdef object order_within(object error):
    """What `vu.abort` or `vu.stop` raised, out of the groups that task groups wrap it in; any other error as it is."""
    if isinstance(error, BaseExceptionGroup):
        for order in ORDERS:
            found = error.subgroup(order)
            while isinstance(found, BaseExceptionGroup):
                found = found.exceptions[0]
            if found is not None:
                return found
    return error


@cython.final
@cython.no_gc
cdef class VirtualUser(ScriptFace):
    """One virtual user. The engine makes it; a script gets it as its argument."""

    @staticmethod
    cdef VirtualUser create(Scenario scenario, Driver driver, int64_t id, int64_t number, int64_t due_ns):
        cdef VirtualUser vu = VirtualUser.__new__(VirtualUser)
        vu.engine = scenario.engine
        vu.scenario_context = scenario
        vu.driver = driver
        vu.pool = Pool.__new__(Pool)
        vu.id = id
        vu.number = number
        vu.due_ns = due_ns
        vu.activity = Activity.FRESH
        vu.cut_ns = vu.resume_ns = vu.arrival_ns = NEVER
        vu.left = vu.scenario_iteration = -1
        vu.begin_task()
        return vu

    def __init__(self):
        raise TypeError("a virtual user is made by the run, not by the script")

    cdef int run(self) except -1:
        if self.must_cancel and self.coroutine is None:
            return self.end()
        if self.activity == Activity.FRESH:
            if self.is_done():
                return self.end()
            if self.scenario_context.on_start is None:
                return self.between()
            return self.begin_activity(Activity.STARTING, self.scenario_context.on_start)
        if self.activity == Activity.BETWEEN or self.activity == Activity.WAITING:
            return self.between()
        if self.activity == Activity.ENDED:
            return 0
        return self.step()

    cdef int begin_activity(self, Activity activity, object function) except -1:
        self.activity = activity
        self.is_unwinding = False
        try:
            self.coroutine = function(self)
        except BaseException as error:      # called with an argument that it does not take
            return self.on_raise(error)
        return self.step()

    cdef bint is_done(self) noexcept:
        """Whether no iteration comes any more."""
        return self.is_cut or (self.is_stopping and self.arrival_ns == NEVER)

    cdef int between(self) except -1:
        cdef int move = Move.LEAVE if self.is_done() else self.driver.next_move(self)
        self.activity = Activity.BETWEEN
        if move == Move.LEAVE:
            return self.wind_up()
        if move == Move.WAIT:
            self.activity = Activity.WAITING
            return self.watch_deadline(self.resume_ns)
        self.scenario_context.iterations_started += 1
        if not self.scenario_context.rules.keeps_cookies:
            self.forget_cookies()
        self.began_ns = now_ns()
        return self.begin_activity(Activity.ITERATING, self.scenario_context.function)

    cdef int wind_up(self) except -1:
        self.is_stopping = True
        if self.scenario_context.on_stop is None or self.is_cut:
            return self.end()
        return self.begin_activity(Activity.STOPPING, self.scenario_context.on_stop)

    cdef int on_return(self, object value) except -1:
        self.come_to_rest()
        if self.activity == Activity.ITERATING:
            return self.end_iteration(None, False)
        if self.activity == Activity.HOOK:
            self.end()
            return self.driver.hook_ended(self, value, None)
        if self.activity == Activity.STARTING and not self.is_done():
            self.activity = Activity.BETWEEN
            self.due_ns = now_ns()
            return self.engine.make_ready(self)
        if self.activity == Activity.STARTING:
            return self.wind_up()
        return self.end()

    cdef int on_raise(self, object error) except -1:
        cdef bint was_told = self.n_cancels > 0 and isinstance(error, CancelledError)
        error = order_within(error)
        self.is_unwinding = True
        self.come_to_rest()
        if self.activity == Activity.ITERATING:
            return self.end_iteration(error, was_told)
        if self.activity == Activity.HOOK:
            self.end()
            if isinstance(error, GeneratorExit):        # of `force_end`
                error = TimeoutError("cut off")
            return self.driver.hook_ended(self, None, error)
        if not self.is_cut:
            self.report(error)
            if self.activity == Activity.STARTING and not (self.is_stopping or was_told or isinstance(error, ORDERS)):
                self.activity = Activity.FRESH
                self.resume_ns = now_ns() + RETRY_NS
                return self.engine.wake_at(self, min(self.resume_ns, self.cut_ns))
        return self.end()

    cdef int come_to_rest(self) except -1:
        """The coroutine is over: forget what it left behind."""
        self.coroutine = None
        self.groups = None
        self.scenario_iteration = -1
        self.n_cancels = 0
        self.must_cancel = False
        return self.close_requests()

    cdef int end_iteration(self, object error, bint was_told) except -1:
        """Count it and stand in line for the next one, unless it was told to end, as any task may be, by `cancel`."""
        cdef Scenario scenario = self.scenario_context
        cdef int64_t now = now_ns()
        self.is_stopping |= was_told
        if self.is_cut or isinstance(error, ORDERS):
            scenario.interrupted += 1
            if isinstance(error, ORDERS):
                self.report(error)
                self.is_stopping = True
        else:
            scenario.iteration_ended(self.began_ns, now)
            if error is not None:
                self.report(error)
        self.iteration += 1
        if not scenario.rules.keeps_between:
            self.pool.close_all()
        if self.is_cut:
            return self.end()
        self.activity = Activity.BETWEEN
        self.due_ns = now
        return self.between() if self.driver.is_open else self.engine.make_ready(self)

    cdef int report(self, object error) except -1:
        """An exception left the script: count it and show it, or end the run if that is what it asks for."""
        if isinstance(error, AbortRun):
            self.engine.observer.event("abort", str(error))
        elif not isinstance(error, StopVU):
            self.scenario_context.iteration_failed(self.due_ns)
            self.engine.observer.exception(error)
        return 0

    cdef int close_requests(self) except -1:
        """Requests still open when their iteration ends are cut off."""
        while self.first_open is not None:
            self.first_open.cancel()
        return 0

    cdef int close_sessions(self) except -1:
        sessions, self.sessions = self.sessions, None
        if sessions is not None:
            try:
                sessions.close()
            except Exception as error:      # of a connector that the script brought along
                self.report(error)
        return 0

    cdef int end(self) except -1:
        if self.activity == Activity.ENDED:
            return 0
        self.activity = Activity.ENDED
        self.close_requests()
        self.close_sessions()
        self.pool.close_all()
        self.own_state = self.own_tags = None   # either may hold a request of ours, and the collector cannot see it
        self.engine.heap.remove(self)
        self.finish_task()
        return self.driver.vu_ended(self, now_ns())

    # == deadlines and orders ====================================================================================

    cdef int watch_deadline(self, int64_t deadline_ns) except -1:
        if deadline_ns < self.deadline_ns:
            return self.engine.wake_at(self, deadline_ns)
        return 0

    cdef int on_deadline(self, int64_t now) except -1:
        cdef int64_t next_ns = min(self.cut_ns, self.resume_ns)
        cdef Exchange exchange = self.first_open, following
        if self.activity == Activity.ENDED:
            return 0
        while exchange is not None:
            following = exchange.next_open
            if exchange.limit_ns() <= now:
                exchange.expire(now)
                if self.activity == Activity.ENDED:
                    return 0
                exchange = self.first_open          # the script may have run: look again from the start
            else:
                next_ns = min(next_ns, exchange.check_ns(now))
                exchange = following
        if self.cut_ns <= now:
            return self.cut(now)
        if self.resume_ns <= now:
            self.resume_ns = NEVER
            self.due_ns = now
            self.engine.make_ready(self)
            next_ns = self.cut_ns
        if next_ns < self.deadline_ns:
            self.engine.wake_at(self, next_ns)
        return 0

    cdef int stop_by(self, int64_t cut_ns) except -1:
        """No further iteration; the running one has until *cut_ns*."""
        self.is_stopping = True
        self.cut_ns = min(self.cut_ns, cut_ns)
        if (self.activity == Activity.FRESH or self.activity == Activity.WAITING) and not self.is_ready:
            self.resume_ns = NEVER
            self.engine.make_ready(self)
        return self.watch_deadline(self.cut_ns)

    cdef int go_on(self) except -1:
        """Take a stop back: the plan wants this virtual user again before it ended."""
        self.is_stopping = False
        self.cut_ns = NEVER
        return 0

    cdef int cut(self, int64_t now) except -1:
        """Its time is over: cancel what runs; the second call, a little later, closes it."""
        self.is_stopping = True
        if self.is_cut:
            return self.force_end()
        self.is_cut = True
        self.cut_ns = now + FORCE_NS
        self.engine.wake_at(self, self.cut_ns)
        if self.coroutine is None:
            return self.engine.make_ready(self)
        self.cancel("the time of this virtual user is over")
        if self.must_cancel:
            self.engine.make_ready(self)
        return 0

    cdef int force_end(self) except -1:
        """Close a coroutine that would not end when cancelled, as in any step: in its context, as the current task."""
        if self.coroutine is not None:
            self.raised = GeneratorExit()
            self.step()
            if self.activity == Activity.ENDED:
                return 0
            self.report(RuntimeError("coroutine ignored GeneratorExit"))
        self.is_unwinding = True
        self.coroutine = None
        if self.activity == Activity.ITERATING:
            self.scenario_context.interrupted += 1
        if self.activity == Activity.HOOK:
            self.end()
            return self.driver.hook_ended(self, None, TimeoutError("cut off"))
        return self.end()

    cdef str default_name(self):
        return f"vu-{self.id}"

    def __repr__(self):
        return f"<VU {self.id} of {self.scenario_context.name}, iteration {self.iteration}>"
