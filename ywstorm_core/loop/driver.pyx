"""
Who starts, who stops, who iterates.

A closed plan is a list of instants at which virtual users start and stop, plus at most one budget of iterations. It
was computed with integers before the run; the driver only follows it, a slice at a time, so that ten thousand starts
at one instant do not keep the loop from its other work.
"""
cimport cython

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.engine cimport Runnable
from ywstorm_core.loop.scenario cimport Move
from ywstorm_core.loop.timer cimport NEVER
from ywstorm_core.loop.vu cimport Activity

__all__ = ["Agenda", "ClosedDriver", "HookDriver"]

cdef enum:
    EVENTS_A_CALL = 32


@cython.final
cdef class Agenda(Timed):
    cdef int on_deadline(self, int64_t now) except -1:
        return self.driver.handle_due(now)


@cython.final
cdef class ClosedDriver(Driver):
    """
    One scenario's share of a closed plan.

    Args:
        scenario: Run-time side of the scenario; this becomes its driver.
        events: (offset from the start in ns, number), ascending; +n starts virtual user n, -n stops it.
        duration_ns: Planned regular end.
        vu_base: Run-wide id of virtual user n is vu_base + n.
        graceful_stop_ns, graceful_ramp_down_ns: What a running iteration still gets, after the regular end and after
            a stop before it.
        iterations_per_vu, iterations_shared: Budgets; None is no limit.
        numbering: Of this share's iterations, in the order of their starts; None: 0, 1, 2 ...
        pace_ns: Iteration k of a virtual user is due k of these after its first, and starts at once when that is past.
        on_end: Called once from the loop with the instant, in ns, at which the last virtual user ended.
    """

    def __init__(
        self, Scenario scenario not None, *, events, int64_t duration_ns, int64_t vu_base, int64_t graceful_stop_ns,
        int64_t graceful_ramp_down_ns, iterations_per_vu, iterations_shared, on_end, int64_t pace_ns=0,
        Numbering numbering=None,
    ):
        self.scenario = scenario
        self.engine = scenario.engine
        scenario.driver = self
        self.on_end = on_end
        self.at_ns = [at_ns for at_ns, _ in events]
        self.numbers = [number for _, number in events]
        self.n_events = len(self.numbers)
        self.last_start = max((i for i, number in enumerate(self.numbers) if number > 0), default=-1)
        self.running = {}
        self.leaving = []
        self.vu_base = vu_base
        self.duration_ns = duration_ns
        self.graceful_stop_ns = graceful_stop_ns
        self.graceful_ramp_down_ns = graceful_ramp_down_ns
        self.pace_ns = pace_ns
        self.numbering = Numbering() if numbering is None else numbering
        self.per_vu = -1 if iterations_per_vu is None else iterations_per_vu
        self.shared = -1 if iterations_shared is None else iterations_shared
        if self.per_vu >= 0:
            self.unspent = self.per_vu * len({number for number in self.numbers if number > 0})
        else:
            self.unspent = max(self.shared, 0)
        self.agenda = Agenda()
        self.agenda.driver = self

    def start(self, int64_t start_ns):
        """Follow the plan from an instant on that may lie ahead."""
        self.start_ns = self.last_end_ns = start_ns
        self.scenario.start_ns = start_ns
        if self.n_events == 0:
            self.check_end(start_ns)
        else:
            self.engine.wake_at(self.agenda, start_ns + <int64_t>self.at_ns[0])

    def stop(self, bint now):
        """Start nothing more; give running iterations graceful_stop, or cut them off *now*."""
        cdef VirtualUser vu
        cdef int64_t at_ns = now_ns()
        self.next_event = self.n_events
        self.engine.heap.remove(self.agenda)
        for vu in [*self.running.values(), *self.leaving]:
            if now:
                vu.stop_by(at_ns)
            else:
                vu.stop_by(at_ns + self.graceful_stop_ns)
        self.check_end(at_ns)

    @property
    def n_running(self):
        return len(self.running) + len(self.leaving)

    @property
    def has_started_all(self):
        return self.next_event > self.last_start

    cdef int handle_due(self, int64_t now) except -1:
        cdef int left = EVENTS_A_CALL
        cdef int64_t number, due_ns = NEVER
        while self.next_event < self.n_events:
            due_ns = self.start_ns + <int64_t>self.at_ns[self.next_event]
            if due_ns > now:
                break
            if left == 0:
                due_ns = now
                break
            left -= 1
            number = self.numbers[self.next_event]
            self.next_event += 1
            if number > 0:
                self.start_vu(number, due_ns)
            else:
                self.stop_vu(-number, due_ns)
        if self.next_event < self.n_events:
            return self.engine.wake_at(self.agenda, due_ns)
        return self.check_end(now)

    cdef int start_vu(self, int64_t number, int64_t due_ns) except -1:
        cdef VirtualUser vu = <VirtualUser>self.running.get(number)
        self.scenario.vus_scheduled += 1
        self.scenario.vus_started += 1
        if vu is not None:
            if not vu.is_cut and vu.activity < Activity.STOPPING:
                return vu.go_on()
            self.leaving.append(vu)
        vu = VirtualUser.create(self.scenario, self, self.vu_base + number, number, due_ns)
        vu.left = self.per_vu
        self.running[number] = vu
        self.scenario.vus += 1
        self.scenario.vus_max = max(self.scenario.vus_max, self.scenario.vus)
        return self.engine.make_ready(vu)

    cdef int stop_vu(self, int64_t number, int64_t at_ns) except -1:
        cdef VirtualUser vu = <VirtualUser>self.running.get(number)
        cdef int64_t end_ns = self.start_ns + self.duration_ns
        cdef int64_t cut_ns = end_ns + self.graceful_stop_ns
        if vu is None:
            return 0
        if at_ns < end_ns:
            cut_ns = min(cut_ns, at_ns + self.graceful_ramp_down_ns)
        return vu.stop_by(cut_ns)

    cdef bint has_budget(self, VirtualUser vu) noexcept:
        return vu.left != 0 if self.per_vu >= 0 else self.shared != 0

    cdef int next_move(self, Runnable vu) except -1:
        cdef VirtualUser user = <VirtualUser>vu
        if not self.has_budget(user):
            return Move.LEAVE
        if self.pace_ns:
            if user.iteration == 0:
                user.paced_ns = user.due_ns
            user.due_ns = user.paced_ns + user.iteration * self.pace_ns
            if user.due_ns > now_ns():
                user.resume_ns = user.due_ns
                return Move.WAIT
        if self.per_vu >= 0:
            user.left -= 1
            self.unspent -= 1
        elif self.shared >= 0:
            self.shared -= 1
            self.unspent -= 1
        user.scenario_iteration = self.numbering.take()
        return Move.ITERATE

    cdef int vu_ended(self, Runnable vu, int64_t now) except -1:
        cdef VirtualUser user = <VirtualUser>vu
        if self.running.get(user.number) is user:
            del self.running[user.number]
        else:
            self.leaving.remove(user)
        self.scenario.vus -= 1
        self.last_end_ns = now
        return self.check_end(now)

    cdef int check_end(self, int64_t now) except -1:
        """Over when nobody runs and nobody will start."""
        cdef bint will_start = self.next_event <= self.last_start and self.next_event < self.n_events
        if self.is_over or self.scenario.vus or will_start:
            return 0
        self.is_over = True
        self.engine.heap.remove(self.agenda)
        if self.unspent:
            self.scenario.iteration_dropped(self.unspent, now)
        self.engine.loop.call_soon(self.on_end, self.last_end_ns, context=self.engine.context)
        return 0


