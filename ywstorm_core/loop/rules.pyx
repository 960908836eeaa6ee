"""
The rules by which requests are made: time limits, redirects, connections, cookies, and which answers are no failure.

A script may give a request limits and statuses of its own. They are read once: the same value again is one dict hit.
"""
cimport cython

from ywstorm_core.loop.timer cimport NEVER

from ywstorm_core.net.statuses import DEFAULT_EXPECTED, status_table

__all__ = ["Limits", "RequestRules"]


cdef int64_t or_never(object limit_ns) except -1:
    return NEVER if limit_ns is None else <int64_t>limit_ns


@cython.final
cdef class Limits:
    """The time limits of a request, in ns."""

    def __init__(self, total, *, connect=None, tls=None, first_byte=None, body_idle=None):
        self.total_ns = total
        self.connect_ns = or_never(connect)
        self.tls_ns = or_never(tls)
        self.first_byte_ns = or_never(first_byte)
        self.body_idle_ns = or_never(body_idle)
        self.least_ns = min(self.connect_ns, self.tls_ns, self.first_byte_ns, self.body_idle_ns)


cdef object key_of(object value):
    """What *value* is remembered by; None: it cannot be."""
    if isinstance(value, list):
        value = tuple(value)
    elif isinstance(value, dict):
        value = tuple(value.items())
    try:
        hash(value)
    except TypeError:
        return None
    return type(value), value


@cython.final
cdef class RequestRules:
    """How the requests of a run are made, unless one has rules of its own."""

    def __init__(
        self, Limits limits not None, *, bytes expected=DEFAULT_EXPECTED, str user_agent="ywstorm",
        int max_redirects=10, bint keeps_body=True, bint keeps_connections=True, bint keeps_between=True,
        bint keeps_cookies=True,
        Pool shared=None, seed=0, parse_duration=None,
    ):
        self.limits = limits
        self.expected = expected
        self.fixed_head = f"User-Agent: {user_agent}\r\n".encode("latin-1") if user_agent else b""
        if not keeps_connections:
            self.fixed_head += b"Connection: close\r\n"
        self.max_redirects = max_redirects
        self.keeps_body = keeps_body
        self.keeps_connections = keeps_connections
        self.keeps_between = keeps_between
        self.keeps_cookies = keeps_cookies
        self.shared = shared
        self.seed = seed
        self.parse_duration = parse_duration
        self.known_limits = {}
        self.known_statuses = {}

    cdef int64_t duration_ns(self, object duration, str what) except -1:
        """Nanoseconds of a number of seconds, or of a text like "1m30s"."""
        cdef double seconds
        if type(duration) is str:
            return self.parse_duration(duration)
        if isinstance(duration, bool) or not isinstance(duration, (int, float)):
            raise TypeError(f'{what}: a number of seconds or a text like "1m30s" is needed, not {duration!r}')
        seconds = duration
        if not 0 <= seconds <= MAX_SECONDS:
            raise ValueError(f"{what}: a number of seconds from 0 on is needed, not {duration!r}")
        return <int64_t>(seconds * 1e9 + 0.5)

    cdef Limits read_limits(self, object timeout):
        """A total time, or `Timeouts` and dicts of phases; a phase that is not named has the limit of the run."""
        cdef dict wanted = {
            "total": self.limits.total_ns, "connect": self.limits.connect_ns, "tls": self.limits.tls_ns,
            "first_byte": self.limits.first_byte_ns, "body_idle": self.limits.body_idle_ns,
        }
        if hasattr(timeout, "to_dict"):
            timeout = timeout.to_dict()
        if not isinstance(timeout, dict):
            timeout = {"total": timeout}
        for phase, value in timeout.items():
            if phase not in wanted:
                raise ValueError(f"timeout: there is no phase {phase!r}; there are {', '.join(wanted)}")
            if value is not None or phase == "total":
                wanted[phase] = self.duration_ns(value, "timeout" if len(timeout) == 1 else f"timeout, {phase}")
            else:
                wanted[phase] = None
        return Limits(**wanted)

    cdef Limits limits_of(self, object timeout):
        cdef object key = key_of(timeout)
        cdef Limits limits = <Limits>self.known_limits.get(key)
        if limits is not None and key is not None:
            return limits
        limits = self.read_limits(timeout)
        if len(self.known_limits) < MAX_KNOWN:
            self.known_limits[key] = limits
        return limits

    cdef bytes statuses_of(self, object statuses):
        cdef object key = key_of(statuses)
        cdef bytes table = <bytes>self.known_statuses.get(key)
        if table is not None and key is not None:
            return table
        try:
            table = status_table(statuses)
        except (TypeError, ValueError) as error:
            raise ValueError(f"expected_statuses: {error}") from None
        if len(self.known_statuses) < MAX_KNOWN:
            self.known_statuses[key] = table
        return table
