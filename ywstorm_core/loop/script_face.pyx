"""
What a script calls on its virtual user beside requests: checks, groups, pauses, and the ways of ending a run badly.
"""
cimport cython
from libc.stdint cimport int64_t

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.pending cimport Sleep

import random

__all__ = ["AbortRun", "Group", "ScriptFace", "StopVU"]


class AbortRun(BaseException):
    """`vu.abort`: ends the run. Not an Exception, so that a script's `except Exception` lets it through."""


class StopVU(BaseException):
    """`vu.stop`: ends one virtual user. Not an Exception either."""


@cython.final
@cython.no_gc
cdef class Group:
    """`with vu.group(name):` — what happens inside carries the tag `group`."""

    cdef ScriptFace vu
    cdef str path, outer
    cdef int64_t began_ns

    def __enter__(self):
        self.outer = self.vu.group_path
        self.path = self.vu.group_path = self.path if self.outer is None else f"{self.outer}::{self.path}"
        self.began_ns = now_ns()
        return self

    def __exit__(self, kind, value, traceback):
        cdef int64_t now = now_ns()
        if not (self.vu.is_cut or isinstance(value, (AbortRun, StopVU))):     # as of an iteration that was cut off
            self.vu.scenario_context.sink(
                "group_duration", "trend", self.vu.due_ns, self.path, self.vu.own_tags, None, None,
            ).add((now - self.began_ns) / 1e6, now)
        self.vu.group_path = self.outer
        return False


cdef class ScriptFace(RequestFace):
    """The half of a virtual user that scripts know; `VirtualUser` adds the life of its iterations."""

    @property
    def scenario(self):
        return self.scenario_context.name

    @property
    def scenarios(self):
        return self.scenario_context.scenarios

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
            "checks", "rate", self.due_ns, self.group_path, self.own_tags, tags, name,
        ).add(1 if passed else 0, self.due_ns)
        return passed

    def group(self, str name not None):
        cdef Group group = Group.__new__(Group)
        group.vu = self
        group.path = name
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
