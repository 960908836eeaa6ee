# The calls of a virtual user that make requests.
from libc.stdint cimport int64_t

from ywstorm_core.loop.exchange cimport Exchange
from ywstorm_core.loop.group cimport Groups
from ywstorm_core.loop.response cimport Response
from ywstorm_core.loop.scenario cimport Scenario
from ywstorm_core.loop.task cimport CoroutineTask
from ywstorm_core.net.cookies cimport CookieJar
from ywstorm_core.net.pool cimport Pool


cdef class RequestFace(CoroutineTask):
    cdef readonly Scenario scenario_context
    cdef readonly int64_t id            # 1 ..., unique in the run; 0 in setup and teardown
    cdef dict own_tags                  # None until a script asks for them
    cdef Groups groups                  # None until the iteration enters one
    cdef CookieJar jar                  # None until a server or the script sets a cookie

    cdef Exchange send_(
        self, str method, object url, object name, object params, object headers, object json, object form,
        object body, object tags, object timeout, object redirects, object auth, object expected_statuses,
    )
    cdef Exchange build(
        self, str method, object url, object name, object params, object headers, object json, object form,
        object body, object tags, object timeout, object redirects, object auth, object expected_statuses,
    )
    cdef CookieJar cookie_jar(self)
    cdef int forget_cookies(self) except -1
    cdef Pool pool_in_use(self)
