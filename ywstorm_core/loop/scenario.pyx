"""
A scenario at run time.

Looking up where a sample belongs must cost one dict hit: the tags that a script names are resolved once to an
`Endpoint`, and the tags that vary by answer (stage, status, error) to a slot of it.
"""
cimport cython
from libc.stdlib cimport free, malloc

from ywstorm_core.loop.rules cimport Limits
from ywstorm_core.loop.timer cimport NEVER
from ywstorm_core.net.url cimport parse_url
from ywstorm_core.sample cimport Sample

from types import MappingProxyType

__all__ = ["Driver", "Endpoint", "Scenario"]

cdef str NEVER_SENT = "http_req"        # key among the sinks; no sink has the name of the requests' series


cdef class Driver:
    cdef int handle_due(self, int64_t now) except -1:
        """The instant has come that this driver's agenda waited for."""
        raise NotImplementedError(type(self).__name__)

    cdef int next_move(self, Runnable vu) except -1:
        """What *vu*, between two iterations and not told to stop, does now: a Move."""
        raise NotImplementedError(type(self).__name__)

    cdef int vu_ended(self, Runnable vu, int64_t now) except -1:
        raise NotImplementedError(type(self).__name__)

    cdef int hook_ended(self, Runnable vu, object value, object error) except -1:
        raise NotImplementedError(type(self).__name__)


cdef tuple canonical(dict pairs):
    """Tags as the statistics want them: text, sorted by key."""
    return tuple(sorted([(str(key), str(value)) for key, value in pairs.items()]))


@cython.final
cdef class Endpoint:
    cdef int record(self, Response response, int64_t due_ns) except -1:
        """Count a request whose end is known, and fold its sample into its series."""
        cdef Scenario scenario = self.scenario
        cdef Sample* sample = &response.sample
        if sample.has_failed:
            scenario.engine.requests_failed += 1
            scenario.engine.observer.request_failed(response, scenario.phase)
        else:
            scenario.engine.requests_ok += 1
        self.series_of(scenario.stage_at(due_ns), sample.status, sample.error, sample.has_failed).fold(sample)
        self.timing.fold(sample)
        return 0

    cdef RequestSeries series_of(self, int stage, int status, int error, bint has_failed):
        cdef int i
        cdef Slot* slot
        cdef dict tags
        cdef RequestSeries series
        for i in range(self.n_slots):
            slot = &self.slots[i]
            if slot.status == status and slot.stage == stage and slot.error == error:
                return <RequestSeries>slot.series
        tags = dict(self.tags)
        tags["status"] = str(status)
        tags["expected_response"] = "false" if has_failed else "true"
        if error:
            tags["error_code"] = str(error)
        if stage >= 0:
            tags["stage"] = self.scenario.stage_names[stage]
        series = self.scenario.aggregate.request(canonical(tags))
        # Past the last slot the newest pair replaces it: an endpoint with more outcomes only looks up more often.
        slot = &self.slots[min(self.n_slots, N_SLOTS - 1)]
        slot.stage, slot.status, slot.error = stage, status, error
        slot.series = <void*>series
        self.n_slots = min(self.n_slots + 1, N_SLOTS)
        return series


