# Invariants of the debug build: `if YWSTORM_DEBUG: ...` costs nothing in a release, the C compiler drops it.
cdef extern from "debug.h":
    const bint YWSTORM_DEBUG
