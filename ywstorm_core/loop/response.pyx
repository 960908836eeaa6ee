"""The answer to a request: cheap to make (one object), dear only where the script looks."""
cimport cython

from ywstorm_core.net.http1 cimport values_of
from ywstorm_core.sample cimport duration_ns, lateness_ns, latency_ns, service_ns

import orjson

from ywstorm_core.errors import NoResponse, error_info, request_error
from ywstorm_core.net.http1 import parse_headers
from ywstorm_core.net.set_cookie import cookies_of

__all__ = ["Headers", "Response", "Timings"]


class Headers(dict):
    """Fields of an answer. Names in any case; several of one name are joined by ", "."""

    __slots__ = ("pairs",)

    def __init__(self, pairs):
        self.pairs = pairs
        super().__init__()
        for name, value in pairs:
            key = name.lower()
            super().__setitem__(key, f"{super().__getitem__(key)}, {value}" if key in self else value)

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)

    def get_all(self, name):
        wanted = name.lower()
        return [value for key, value in self.pairs if key.lower() == wanted]


@cython.final
@cython.no_gc
cdef class Timings:
    @property
    def blocked_ms(self):
        return self.response.sample.blocked_ns / 1e6

    @property
    def looking_up_ms(self):
        return self.response.sample.looking_up_ns / 1e6

    @property
    def connecting_ms(self):
        return self.response.sample.connecting_ns / 1e6

    @property
    def tls_handshaking_ms(self):
        return self.response.sample.tls_ns / 1e6

    @property
    def sending_ms(self):
        return self.response.sample.sending_ns / 1e6

    @property
    def waiting_ms(self):
        return self.response.sample.waiting_ns / 1e6

    @property
    def receiving_ms(self):
        return self.response.sample.receiving_ns / 1e6

    @property
    def duration_ms(self):
        return duration_ns(&self.response.sample) / 1e6

    @property
    def service_ms(self):
        return service_ns(&self.response.sample) / 1e6

    @property
    def latency_ms(self):
        return latency_ns(&self.response.sample) / 1e6

    @property
    def lateness_ms(self):
        return lateness_ns(&self.response.sample) / 1e6

    def __repr__(self):
        return f"<Timings duration={self.duration_ms:.3f}ms service={self.service_ms:.3f}ms>"


@cython.final
@cython.no_gc
cdef class Response:
    @property
    def ok(self):
        return not self.sample.has_failed

    @property
    def headers(self):
        if self.parsed_headers is None:
            self.parsed_headers = Headers(parse_headers(self.head) if self.head else [])
        return self.parsed_headers

    @property
    def cookies(self):
        return cookies_of(values_of(self.head, b"set-cookie")) if self.head else {}

    @property
    def text(self):
        content_type = self.headers.get("content-type", "")
        _, found, charset = content_type.lower().partition("charset=")
        try:
            return self.body.decode(charset.split(";")[0].strip(" \"'") if found else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def error(self):
        return error_info(self.base_error) if self.base_error else None

    @property
    def error_code(self):
        return self.sample.error

    @property
    def timings(self):
        cdef Timings timings = Timings.__new__(Timings)
        timings.response = self
        return timings

    def json(self):
        if self.base_error:
            raise NoResponse(self.base_error, self.describe_failure())
        return orjson.loads(self.body)

    def raise_for_error(self):
        if self.base_error:
            raise request_error(self.base_error, self.describe_failure())

    cdef int fail(self, int code, str message) except -1:
        """An answer came, but nothing that the script could use."""
        self.base_error = self.sample.error = code
        self.sample.has_failed = True
        self.message = message
        return 0

    cdef str describe_failure(self):
        return f"{self.method} {self.url}: {error_info(self.base_error).name}" + (
            f" ({self.message})" if self.message else ""
        )

    def __repr__(self):
        return f"<Response {self.status or error_info(self.base_error).name} {self.method} {self.url}>"
