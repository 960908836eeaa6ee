"""
What a script calls on its virtual user beside requests: checks, groups, pauses, and the ways of ending a run badly.
"""
cimport cython
from libc.stdint cimport int64_t

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.group cimport Groups, Stay, leave, path_in
from ywstorm_core.loop.pending cimport Sleep

import random

from ywstorm_core.loop.orders import AbortRun, StopVU

__all__ = ["Group", "ScriptFace"]


cdef bint is_order(object error):
    """Whether *error* is of `vu.abort` or `vu.stop`, be it in the group that a task group made of it."""
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup((AbortRun, StopVU)) is not None
    return isinstance(error, (AbortRun, StopVU))


@cython.final
@cython.no_gc
cdef class Group:
    """`with vu.group(name):` — what happens inside carries the tag `group`."""

    cdef ScriptFace vu
    cdef str name

    def __enter__(self):
        if self.vu.groups is None:
            self.vu.groups = Groups()
        self.vu.groups.enter(self, self.name, now_ns())
        return self

    def __exit__(self, kind, value, traceback):
        cdef int64_t now = now_ns()
        cdef Stay stay = leave(self)
        if stay is None or stay.groups is not self.vu.groups:       # its iteration is over
            return False
        if not (self.vu.is_cut or is_order(value)):                 # as of an iteration that was cut off
            self.vu.scenario_context.sink(
                "group_duration", "trend", self.vu.due_ns, stay.path, self.vu.own_tags, None, None,
            ).add((now - stay.began_ns) / 1e6, now)
        return False


cdef class ScriptFace(RequestFace):
    """The half of a virtual user that scripts know; `VirtualUser` adds the life of its iterations."""

    @property
    def iteration_in_scenario(self):
        return self.scenario_iteration if self.scenario_iteration >= 0 else None

    @property
    def scenario(self):
        return self.scenario_context.name

    @property
    def scenarios(self):
        return self.scenario_context.scenarios

    @property
    def elapsed(self):
        return (now_ns() - self.scenario_context.start_ns) / 1e9

    @property
    def stage(self):
        return self.scenario_context.stage_name_at(now_ns())

    @property
    def data(self):
        return self.scenario_context.data

    @property
    def env(self):
        return self.scenario_context.env

    @property
    def state(self):
        if self.own_state is None:
            self.own_state = {}
        return self.own_state

    @property
    def tags(self):
        if self.own_tags is None:
            self.own_tags = {}
        return self.own_tags

    @property
    def random(self):
        if self.own_random is None:
            scenario = self.scenario_context
            self.own_random = random.Random(f"{scenario.rules.seed}/{scenario.name}/{self.id}")
        return self.own_random

    def check(self, str name not None, ok, tags=None):
        cdef bint passed = bool(ok)
        self.scenario_context.sink(
            "checks", "rate", self.due_ns, path_in(self.groups), self.own_tags, tags, name,
        ).add(1 if passed else 0, self.due_ns)
        return passed

    def group(self, str name not None):
        cdef Group group = Group.__new__(Group)
        group.vu = self
        group.name = name
        return group

    def sleep(self, seconds):
        return Sleep.start(self.engine, now_ns(), self.scenario_context.rules.duration_ns(seconds, "vu.sleep"))

    def session(self, **named):
        if self.is_over:
            raise RuntimeError(f"virtual user {self.id} has ended: its requests are over")
        if self.sessions is None:
            if self.scenario_context.sessions_of is None:
                raise RuntimeError("vu.session: this run opens no sessions")
            self.sessions = self.scenario_context.sessions_of(self)
        return self.sessions.open(named)

    def abort(self, reason=""):
        raise AbortRun(str(reason))

    def stop(self):
        raise StopVU("this virtual user has stopped itself")

    def fail(self, reason=""):
        self.engine.observer.event("fail", str(reason))
