"""
From aiohttp's instants to ours.

aiohttp tells when a connection was waited for, looked up, made or reused, when the head and each piece of a body went
out, and when the head of an answer had come. The last byte of the body is seen where it is parsed. Each hop of a
redirect is a request of its own, begun and due when the one before it ended; the answer that led too far is the one
that failed.

What is not known: TLS apart from connecting (it counts as connecting), and, of the bytes, the framing of chunked
bodies, TLS and WebSocket messages. An answer that the script leaves unread ends when the script lets go of it.
"""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol

import aiohttp
from yarl import URL

from ywstorm.worker.session_errors import code_of
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.foreign import ForeignRequest
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.url import Url

__all__ = ["MeasuredResponse", "Owner", "Watch", "trace_config"]

_SWITCHED = 101  # to another protocol: what follows is no body


class Owner(Protocol):
    """Whose requests are watched."""

    vu: VirtualUser
    base: Url | None
    open_requests: set[ForeignRequest]


class Watch:
    """
    One call of a session: the request under way, from hop to hop.

    Args:
        trace_request_ctx: What the script gave with the request; a mapping is for us.
    """

    def __init__(self, trace_request_ctx: object = None) -> None:
        said = trace_request_ctx if isinstance(trace_request_ctx, Mapping) else {}
        self._name = said.get("name")
        self._tags = said.get("tags")
        self._expected = said.get("expected_statuses")
        self._owner: Owner
        self._request: ForeignRequest
        self._response: aiohttp.ClientResponse
        self._redirect: tuple[str, str] | None = None  # method and URL of the next hop, which may not come

    # What aiohttp tells, in this order

    def start(self, owner: Owner, asked: aiohttp.TraceRequestStartParams) -> None:
        """The request begins."""
        self._owner = owner
        if self._name is None:
            self._name = _name_of(asked.url, owner.base)
        self._begin(asked.method, str(asked.url))

    def queue(self, _: object) -> None:
        """Every connection is busy."""
        self._follow()

    def create(self, _: object) -> None:
        """A connection may be opened."""
        self._follow()
        self._request.unblocked_ns = self._request.looked_up_ns = monotonic_ns()

    def look_up(self, _: object) -> None:
        """The host is a name."""
        self._request.looked_up_ns = 0

    def know_address(self, _: object) -> None:
        """The name has an address."""
        self._request.looked_up_ns = monotonic_ns()

    def connect(self, _: object) -> None:
        """The new connection stands."""
        self._request.connected_ns = monotonic_ns()

    def reuse(self, _: object) -> None:
        """An idle connection was taken."""
        self._follow()
        request = self._request
        request.unblocked_ns = request.looked_up_ns = request.connected_ns = monotonic_ns()
        request.is_reused = True

    def send_head(self, sent: aiohttp.TraceRequestHeadersSentParams) -> None:
        """The head went out."""
        request = self._request
        request.n_sent += 1
        request.sent_ns = monotonic_ns()
        line = len(sent.method) + len(sent.url.raw_path_qs) + len("  HTTP/1.1\r\n\r\n")
        request.bytes_sent += line + sum(len(key) + len(value.encode()) + 4 for key, value in sent.headers.items())

    def send_piece(self, sent: aiohttp.TraceRequestChunkSentParams) -> None:
        """A piece of the body went out."""
        if self._request.is_open:  # else it was answered before it was sent whole
            self._request.sent_ns = monotonic_ns()
            self._request.bytes_sent += len(sent.chunk)

    def redirect(self, answered: aiohttp.TraceRequestRedirectParams) -> None:
        """The answer is a redirect. Whether it is followed, the next event tells."""
        self._take_head(answered.response)
        status, method = answered.response.status, answered.method
        becomes_get = (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST")
        location = answered.response.headers.get("Location", "")
        self._redirect = ("GET" if becomes_get else method, str(answered.url.join(URL(location))))

    def finish(self, answered: aiohttp.TraceRequestEndParams) -> None:
        """The head of the answer has come, and the call returns; the body is the script's to read."""
        if self._redirect is None:
            self._take_head(answered.response)
        self._redirect = None
        if isinstance(answered.response, MeasuredResponse):
            answered.response.watch = self
        if answered.response.status == _SWITCHED:
            self._end(status=_SWITCHED)
        else:
            answered.response.content.on_eof(self.take_body)

    def fail(self, error: BaseException) -> None:
        """The call raises; a cancellation, if the script closed the session under it."""
        if self._redirect is not None:
            self._end_hop(0 if _is_cancellation(error) else code_of(error, self._request))
        else:
            self._fail(error)

    # What its response tells

    def take_body(self) -> None:
        """The last byte of the body was parsed."""
        self._end(status=self._response.status)

    def let_go(self, error: BaseException | None) -> None:
        """The script is done with the response: by *error* in reading it, or because it does not care for the rest."""
        if error is None:
            self._end(status=self._response.status)
        else:
            self._fail(error)

    # Beginning and ending of hops

    def _begin(self, method: str, url: str, begin_ns: int = 0) -> None:
        self._request = ForeignRequest(
            self._owner.vu,
            method,
            url,
            name=str(self._name),
            tags=self._tags,
            expected_statuses=self._expected,
            begin_ns=begin_ns,
        )
        self._owner.open_requests.add(self._request)

    def _take_head(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._request.first_byte_ns = monotonic_ns()

    def _follow(self) -> None:
        """If a redirect was held back: it is being followed."""
        if self._redirect is not None:
            (method, url), self._redirect = self._redirect, None
            at_ns = self._request.first_byte_ns
            self._end_hop(0)
            self._begin(method, url, at_ns)

    def _end_hop(self, error: int) -> None:
        self._end(status=self._response.status, error=error, done_ns=self._request.first_byte_ns)

    def _end(self, *, status: int = 0, error: int = 0, done_ns: int = 0, message: str | None = None) -> None:
        request = self._request
        if request.is_open:
            self._owner.open_requests.discard(request)
            if request.first_byte_ns:
                request.bytes_received = _size_of(self._response)
            request.end(status=status, error=error, done_ns=done_ns or monotonic_ns(), message=message)

    def _fail(self, error: BaseException) -> None:
        request = self._request
        if not request.is_open:
            return
        if _is_cancellation(error):
            self._owner.open_requests.discard(request)
            request.cut_off()
        elif isinstance(error, aiohttp.ClientResponseError) and error.__cause__ is None and error.status:
            self._end(status=error.status)  # what raise_for_status made of an answer
        else:
            self._end(error=code_of(error, request), message=str(error) or type(error).__name__)


class MeasuredResponse(aiohttp.ClientResponse):
    """A response that tells its watch when the script is done with it."""

    watch: Watch | None = None
    _is_reading = False

    async def read(self) -> bytes:
        """Read the body, as aiohttp does."""
        self._is_reading = True  # on a failure aiohttp closes the response before it raises
        try:
            return await super().read()
        except BaseException as error:
            self._tell(error)
            raise
        finally:
            self._is_reading = False

    def close(self) -> None:
        """Close the connection."""
        if not self._is_reading:
            self._tell(None)
        super().close()

    def release(self) -> Any:
        """Give the connection back, or close it if there is something left to read."""
        if not self._is_reading:
            self._tell(None)
        return super().release()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_of_reading = isinstance(error, TimeoutError) or _is_cancellation(error)
        self._tell(error if is_of_reading else None)  # others are the script's own, or those of the content
        await super().__aexit__(kind, error, traceback)

    def _tell(self, error: BaseException | None) -> None:
        watch, self.watch = self.watch, None
        if watch is not None:
            watch.let_go(error or self.content.exception())


def trace_config() -> aiohttp.TraceConfig:
    """Make the trace of sessions that have an `owner`; one serves all of them."""
    config = aiohttp.TraceConfig(trace_config_ctx_factory=Watch)  # type: ignore[arg-type]

    async def start(session: Any, watch: Any, asked: aiohttp.TraceRequestStartParams) -> None:
        watch.start(session.owner, asked)

    async def fail(session: Any, watch: Any, failed: aiohttp.TraceRequestExceptionParams) -> None:
        watch.fail(asyncio.CancelledError() if session.closed else failed.exception)

    config.on_request_start.append(start)
    config.on_connection_queued_start.append(_told(Watch.queue))
    config.on_connection_create_start.append(_told(Watch.create))
    config.on_dns_resolvehost_start.append(_told(Watch.look_up))
    config.on_dns_resolvehost_end.append(_told(Watch.know_address))
    config.on_connection_create_end.append(_told(Watch.connect))
    config.on_connection_reuseconn.append(_told(Watch.reuse))
    config.on_request_headers_sent.append(_told(Watch.send_head))
    config.on_request_chunk_sent.append(_told(Watch.send_piece))
    config.on_request_redirect.append(_told(Watch.redirect))
    config.on_request_end.append(_told(Watch.finish))
    config.on_request_exception.append(fail)
    return config


def _told(method: Callable[[Watch, Any], None]) -> Any:
    async def tell(_session: object, watch: Watch, told: object) -> None:
        method(watch, told)

    return tell


def _is_cancellation(error: BaseException | None) -> bool:
    return isinstance(error, (asyncio.CancelledError, GeneratorExit))


def _name_of(url: URL, base: Url | None) -> str:
    """The path, below the base URL if it is there, without query."""
    path = url.raw_path
    if base is not None and base.origin == (url.scheme, url.host, url.port):
        path = path.removeprefix(base.path_and_query.rstrip("/"))
    return path or "/"


def _size_of(response: aiohttp.ClientResponse) -> int:
    """Bytes of the answer as far as aiohttp knows them."""
    head = len("HTTP/1.1 200 \r\n\r\n") + len(response.reason or "")
    head += sum(len(key) + len(value) + 4 for key, value in response.raw_headers)
    content = response.content
    return head + int(getattr(content, "total_raw_bytes", content.total_bytes))
