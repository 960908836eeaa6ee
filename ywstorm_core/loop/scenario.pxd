# What the virtual users of one scenario share: tags, stages, series, counters, and the driver that decides for them.
from libc.stdint cimport int32_t, int64_t

from ywstorm_core.loop.engine cimport Engine, Runnable
from ywstorm_core.loop.response cimport Response
from ywstorm_core.loop.rules cimport RequestRules
from ywstorm_core.net.url cimport Url
from ywstorm_core.stats.aggregate cimport Aggregate
from ywstorm_core.stats.series cimport RequestSeries, Series, TimingSeries

cdef enum:
    N_SLOTS = 6
    MAX_ENDPOINTS = 4096            # names built from ids must not eat the memory: past it the cache starts anew


cdef enum Move:
    ITERATE                         # begins an iteration; its virtual user's due_ns is set
    WAIT                            # until its driver, or its own `resume_ns`, wakes it
    LEAVE


cdef class Driver:
    # Decides what a virtual user does next. The closed and the open model are drivers; so is a setup hook.
    cdef bint is_open                   # iterations start by the clock: one that has ended takes no turn for the next

    cdef int handle_due(self, int64_t now) except -1
    cdef int next_move(self, Runnable vu) except -1
    cdef int vu_ended(self, Runnable vu, int64_t now) except -1
    cdef int hook_ended(self, Runnable vu, object value, object error) except -1


cdef struct Slot:
    int32_t stage
    int32_t status
    int32_t error
    void* series                    # a RequestSeries, kept alive by the aggregate


cdef class Endpoint:
    # Where requests of one method, name, group and tags are recorded; the rest of a series' tags vary by answer.
    cdef readonly str method, name
    cdef tuple tags
    cdef Scenario scenario
    cdef TimingSeries timing
    cdef Slot slots[N_SLOTS]
    cdef int n_slots

    cdef int record(self, Response response, int64_t due_ns) except -1
    cdef RequestSeries series_of(self, int stage, int status, int error, bint has_failed)


cdef class Scenario:
    cdef readonly str name, phase
    cdef readonly object function, on_start, on_stop
    cdef readonly dict env
    cdef readonly tuple tags            # run and scenario tags, as sorted pairs
    cdef public object data             # what setup() returned
    cdef readonly object scenarios      # of the whole run: name -> executor, not to be changed
    cdef Engine engine
    cdef Aggregate aggregate
    cdef Driver driver
    # How requests are sent
    cdef Url base
    cdef object origin                  # net.dns.Origin of base; None without a base URL
    cdef readonly RequestRules rules
    cdef object sessions_of             # VirtualUser -> what keeps its `vu.session()`s: see worker/session.py
    # Stages: bounds are offsets from start_ns
    cdef int64_t start_ns
    cdef int64_t* stage_bounds          # n_stages of them, ascending, the first 0
    cdef int n_stages
    cdef int stage_cursor               # the answer of the last look: the next is likely the same
    cdef readonly list stage_names
    # Caches
    cdef dict endpoints                 # key of `endpoint_key` -> Endpoint
    cdef list sinks                     # per stage (index + 1): {key: Series}
    # Counters, exact
    cdef readonly int64_t vus, vus_max, vus_scheduled, vus_started
    cdef readonly int64_t iterations_started, iterations, iteration_errors, interrupted, dropped

    cdef int keep_bounds(self, list offsets) except -1
    cdef int stage_at(self, int64_t at_ns) noexcept nogil
    cdef object stage_name_at(self, int64_t at_ns)
    cdef dict own_tags(self, str group, dict vu_tags, object tags)
    cdef Endpoint endpoint(self, str method, str name, str group, dict vu_tags, object tags)
    cdef Endpoint new_endpoint(self, str method, str name, tuple tags)
    cdef Endpoint endpoint_like(self, Endpoint other, str method, str name)
    cdef RequestSeries never_sent(self, int64_t due_ns)
    cdef Series sink(self, str metric, str kind, int64_t at_ns, str group, dict vu_tags, object tags, str check)
    cdef int requests_resent(self, int64_t count, int64_t due_ns, int64_t at_ns) except -1
    cdef int iteration_ended(self, int64_t begin_ns, int64_t end_ns) except -1
    cdef int iteration_failed(self, int64_t at_ns) except -1
    cdef int iteration_dropped(self, int64_t count, int64_t at_ns) except -1
    cdef int arrival_dropped(self, int64_t due_ns) except -1
