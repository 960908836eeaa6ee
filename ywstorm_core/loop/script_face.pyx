"""
What a script calls on its virtual user: requests, checks, groups, pauses, and the two ways of ending a run badly.

A call builds the request, finds out where it will be recorded, and sends it. It raises before anything was sent, or not
at all: what goes wrong from then on is the Response's to tell.
"""
cimport cython
from libc.stdint cimport int64_t

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.pending cimport Sleep
from ywstorm_core.net.request cimport RequestWriter
from ywstorm_core.net.url cimport Url, encode_query, join, target_of

import orjson

__all__ = ["AbortRun", "Group", "ScriptFace"]

cdef enum:
    MAX_SECONDS = 4_000_000_000     # a sleep or time-out past it would overflow the clock

cdef RequestWriter WRITER = RequestWriter()


class AbortRun(BaseException):
    """`vu.abort`: ends the run. Not an Exception, so that a script's `except Exception` lets it through."""


cdef int64_t duration_ns_of(Scenario scenario, object duration, str what) except -1:
    """Nanoseconds of a number of seconds, or of a text like "1m30s"."""
    cdef double seconds
    if type(duration) is str:
        return scenario.parse_duration(duration)
    if isinstance(duration, bool) or not isinstance(duration, (int, float)):
        raise TypeError(f'{what}: a number of seconds or a text like "1m30s" is needed, not {duration!r}')
    seconds = duration
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"{what}: a number of seconds from 0 on is needed, not {duration!r}")
    return <int64_t>(seconds * 1e9 + 0.5)


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
        self.vu.scenario_context.sink(
            "group_duration", "trend", self.vu.due_ns, self.path, self.vu.own_tags, None, None,
        ).add((now - self.began_ns) / 1e6, now)
        self.vu.group_path = self.outer
        return False


cdef class ScriptFace(CoroutineTask):
    """The half of a virtual user that scripts know; `VirtualUser` adds the life of its iterations."""

    @property
    def scenario(self):
        return self.scenario_context.name

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

    def request(
        self, str method not None, url, *, name=None, params=None, headers=None, json=None, form=None, body=None,
        tags=None, timeout=None,
    ):
        return self.request_(method.upper(), url, name, params, headers, json, form, body, tags, timeout)

    def get(self, url, *, name=None, params=None, headers=None, tags=None, timeout=None):
        return self.request_("GET", url, name, params, headers, None, None, None, tags, timeout)

    def head(self, url, *, name=None, params=None, headers=None, tags=None, timeout=None):
        return self.request_("HEAD", url, name, params, headers, None, None, None, tags, timeout)

    def options(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
    ):
        return self.request_("OPTIONS", url, name, params, headers, json, form, body, tags, timeout)

    def post(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
    ):
        return self.request_("POST", url, name, params, headers, json, form, body, tags, timeout)

    def put(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
    ):
        return self.request_("PUT", url, name, params, headers, json, form, body, tags, timeout)

    def patch(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
    ):
        return self.request_("PATCH", url, name, params, headers, json, form, body, tags, timeout)

    def delete(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
    ):
        return self.request_("DELETE", url, name, params, headers, json, form, body, tags, timeout)

    cdef Exchange request_(
        self, str method, object url, object name, object params, object headers, object json, object form,
        object body, object tags, object timeout,
    ):
        """Build the request, send it, return its Exchange. Raises before anything was sent, or not at all."""
        cdef int64_t begin_ns = now_ns(), timeout_ns
        cdef Scenario scenario = self.scenario_context
        cdef Exchange exchange
        cdef Url absolute
        cdef str target, host, content_type = None
        cdef object origin = scenario.origin
        cdef Py_ssize_t query
        if type(url) is not str:
            raise TypeError(f"vu.{method.lower()}: the URL is {url!r}; text is needed")
        if self.is_over:
            raise RuntimeError(f"virtual user {self.id} has ended: its requests are over")
        if scenario.base is not None and "://" not in <str>url:
            target = target_of(scenario.base, url)
            host = scenario.base.host_header
        else:
            absolute = join(scenario.base, url)
            if absolute.is_tls:
                raise ValueError(f"{url}: https is not supported yet; base URL or address must begin with http://")
            target = absolute.path_and_query
            host = absolute.host_header
            origin = self.engine.resolver.origin(*absolute.origin, host)
        if params is not None:
            target = f"{target}{'&' if '?' in target else '?'}{encode_query(params)}"
        if name is None:
            query = (<str>url).find("?")
            name = url if query < 0 else (<str>url)[:query]
            if "://" in <str>name:
                name = target.partition("?")[0]
        if json is not None:
            if body is not None or form is not None:
                raise ValueError(f"vu.{method.lower()} {url}: give one of json, form and body")
            body = orjson.dumps(json)
            content_type = "application/json"
        elif form is not None:
            if body is not None:
                raise ValueError(f"vu.{method.lower()} {url}: give one of json, form and body")
            body = (<str>encode_query(form)).encode("ascii")
            content_type = "application/x-www-form-urlencoded"
        elif type(body) is str:
            body = (<str>body).encode("utf-8")
            content_type = "text/plain; charset=utf-8"
        elif body is not None and type(body) is not bytes:
            body = bytes(memoryview(body))
        timeout_ns = scenario.timeout_ns if timeout is None else duration_ns_of(scenario, timeout, "timeout")
        WRITER.write(method, target, host, scenario.fixed_head, headers, content_type, body)
        exchange = Exchange.__new__(Exchange)
        exchange.endpoint = scenario.endpoint(method, name, self.group_path, self.own_tags, tags)
        exchange.engine = self.engine
        exchange.requester = self
        exchange.origin = origin
        exchange.method = method
        exchange.url = url if scenario.base is None or "://" in <str>url else self.full_url(url, target)
        exchange.due_ns = self.due_ns
        exchange.begin_ns = begin_ns
        exchange.deadline_ns = begin_ns + timeout_ns
        exchange.start(WRITER)
        return exchange

    cdef str full_url(self, str reference, str target):
        return f"{self.scenario_context.base.scheme}://{self.scenario_context.base.host_header}{target}"

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
        return Sleep.start(self.engine, now_ns(), duration_ns_of(self.scenario_context, seconds, "vu.sleep"))

    def abort(self, reason=""):
        raise AbortRun(str(reason))

    def fail(self, reason=""):
        self.engine.observer.event("fail", str(reason))
