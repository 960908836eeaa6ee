"""
A request: written at once, recorded when its end is known, and only then handed to whoever awaits it.

Life of an Exchange: (waiting for its turn →) (looking up →) (connecting →) sent → answered | failed | cut off. An
answer that redirects is recorded, and the same Exchange goes on to the next hop. A connection that turns out to have
been closed by the server while it idled starts an idempotent request once more. `end` is the one place where a request
is recorded; `cut_off` the one place where it is counted as neither answered nor failed. Both run once a hop. Whatever
goes wrong, a request ends: the script that waits for it must not do so for ever.

The parts of the service time are consecutive by construction: each mark that was never reached is the instant of the
end, so they add up to done − begin exactly.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.loop.timer cimport NEVER
from ywstorm_core.net.connection cimport ConnectionState
from ywstorm_core.net.http1 cimport ResponseParser, values_of

from ywstorm_core.loop.pending import install_next
from ywstorm_core.net.decode import DecodeError, decode
from ywstorm_core.net.redirect import is_redirect

__all__ = ["Exchange", "Requester"]

cdef enum:
    KEEP_ALIVE_MARGIN_NS = 100_000_000      # a server that closes on the second must not meet a request on its way

cdef frozenset IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


cdef class Requester(Runnable):
    cdef int watch_deadline(self, int64_t deadline_ns) except -1:
        raise NotImplementedError(type(self).__name__)

    cdef object take_answer(self, Exchange exchange, Response response):
        raise NotImplementedError(type(self).__name__)

    cdef int follow(self, Exchange exchange, object hop, int64_t now) except -1:
        raise NotImplementedError(type(self).__name__)


cdef int on_answer(object owner, Connection connection, int code, int64_t now) except -1:
    return (<Exchange>owner).end(code, now)


@cython.final
@cython.no_gc
cdef class Exchange(Pending):
    """A request under way. Await it for its Response; asyncio takes it for a Future."""

    # == on its way ================================================================================================

    cdef int enlist(self) except -1:
        """Count it among its virtual user's requests under way."""
        cdef Requester requester = self.requester
        self.engine.requests_started += 1
        self.is_open = True
        self.next_open = requester.first_open
        if self.next_open is not None:
            self.next_open.previous_open = self
        requester.first_open = self
        return 0

    cdef int start(self, const char* data, Py_ssize_t size, int64_t now) except -1:
        """Send *data* on an idle connection or a new one. A failure ends it."""
        cdef Connection connection
        cdef int code
        self.started_ns = now
        self.requester.watch_deadline(self.check_ns(now))
        connection = self.take_idle(now)
        if connection is None:
            return self.connect(data, size)
        self.connection = connection
        connection.begin(self, on_answer, self.method == "HEAD", self.endpoint.scenario.rules.keeps_body)
        connection.source = self.source
        code = connection.send(data, size)
        if code == 0:
            code = connection.draw()
        if code == 0:
            return 0
        return self.resend(now) if code == ErrorCode.TCP_STALE_CLOSED and self.may_resend() else self.fail_soon(code)

    cdef int start_again(self, int64_t now) except -1:
        """Start what was not sent when it was called: a later member of a batch, or a redirect."""
        cdef bytes whole = self.head if self.body is None else self.head + self.body
        return self.start(PyBytes_AS_STRING(whole), PyBytes_GET_SIZE(whole), now)

    cdef Connection take_idle(self, int64_t now):
        cdef Connection connection = <Connection>self.pool.take(self.origin)
        while connection is not None and connection.usable_until_ns <= now:
            connection.close()              # the server said that it would close it by now
            connection = <Connection>self.pool.take(self.origin)
        return connection

    cdef int connect(self, const char* data, Py_ssize_t size) except -1:
        cdef Connection connection
        cdef int code
        if not self.engine.resolver.addresses_of(self.origin):
            self.engine.resolver.resolve(self.origin, self.on_resolved)
            return 0
        connection = Connection(self.engine.poller, self.origin)
        connection.home = self.pool
        self.connection = connection
        connection.begin(self, on_answer, self.method == "HEAD", self.endpoint.scenario.rules.keeps_body)
        connection.source = self.source
        code = connection.open(now_ns())
        if code == 0:
            code = connection.send(data, size)
        return self.fail_soon(code) if code else 0

    def on_resolved(self):
        cdef bytes whole
        if not self.is_open:
            return
        self.looked_up_ns = now_ns()
        if self.origin.error:
            self.end(self.origin.error, self.looked_up_ns)
            return
        whole = self.head if self.body is None else self.head + self.body
        self.connect(PyBytes_AS_STRING(whole), PyBytes_GET_SIZE(whole))

    cdef int fail_soon(self, int code) except -1:
        """
        Failed before anybody could wait: it ends now, and is told from the engine's top level.

        Else a script that asks a dead server again and again would never let go of its worker.
        """
        self.failed_code = code
        self.deadline_ns = now_ns()
        return self.requester.watch_deadline(self.deadline_ns)

    cdef bint may_resend(self) except -1:
        return not self.is_resent and self.source is None and self.method in IDEMPOTENT

    cdef int resend(self, int64_t now) except -1:
        """The server had closed the connection while it idled: once more, on a new one. The time lost counts."""
        cdef bytes whole = self.head if self.body is None else self.head + self.body
        self.is_resent = True
        self.endpoint.scenario.requests_resent(1, self.due_ns, now)
        self.wasted_sent += self.connection.bytes_sent
        self.wasted_received += self.connection.bytes_received
        self.connection.close()
        self.connection = None
        self.started_ns = now
        return self.connect(PyBytes_AS_STRING(whole), PyBytes_GET_SIZE(whole))

    # == time limits ===============================================================================================

    cdef int64_t limit_ns(self) noexcept:
        """When this request expires as things stand."""
        return min(self.deadline_ns, self.phase_limit_ns())

    cdef int64_t check_ns(self, int64_t now) noexcept:
        """When to look again: no phase that begins after *now* can expire before it."""
        cdef int64_t limit_ns = self.limit_ns()
        return limit_ns if self.limits.least_ns >= limit_ns - now else now + self.limits.least_ns

    cdef int64_t phase_limit_ns(self) noexcept:
        cdef Connection connection = self.connection
        cdef int64_t since_ns, length_ns
        if self.started_ns == 0:
            return NEVER
        if connection is None:
            since_ns, length_ns = self.started_ns, self.limits.connect_ns
        elif connection.state == ConnectionState.CONNECTING:
            since_ns, length_ns = connection.connecting_ns, self.limits.connect_ns
        elif connection.state == ConnectionState.HANDSHAKING:
            since_ns, length_ns = connection.connected_ns, self.limits.tls_ns
        elif connection.first_byte_ns == 0:
            if connection.source is not None and connection.source.hungry is not None:
                return NEVER            # it is the script that keeps the server waiting
            since_ns, length_ns = max(connection.last_written_ns, self.started_ns), self.limits.first_byte_ns
        else:
            since_ns, length_ns = connection.last_read_ns, self.limits.body_idle_ns
        return NEVER if length_ns == NEVER else since_ns + length_ns

    cdef int expire(self, int64_t now) except -1:
        cdef Connection connection = self.connection
        if self.failed_code:
            return self.end(self.failed_code, self.deadline_ns)     # which is the instant of the failure
        if self.started_ns == 0:
            return self.end(ErrorCode.TIMEOUT_POOL_WAIT, now)
        if connection is None:
            return self.end(ErrorCode.DNS_TIMEOUT, now)
        if connection.state == ConnectionState.CONNECTING:
            return self.end(ErrorCode.TCP_CONNECT_TIMEOUT, now)
        if connection.state == ConnectionState.HANDSHAKING:
            return self.end(ErrorCode.TLS_TIMEOUT, now)
        if self.deadline_ns <= now:
            return self.end(ErrorCode.TIMEOUT_TOTAL, now)
        if connection.first_byte_ns == 0:
            return self.end(ErrorCode.TIMEOUT_FIRST_BYTE, now)
        return self.end(ErrorCode.TIMEOUT_BODY_IDLE, now)

    # == its end ===================================================================================================

    cdef int on_cancel(self) except -1:
        return self.cut_off()

    cdef int cut_off(self) except -1:
        """Neither answered nor failed: the connection closes, nothing is recorded."""
        if not self.is_open:
            return 0
        self.unlink()
        self.done_ns = now_ns()
        self.engine.requests_cut_off += not self.is_counted
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        if self.source is not None:
            self.source.close()
        if self.engine.on_exchange is not None:
            self.tell(None)
        return 0

    cdef int tell(self, Response response) except -1:
        """Show this hop to whoever debugs; *response* is None if it was cut off."""
        answer = b"" if response is None or response.head is None else response.head
        try:
            self.engine.on_exchange(self.requester, self.url, self.head, self.body, response, answer)
        except BaseException:
            self.engine.keep_failure()
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
        """Answered (code 0) or failed: record it, give the connection back, and go on or hand the Response over."""
        cdef Response response
        if not self.is_open:
            return 0
        response = Response.__new__(Response)
        response.method = self.method
        response.url = self.url
        response.body = b""
        if self.failed_code:
            code = self.failed_code
        try:
            if code == ErrorCode.TCP_STALE_CLOSED and self.may_resend():
                return self.resend(now)
            if self.conclude(response, code, now):
                return 0
        except BaseException:
            self.break_down(response)
        if self.is_open:
            self.unlink()
        return self.settle(response, now)

    cdef bint conclude(self, Response response, int code, int64_t now) except -1:
        """Make *response* what this attempt came to, and record it. Whether the request goes on, to another hop."""
        cdef Connection connection = self.connection
        cdef object hop = None
        cdef bint may_lead_on
        self.done_ns = now
        if code:
            response.fail(code, None if connection is None else connection.failure_text)
            if self.source is not None and self.source.failure is not None:
                response.message = repr(self.source.failure)
        else:
            self.read_answer(response)
            may_lead_on = self.follows and 300 < response.status < 400 and is_redirect(response.status)
            if may_lead_on or connection.parser.has_set_cookie:
                hop = self.requester.take_answer(self, response)
        self.measure(&response.sample, connection)
        self.connection = None
        if connection is not None:
            self.release(connection, code, now)
        self.is_counted = True
        self.endpoint.record(response, self.due_ns)
        if self.engine.on_exchange is not None:
            self.tell(response)
        if self.source is not None:
            self.source.close()         # which may run the script, and that may cancel this request
        if hop is not None and self.is_open:
            self.requester.follow(self, hop, now)
            return True
        return False

    cdef int break_down(self, Response response) except -1:
        """We have a bug: the run will end with it, but until then the accounts balance and the script goes on."""
        self.engine.keep_failure()
        response.fail(ErrorCode.UNKNOWN, "ywstorm failed: this is a bug of its own")
        if not self.is_counted:
            self.engine.requests_cut_off += 1
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return 0 if self.source is None else self.source.close()

    cdef int read_answer(self, Response response) except -1:
        """The answer as it was framed, decoded and judged."""
        cdef ResponseParser parser = self.connection.parser
        cdef int status = parser.status
        response.status = response.sample.status = status
        response.head = parser.take_head()
        if self.endpoint.scenario.rules.keeps_body:
            response.body = parser.take_body()
            if parser.has_content_encoding and response.body:
                try:
                    response.body = decode(response.body, values_of(response.head, b"content-encoding"))
                except DecodeError as error:
                    response.body = b""
                    return response.fail(error.code, str(error))
        response.sample.has_failed = not PyBytes_AS_STRING(self.expected)[status]
        if response.sample.has_failed:
            response.sample.error = 1000 + status if 400 <= status < 600 else ErrorCode.HTTP_UNEXPECTED_STATUS
        return 0

    cdef int release(self, Connection connection, int code, int64_t now) except -1:
        """Give the connection back if another request may use it, else close it."""
        cdef int64_t promised_ns
        if (
            code == 0 and connection.parser.is_keep_alive and connection.state == ConnectionState.BUSY
            and connection.out is None      # answered before it was sent whole: the rest is nobody's
            and connection.source is None and connection.unsealed is None
            and self.endpoint.scenario.rules.keeps_connections
        ):
            connection.usable_until_ns = NEVER
            if connection.parser.keep_alive_timeout_s >= 0:
                promised_ns = <int64_t>connection.parser.keep_alive_timeout_s * 1_000_000_000
                connection.usable_until_ns = now + promised_ns - KEEP_ALIVE_MARGIN_NS
            self.pool.put(connection)
        else:
            connection.close()
        return 0

    cdef void measure(self, Sample* sample, Connection connection) noexcept:
        """Fill in the instants and the parts; `has_connection` is false when it never had one."""
        cdef int64_t started, looked_up, connected, secured, sent, first_byte, done = self.done_ns
        started = self.started_ns if self.started_ns else done
        looked_up = connected = secured = sent = first_byte = done
        if connection is not None:
            looked_up = max(self.looked_up_ns, started)
            if connection.is_reused:
                sample.has_connection = True
                connected = secured = looked_up
            elif connection.connected_ns:
                connected = connection.connected_ns
                if connection.channel is None:
                    sample.has_connection = True
                    secured = connected
                elif connection.tls_done_ns:
                    sample.has_connection = True
                    secured = min(connection.tls_done_ns, done)
            if sample.has_connection:
                if connection.first_byte_ns:
                    first_byte = max(connection.first_byte_ns, secured)
                if connection.last_written_ns and (connection.out is None or sample.status):
                    sent = min(max(connection.last_written_ns, secured), first_byte)
            sample.bytes_sent = connection.bytes_sent
            sample.bytes_received = connection.bytes_received
        sample.bytes_sent += self.wasted_sent
        sample.bytes_received += self.wasted_received
        sample.due_ns = self.due_ns
        sample.begin_ns = self.begin_ns
        sample.done_ns = done
        sample.blocked_ns = started - self.begin_ns
        sample.looking_up_ns = looked_up - started
        sample.connecting_ns = connected - looked_up
        sample.tls_ns = secured - connected
        sample.sending_ns = sent - secured
        sample.waiting_ns = first_byte - sent
        sample.receiving_ns = done - first_byte

    cdef void note_await(self) noexcept:
        # A script that awaits an answer which has come already could have gone on when it came, not before.
        if self.requester.due_ns < self.done_ns:
            self.requester.due_ns = self.done_ns

    def __getattr__(self, name):
        raise AttributeError(f"a request under way has no {name!r}: is an `await` missing before it?")

    def __dealloc__(self):
        # The type is no_gc, so every field is still there.
        if not self.is_awaited and self.endpoint is not None and not self.requester.is_unwinding:
            self.engine.observer.unawaited(self.endpoint.method, self.endpoint.name)

    def __repr__(self):
        return f"<Exchange {self.method} {self.url} {('pending', 'done', 'cancelled')[<int>self.state]}>"


install_next(Exchange)
