"""
Requests of another client, in the same accounts and series as ours.

The client says when it began, which instants it reached, and how it ended. Like an Exchange, a ForeignRequest counts as
started when it is made and ends once: answered, failed or cut off. Its parts are consecutive by construction: a mark
that was never reached is the instant of the end, and none precedes the one before it, so they add up to done − begin
exactly.
"""
cimport cython

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.loop.group cimport path_in
from ywstorm_core.loop.response cimport Response
from ywstorm_core.loop.rules cimport RequestRules
from ywstorm_core.sample cimport Sample

__all__ = ["ForeignRequest"]

cdef enum:
    SWITCHED = 101          # to another protocol, which nobody does who was not asked to


@cython.final
cdef class ForeignRequest:
    def __init__(self, ScriptFace vu not None, str method not None, str url not None, *, str name not None, tags=None,
                 expected_statuses=None, int64_t begin_ns=0):
        cdef RequestRules rules = vu.scenario_context.rules
        self.vu = vu
        self.method = method
        self.url = url
        self.endpoint = vu.scenario_context.endpoint(method, name, path_in(vu.groups), vu.own_tags, tags)
        self.expected = rules.expected if expected_statuses is None else rules.statuses_of(expected_statuses)
        # What continues another request could go on when that one ended; anything else, when the virtual user could.
        self.due_ns = begin_ns if begin_ns else vu.due_ns
        self.begin_ns = begin_ns if begin_ns else now_ns()
        self.is_open = True
        vu.engine.requests_started += 1

    cdef int close(self) except -1:
        if not self.is_open:
            raise RuntimeError(f"{self!r} has ended already")
        self.is_open = False
        self.vu.engine.poller.requests_sent += self.n_sent
        if self.n_sent > 1:
            self.endpoint.scenario.requests_resent(self.n_sent - 1, self.due_ns, now_ns())
        return 0

    def cut_off(self):
        self.close()
        self.vu.engine.requests_cut_off += 1

    def end(self, *, int status=0, int error=0, int64_t done_ns, str message=None):
        cdef Response response = Response.__new__(Response)
        cdef Sample* sample = &response.sample
        cdef int64_t unblocked, looked_up, connected, sent, first_byte, done = max(done_ns, self.begin_ns)
        self.close()
        unblocked = min(done, max(self.begin_ns, self.unblocked_ns if self.unblocked_ns else done))
        looked_up = min(done, max(unblocked, self.looked_up_ns if self.looked_up_ns else done))
        connected = min(done, max(looked_up, self.connected_ns if self.connected_ns else done))
        first_byte = min(done, max(connected, self.first_byte_ns if self.first_byte_ns else done))
        sent = min(first_byte, max(connected, self.sent_ns if self.sent_ns else done))
        sample.due_ns = self.due_ns
        sample.begin_ns = self.begin_ns
        sample.done_ns = done
        sample.blocked_ns = unblocked - self.begin_ns
        sample.looking_up_ns = looked_up - unblocked
        sample.connecting_ns = connected - looked_up
        sample.tls_ns = 0
        sample.sending_ns = sent - connected
        sample.waiting_ns = first_byte - sent
        sample.receiving_ns = done - first_byte
        sample.bytes_sent = self.bytes_sent
        sample.bytes_received = self.bytes_received
        sample.has_connection = self.connected_ns > 0
        sample.status = response.status = status
        response.base_error = error
        sample.has_failed = error > 0 or not (status == SWITCHED or self.expected[status])
        if error == 0 and sample.has_failed:
            error = 1000 + status if 400 <= status < 600 else ErrorCode.HTTP_UNEXPECTED_STATUS
        sample.error = error
        response.method = self.method
        response.url = self.url
        response.body = b""
        response.message = message
        self.endpoint.record(response, self.due_ns)
        return response

    def __repr__(self):
        return f"<ForeignRequest {self.method} {self.url} {'open' if self.is_open else 'over'}>"