@cython.final
cdef class Scenario:
    """
    What the virtual users of one scenario share.

    Args:
        engine: Where they run.
        aggregate: Where their samples go.
        name: Value of the tag `scenario`.
        phase: "main", "setup" or "teardown".
        function, on_start, on_stop: Coroutine functions of one argument, the virtual user; the hooks may be None.
        base_url: What a request's path is appended to; "" when every request names an absolute URL.
        rules: How requests are made, unless one sets its own; None: by default, with a limit of 60 s.
        tags: Of the run and of the scenario.
        env: What `vu.env` shows.
        stages: (offset from the scenario's start in ns, name), ascending from 0; empty: no tag `stage`.
        scenarios: What `vu.scenarios` shows.
        sessions_of: Makes what keeps the sessions of a virtual user: `open(named)`, and `close()` when that ends.
    """

    def __init__(
        self, Engine engine not None, Aggregate aggregate not None, *, str name, str phase="main", function=None,
        on_start=None, on_stop=None, str base_url="", RequestRules rules=None, dict tags=None, dict env=None, stages=(),
        sessions_of=None, scenarios=None,
    ):
        self.engine = engine
        self.aggregate = aggregate
        self.name = name
        self.phase = phase
        self.function = function
        self.on_start = on_start
        self.on_stop = on_stop
        self.env = dict(env or {})
        self.tags = canonical(tags or {})
        self.rules = RequestRules(limits=Limits(total=60_000_000_000)) if rules is None else rules
        self.sessions_of = sessions_of
        self.scenarios = MappingProxyType(dict(scenarios or {}))
        self.endpoints = {}
        self.stage_names = [stage for _, stage in stages]
        self.keep_bounds([offset for offset, _ in stages])
        self.sinks = [{} for _ in range(len(self.stage_names) + 1)]
        self.start_ns = NEVER
        if base_url:
            self.base = parse_url(base_url)
            self.origin = engine.resolver.origin(*self.base.origin, self.base.host_header)

    def __dealloc__(self):
        free(self.stage_bounds)

    cdef int keep_bounds(self, list offsets) except -1:
        cdef int i
        self.stage_bounds = <int64_t*>malloc(max(1, len(offsets)) * sizeof(int64_t))
        if self.stage_bounds == NULL:
            raise MemoryError("stages")
        for i in range(len(offsets)):
            self.stage_bounds[i] = offsets[i]
        self.n_stages = len(offsets)
        return 0

    cdef int stage_at(self, int64_t at_ns) noexcept nogil:
        """Index of the stage at an instant; the last one after its end, -1 without stages."""
        cdef int i = self.stage_cursor
        cdef int64_t offset = at_ns - self.start_ns
        if self.n_stages == 0:
            return -1
        while i > 0 and offset < self.stage_bounds[i]:
            i -= 1
        while i + 1 < self.n_stages and offset >= self.stage_bounds[i + 1]:
            i += 1
        self.stage_cursor = i
        return i

    cdef object stage_name_at(self, int64_t at_ns):
        cdef int stage = self.stage_at(at_ns)
        return self.stage_names[stage] if stage >= 0 else None

    cdef dict own_tags(self, str group, dict vu_tags, object tags):
        """Everything but what varies by sample, the more special winning."""
        cdef dict merged = dict(self.tags)
        if vu_tags:
            merged.update(vu_tags)
        if tags:
            merged.update(tags)
        merged["scenario"] = self.name
        merged["phase"] = self.phase
        if group is not None:
            merged["group"] = group
        return merged

    cdef Endpoint endpoint(self, str method, str name, str group, dict vu_tags, object tags):
        cdef object key
        cdef Endpoint endpoint
        if tags or vu_tags or group is not None:
            key = (
                method, name, group, tuple(tags.items()) if tags else None, tuple(vu_tags.items()) if vu_tags else None,
            )
        else:
            key = (method, name)
        endpoint = <Endpoint>self.endpoints.get(key)
        if endpoint is None:
            merged = self.own_tags(group, vu_tags, tags)
            merged["method"] = method
            merged["name"] = name
            endpoint = self.endpoints[key] = self.new_endpoint(method, name, tuple(merged.items()))
        return endpoint

    cdef Endpoint endpoint_like(self, Endpoint other, str method, str name):
        """Where the next hop of a redirect is recorded: its method and name, and all else as before."""
        cdef dict tags
        cdef object key
        cdef Endpoint endpoint
        if other.method == method and other.name == name:
            return other
        tags = dict(other.tags)
        tags["method"] = method
        tags["name"] = name
        key = tuple(tags.items())
        endpoint = <Endpoint>self.endpoints.get(key)
        if endpoint is None:
            endpoint = self.endpoints[key] = self.new_endpoint(method, name, key)
        return endpoint

    cdef Endpoint new_endpoint(self, str method, str name, tuple tags):
        cdef Endpoint endpoint = Endpoint.__new__(Endpoint)
        if len(self.endpoints) >= MAX_ENDPOINTS:
            self.endpoints.clear()
        endpoint.scenario = self
        endpoint.method = method
        endpoint.name = name
        endpoint.tags = tags
        endpoint.timing = self.aggregate.timing((("name", name), ("phase", self.phase), ("scenario", self.name)))
        return endpoint

    cdef RequestSeries never_sent(self, int64_t due_ns):
        """Where arrivals that were dropped count as infinite latencies: known by scenario and stage, of no endpoint."""
        cdef int stage = self.stage_at(due_ns)
        cdef dict known = <dict>self.sinks[stage + 1]
        cdef RequestSeries series = <RequestSeries>known.get(NEVER_SENT)
        if series is None:
            merged = self.own_tags(None, None, None)
            if stage >= 0:
                merged["stage"] = self.stage_names[stage]
            series = known[NEVER_SENT] = self.aggregate.request(canonical(merged))
        return series

    cdef Series sink(self, str metric, str kind, int64_t at_ns, str group, dict vu_tags, object tags, str check):
        """The series of a metric or, with *check*, of a check, at an instant."""
        cdef int stage = self.stage_at(at_ns)
        cdef dict known = <dict>self.sinks[stage + 1]
        cdef object key
        cdef Series series
        if tags or vu_tags or group is not None or check is not None:
            key = (
                metric, check, group, tuple(tags.items()) if tags else None,
                tuple(vu_tags.items()) if vu_tags else None,
            )
        else:
            key = metric
        series = <Series>known.get(key)
        if series is None:
            if len(known) >= MAX_ENDPOINTS:
                known.clear()
            merged = self.own_tags(group, vu_tags, tags)
            if stage >= 0:
                merged["stage"] = self.stage_names[stage]
            if check is not None:
                merged["check"] = check
            series = known[key] = self.aggregate.sink(metric, kind, canonical(merged))
        return series

    cdef int requests_resent(self, int64_t count, int64_t due_ns, int64_t at_ns) except -1:
        self.engine.requests_resent += count
        self.sink("http_reqs_resent", "counter", due_ns, None, None, None, None).add(count, at_ns)
        return 0

    cdef int iteration_ended(self, int64_t begin_ns, int64_t end_ns) except -1:
        self.iterations += 1
        self.sink("iterations", "counter", begin_ns, None, None, None, None).add(1, end_ns)
        self.sink("iteration_duration", "trend", begin_ns, None, None, None, None).add(
            (end_ns - begin_ns) / 1e6, end_ns)
        return 0

    cdef int iteration_failed(self, int64_t at_ns) except -1:
        self.iteration_errors += 1
        self.sink("iteration_errors", "counter", at_ns, None, None, None, None).add(1, at_ns)
        return 0

    cdef int iteration_dropped(self, int64_t count, int64_t at_ns) except -1:
        self.dropped += count
        self.sink("dropped_iterations", "counter", at_ns, None, None, None, None).add(count, at_ns)
        return 0

    cdef int arrival_dropped(self, int64_t due_ns) except -1:
        """Nobody was free for it: it is judged as a latency without end."""
        self.iteration_dropped(1, due_ns)
        self.never_sent(due_ns).latency.add_infinite()
        return 0
