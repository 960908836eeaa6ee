# What a script calls on its virtual user.
from libc.stdint cimport int64_t

from ywstorm_core.loop.request_face cimport RequestFace


cdef class ScriptFace(RequestFace):
    cdef readonly int64_t iteration     # 0 ..., of this virtual user
    cdef int64_t scenario_iteration     # its number among those of the scenario; -1 outside iterations
    cdef dict own_state                 # None until a script asks for it, likewise:
    cdef object own_random
    cdef bint is_cut                    # its time is over: cancelled, then closed
    cdef object sessions                # keeper of its `vu.session()`s; None until a script asks for one
