"""
A request: written at once, recorded when its end is known, and only then handed to whoever awaits it.

Life of an Exchange: (looking up →) (connecting →) sent → answered | failed | cut off. `end` is the one place where a
request is recorded; `cut_off` the one place where it is counted as neither answered nor failed. Both run once.

The parts of the service time are consecutive by construction: each mark that was never reached is the instant of the
end, so they add up to done − begin exactly.
"""
cimport cython

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.loop.response cimport Response
from ywstorm_core.net.connection cimport ConnectionState
from ywstorm_core.sample cimport Sample

from ywstorm_core.loop.pending import install_next

__all__ = ["Exchange", "Requester"]


cdef class Requester(Runnable):
    cdef int watch_deadline(self, int64_t deadline_ns) except -1:
        raise NotImplementedError(type(self).__name__)


cdef int on_answer(object owner, Connection connection, int code, int64_t now) except -1:
    return (<Exchange>owner).end(code, now)


@cython.final
@cython.no_gc
cdef class Exchange(Pending):
    """A request under way. Await it for its Response; asyncio takes it for a Future."""

    cdef int start(self, RequestWriter writer) except -1:
        """Send what *writer* holds, on an idle connection or a new one. A failure ends it; it never raises."""
        cdef Requester requester = self.requester
        cdef Connection connection
        cdef int code
        self.engine.requests_started += 1
        self.is_open = True
        self.next_open = requester.first_open
        if self.next_open is not None:
            self.next_open.previous_open = self
        requester.first_open = self
        requester.watch_deadline(self.limit_ns())
        connection = requester.pool.take(self.origin)
        if connection is not None:
            self.connection = connection
            connection.begin(self, on_answer, self.method == "HEAD", self.endpoint.scenario.keeps_body)
            code = connection.send(writer.out.data, writer.out.end)
            return self.fail_soon(code) if code else 0
        if self.origin.addresses:
            return self.connect(writer.out.data, writer.out.end)
        self.waiting_bytes = writer.out.data[:writer.out.end]
        self.engine.resolver.resolve(self.origin, self.on_resolved)
        return 0

    def on_resolved(self):
        if not self.is_open:
            return
        self.looked_up_ns = now_ns()
        if self.origin.error:
            self.end(self.origin.error, self.looked_up_ns)
            return
        self.connect(self.waiting_bytes, len(self.waiting_bytes))
        self.waiting_bytes = None

    cdef int connect(self, const char* data, Py_ssize_t size) except -1:
        cdef Connection connection = Connection(self.engine.poller, self.origin)
        cdef int code
        self.connection = connection
        self.requester.watch_deadline(self.limit_ns())
        connection.begin(self, on_answer, self.method == "HEAD", self.endpoint.scenario.keeps_body)
        code = connection.open(now_ns())
        if code == 0:
            code = connection.send(data, size)
        return self.fail_soon(code) if code else 0

    cdef int fail_soon(self, int code) except -1:
        """
        Failed before anybody could wait: it ends now, and is told from the engine's top level.

        Else a script that asks a dead server again and again would never let go of its worker.
        """
        self.failed_code = code
        self.deadline_ns = now_ns()
        return self.requester.watch_deadline(self.deadline_ns)

    cdef int64_t limit_ns(self) noexcept:
        """When this request expires as things stand: sooner while it has no connection yet."""
        if self.connection is not None and self.connection.connected_ns == 0 and not self.connection.is_reused:
            return min(self.deadline_ns, self.begin_ns + CONNECT_TIMEOUT_NS)
        return self.deadline_ns

    cdef int expire(self, int64_t now) except -1:
        if self.failed_code:
            return self.end(self.failed_code, self.deadline_ns)
        if self.connection is None:
            return self.end(ErrorCode.DNS_TIMEOUT, now)
        if self.connection.state == ConnectionState.CONNECTING:
            return self.end(ErrorCode.TCP_CONNECT_TIMEOUT, now)
        return self.end(ErrorCode.TIMEOUT_TOTAL, now)

    cdef int on_cancel(self) except -1:
        return self.cut_off()

    cdef int cut_off(self) except -1:
        """Neither answered nor failed: the connection closes, nothing is recorded."""
        if not self.is_open:
            return 0
        self.unlink()
        self.done_ns = now_ns()
        self.engine.requests_cut_off += 1
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return 0

    cdef void unlink(self) noexcept:
        self.is_open = False
        if self.previous_open is not None:
            self.previous_open.next_open = self.next_open
        else:
            self.requester.first_open = self.next_open
        if self.next_open is not None:
            self.next_open.previous_open = self.previous_open
        self.next_open = self.previous_open = None

    cdef int end(self, int code, int64_t now) except -1:
        """Answered (code 0) or failed: record it, give the connection back, hand the Response over."""
        cdef Response response = Response.__new__(Response)
        cdef Connection connection = self.connection
        cdef Sample* sample = &response.sample
        if not self.is_open:
            return 0
        self.unlink()
        self.done_ns = now
        self.connection = None
        response.method = self.method
        response.url = self.url
        response.base_error = code
        response.body = b""
        sample.error = code
        sample.has_failed = True
        if code == 0:
            sample.status = response.status = connection.parser.status
            response.head = connection.parser.take_head()
            if self.endpoint.scenario.keeps_body:
                response.body = connection.parser.take_body()
            if sample.status >= 400:
                sample.error = 1000 + sample.status
            sample.has_failed = sample.status < 200 or sample.status >= 400
        self.measure(sample, connection)
        if connection is not None:
            if (
                code == 0 and connection.parser.is_keep_alive and connection.state == ConnectionState.BUSY
                and connection.out is None      # answered before it was sent whole: the rest is nobody's
            ):
                self.requester.pool.put(connection)
            else:
                connection.close()
        if sample.has_failed:
            self.engine.requests_failed += 1
            self.engine.observer.request_failed(response, self.endpoint.scenario.phase)
        else:
            self.engine.requests_ok += 1
        self.endpoint.series_of(
            self.endpoint.scenario.stage_at(self.due_ns), sample.status, sample.error, sample.has_failed,
        ).fold(sample)
        self.endpoint.timing.fold(sample)
        return self.settle(response, now)

    cdef void measure(self, Sample* sample, Connection connection) noexcept:
        """Fill in the instants and the parts; `has_connection` is false when it never had one."""
        cdef int64_t looked_up, connected, sent, first_byte, done = self.done_ns
        looked_up = self.looked_up_ns if self.looked_up_ns else self.begin_ns
        connected = looked_up
        sent = first_byte = done
        if connection is None:
            looked_up = connected = done
        else:
            sample.has_connection = connection.connected_ns > 0 or connection.is_reused
            if not sample.has_connection:
                connected = done
            elif connection.connected_ns:
                connected = connection.connected_ns
            if connection.first_byte_ns:
                first_byte = connection.first_byte_ns
            if connection.last_written_ns and (connection.out is None or sample.status):
                sent = min(connection.last_written_ns, first_byte)
            sample.bytes_sent = connection.bytes_sent
            sample.bytes_received = connection.bytes_received
        sample.due_ns = self.due_ns
        sample.begin_ns = self.begin_ns
        sample.done_ns = done
        sample.blocked_ns = 0
        sample.looking_up_ns = looked_up - self.begin_ns
        sample.connecting_ns = connected - looked_up
        sample.tls_ns = 0
        sample.sending_ns = sent - connected
        sample.waiting_ns = first_byte - sent
        sample.receiving_ns = done - first_byte

    cdef void note_await(self) noexcept:
        # A script that awaits an answer which has come already could have gone on when it came, not before.
        if self.requester.due_ns < self.done_ns:
            self.requester.due_ns = self.done_ns

    def __dealloc__(self):
        # The type is no_gc, so every field is still there.
        if not self.is_awaited and self.endpoint is not None and not self.requester.is_unwinding:
            self.engine.observer.unawaited(self.endpoint.method, self.endpoint.name)

    def __repr__(self):
        return f"<Exchange {self.method} {self.url} {('pending', 'done', 'cancelled')[<int>self.state]}>"


install_next(Exchange)