@cython.final
cdef class HookDriver(Driver):
    """Runs one coroutine function, setup or teardown, as virtual user 0."""

    def __init__(self, Scenario scenario not None):
        scenario.driver = self
        self.vu = VirtualUser.create(scenario, self, 0, 0, now_ns())
        self.future = scenario.engine.loop.create_future()

    def run(self, function):
        """Start *function(vu)*; returns an asyncio future of its value."""
        self.vu.coroutine = function(self.vu)
        self.vu.activity = Activity.HOOK
        self.vu.scenario_context.start_ns = self.vu.due_ns
        self.vu.engine.make_ready(self.vu)
        return self.future

    def cut(self):
        """Its time is over."""
        if self.vu is not None:
            self.vu.stop_by(now_ns())

    cdef int hook_ended(self, Runnable vu, object value, object error) except -1:
        self.vu = None
        if self.future.done():
            return 0
        if error is None:
            self.future.set_result(value)
        elif isinstance(error, GeneratorExit):      # closed by force; nobody who awaits this must take it for his own
            self.future.set_exception(TimeoutError("cut off"))
        elif isinstance(error, StopIteration):
            self.future.set_exception(RuntimeError("StopIteration left the hook"))
        else:
            self.future.set_exception(error)
        return 0

    cdef int vu_ended(self, Runnable vu, int64_t now) except -1:
        return 0
