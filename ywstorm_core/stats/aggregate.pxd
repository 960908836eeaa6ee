# All series of one process. A worker folds into them and cuts windows; the master merges what the workers cut.
cimport cython

from ywstorm_core.stats.histogram cimport Histogram
from ywstorm_core.stats.series cimport RequestSeries, Series, TimingSeries


cdef class Source:
    cdef list series                       # by their ids on that worker
    cdef list ledgers                      # what its windows added up to, by the same ids

    cdef Series at(self, int id)


@cython.final
cdef class Aggregate:
    cdef readonly list series              # every series, in id order
    cdef readonly int folded               # tag sets that got no series of their own
    cdef readonly int max_request_series, max_series
    cdef dict known                        # (metric, tags) -> Series, folded tag sets included
    cdef dict kinds                        # metric -> kind
    cdef dict room                         # kind, or "sink" -> how many series may still be made
    cdef dict sources                      # master: number of the worker -> Source
    cdef int n_remembered                  # folded tag sets in `known`
    cdef int n_defined                     # worker: series that some payload has defined

    cpdef RequestSeries request(self, tuple tags)
    cpdef TimingSeries timing(self, tuple tags)
    cpdef Series sink(self, str metric, str kind, tuple tags)
    cpdef bytes cut(self)
    cpdef bytes totals(self)
    cpdef tuple merge(self, int source, bytes payload, Histogram window_latency=*)
    cpdef list check_totals(self, int source, bytes payload)

    cdef Series find(self, str metric, str kind, tuple tags)
    cdef Series admit(self, str metric, str kind, tuple tags)
    cdef Series fold_away(self, str metric, str kind, tuple tags)
    cdef Series make(self, str metric, str kind, tuple tags)
    cdef int define(self, Source sender, int id, str metric, str kind, tuple tags) except -1
    cdef int merge_delta(self, Source sender, int id, bytes delta, Histogram window_latency) except -1
