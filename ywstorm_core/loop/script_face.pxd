# What a script calls on its virtual user.
from libc.stdint cimport int64_t

from ywstorm_core.loop.exchange cimport Exchange
from ywstorm_core.loop.scenario cimport Scenario
from ywstorm_core.loop.task cimport CoroutineTask


cdef class ScriptFace(CoroutineTask):
    cdef readonly Scenario scenario_context
    cdef readonly int64_t id            # 1 ..., unique in the run; 0 in setup and teardown
    cdef readonly int64_t iteration     # 0 ..., of this virtual user
    cdef dict own_state, own_tags       # None until a script asks for them
    cdef str group_path                 # "a::b", None outside groups

    cdef Exchange request_(
        self, str method, object url, object name, object params, object headers, object json, object form,
        object body, object tags, object timeout,
    )
    cdef str full_url(self, str reference, str target)
