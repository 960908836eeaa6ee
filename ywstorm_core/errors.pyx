"""
The table of request outcomes, and the exceptions that carry them into a script.

One number per way in which a request can end badly (errors.pxd); here each gets its name, the side that has to act,
and a sentence on what to do. Inside the core an outcome is only its number: exceptions are made for Python callers.
"""

from typing import NamedTuple

__all__ = [
    "ERRORS",
    "ConnectError",
    "ErrorInfo",
    "NoResponse",
    "ProtocolError",
    "ReadError",
    "RequestError",
    "RequestTimeout",
    "ResolveError",
    "TLSError",
    "WriteError",
    "error_info",
    "request_error",
]


class ErrorInfo(NamedTuple):
    code: int
    name: str
    owner: str
    hint: str


cdef str NOT_HTTP = "does this port speak plain HTTP/1.1? A TLS port needs an https URL"
cdef str AMBIGUOUS = "nobody can tell where this answer ends: mend the server, or the proxy in front of it"
cdef str CUT_OFF = "the server, or a proxy before it, closed in the middle of an answer: look at its log and time-outs"
cdef str OVER_LIMIT = "far more than an honest answer needs: is the server running wild?"

cdef list ROWS = [
    (UNKNOWN, "unknown", "network", "a failure that ywstorm has no name for: please report it with this line"),
    (URL_INVALID, "url.invalid", "script", "the URL is malformed: the sample names the part"),
    (URL_SCHEME, "url.scheme", "script", "only http and https URLs can be requested"),
    (REDIRECT_TOO_MANY, "redirect.too_many", "target",
     "more redirects than max_redirects allows: do they lead in a circle?"),
    (REDIRECT_BAD_LOCATION, "redirect.bad_location", "target",
     "a redirect to nowhere: its Location is missing or cannot be requested"),
    (TIMEOUT_TOTAL, "timeout.total", "target",
     "no whole answer in time: is the server overloaded, or the limit too short?"),
    (TIMEOUT_FIRST_BYTE, "timeout.first_byte", "target",
     "the request was sent, and nothing came back in time: is the server overloaded, or the limit too short?"),
    (TIMEOUT_BODY_IDLE, "timeout.body_idle", "target",
     "the answer stopped in the middle: is the server, or a proxy before it, stuck?"),
    (TIMEOUT_POOL_WAIT, "timeout.pool_wait", "script",
     "its turn in the batch did not come in time: at most 6 requests of a batch run at once against one server"),
    (STOPPED, "stopped", "policy",
     "cut off at the end of its iteration or of graceful_stop: not an error of the target"),
    (DNS_UNKNOWN, "dns.unknown", "network", "the resolver failed: does `getent hosts NAME` work on this machine?"),
    (DNS_NXDOMAIN, "dns.nxdomain", "network", "no such name: is the host in the URL spelt right?"),
    (DNS_TIMEOUT, "dns.timeout", "network", "the resolver did not answer: is the name server reachable from here?"),
    (DNS_SERVFAIL, "dns.servfail", "network",
     "the name server could not answer: try again, or ask who runs the zone"),
    (DNS_NO_ADDRESS, "dns.no_address", "network", "the name exists but has no IPv4 or IPv6 address"),
    (POLICY_DOWNGRADE, "policy.downgrade", "policy",
     "an https URL redirects to plain http, which is not followed: mend the redirect, or start at the http URL"),
    (TCP_UNKNOWN, "tcp.unknown", "network",
     "a socket error that ywstorm has no name for: please report it with this line"),
    (TCP_BROKEN_PIPE, "tcp.broken_pipe", "target",
     "the server closed while the request was being sent: does it limit the size of requests?"),
    (TCP_CONNECT_FAILED, "tcp.connect_failed", "network",
     "no connection could be made: is the server running at URL?"),
    (TCP_CONNECT_TIMEOUT, "tcp.connect_timeout", "network",
     "nobody answered: does a firewall drop packets, or is the server's backlog full?"),
    (TCP_REFUSED, "tcp.refused", "target", "nothing listens there: is the server running at URL?"),
    (TCP_CONNECT_ERRNO, "tcp.connect_errno", "network", "the kernel could not connect: the sample names its reason"),
    (TCP_UNREACHABLE, "tcp.unreachable", "network",
     "no route to the host: is it in a network that this machine can reach?"),
    (TCP_RESET, "tcp.reset", "target",
     "the connection was reset: did the server crash, restart or run out of backlog?"),
    (TCP_CLOSED_NO_RESPONSE, "tcp.closed_no_response", "target",
     "the server took the connection and closed it without a word: look at its log"),
    (TCP_STALE_CLOSED, "tcp.stale_closed", "target",
     "the server closed an idle connection just as a request went out: "
     "its keep-alive time-out is shorter than the pauses of the script"),
    (TLS_UNKNOWN, "tls.unknown", "network",
     "TLS failed in a way that ywstorm has no name for: the sample has OpenSSL's"),
    (TLS_NOT_TLS, "tls.not_tls", "target",
     "this port does not speak TLS: is it the right one, or is the URL an http one?"),
    (TLS_TIMEOUT, "tls.timeout", "target",
     "the handshake took too long: full ones cost a server much, is it overloaded?"),
    (TLS_ALERT, "tls.alert", "target", "the server broke off with an alert: the sample has its number and meaning"),
    (TLS_VERSION_OR_CIPHER, "tls.version_or_cipher", "target",
     "no version or cipher in common: TLS 1.2 is the least that ywstorm speaks"),
    (TLS_CLOSED_IN_HANDSHAKE, "tls.closed_in_handshake", "target",
     "the server closed before TLS was set up: is it overloaded, or does it not know this host name?"),
    (TLS_TRUNCATED, "tls.truncated", "target",
     "the body ends with the connection, which ended without TLS's goodbye: nobody can tell whether it is whole"),
    (TLS_UNKNOWN_CA, "tls.unknown_ca", "target",
     "signed by an authority that is not trusted here: name it with ca_file, or is an intermediate missing?"),
    (TLS_HOSTNAME, "tls.hostname", "target", "the certificate is for another name than the URL's host"),
    (TLS_EXPIRED, "tls.expired", "target",
     "the certificate has expired or is not valid yet: renew it, or set this machine's clock"),
    (TLS_SELF_SIGNED, "tls.self_signed", "target",
     "the certificate vouches for itself: name it with ca_file, or use insecure=True where it does not matter"),
    (TLS_CLIENT_CERT_REQUIRED, "tls.client_cert_required", "script",
     "the server wants to know its clients: give client_cert and client_key"),
    (TLS_CHAIN_OTHER, "tls.chain_other", "target", "the certificate cannot be trusted: the sample says why"),
    (DECODE_FAILED, "http.decode_failed", "target",
     "the body is not what its encoding says, or coded in a way that ywstorm does not know"),
    (DECODE_BOMB, "http.decode_bomb", "target",
     "the body is tiny and unpacks to more than 64 MiB: is the server under attack, or attacking?"),
    (TOO_MANY_ENCODINGS, "http.too_many_encodings", "target", "more than five encodings of one body: mend the server"),
    (BAD_STATUS_LINE, "http.bad_status_line", "target", NOT_HTTP),
    (BAD_VERSION, "http.bad_version", "target", NOT_HTTP),
    (BAD_HEADER, "http.bad_header", "target", "a header line that breaks the syntax of HTTP: mend the server"),
    (HEAD_TOO_LARGE, "http.head_too_large", "target", "more than 64 KiB of headers: " + OVER_LIMIT),
    (TOO_MANY_HEADERS, "http.too_many_headers", "target", "more than 256 headers: " + OVER_LIMIT),
    (BAD_CONTENT_LENGTH, "http.bad_content_length", "target", AMBIGUOUS),
    (CONFLICTING_LENGTH, "http.conflicting_length", "target", AMBIGUOUS),
    (BAD_TRANSFER_ENCODING, "http.bad_transfer_encoding", "target", AMBIGUOUS),
    (BAD_CHUNK_SIZE, "http.bad_chunk_size", "target", AMBIGUOUS),
    (BAD_CHUNK_END, "http.bad_chunk_end", "target", AMBIGUOUS),
    (CHUNK_OVERHEAD, "http.chunk_overhead", "target",
     "most of the body is chunk framing: the server flushes after every few bytes"),
    (BAD_TRAILER, "http.bad_trailer", "target", AMBIGUOUS),
    (BODY_TRUNCATED, "http.body_truncated", "target", CUT_OFF),
    (HEAD_TRUNCATED, "http.head_truncated", "target", CUT_OFF),
    (EXTRA_BYTES, "http.extra_bytes", "target",
     "bytes after the end of an answer: its Content-Length is too small, or it may have no body"),
    (TOO_MANY_1XX, "http.too_many_1xx", "target", "more than 100 interim answers: " + OVER_LIMIT),
    (UNEXPECTED_101, "http.unexpected_101", "target", "the server changed protocols although nobody asked it to"),
    (BODY_TOO_LARGE, "http.body_too_large", "target",
     "more than 64 MiB: discard_bodies=True lets bodies of any size pass"),
    (UNSOLICITED, "http.unsolicited", "target", "bytes on an idle connection: the server answers what nobody asked"),
    (HTTP_UNEXPECTED_STATUS, "http.unexpected_status", "target",
     "a status that expected_statuses does not name: the sample shows it"),
    (SCRIPT_EXCEPTION, "script.exception", "script",
     "the body's iterator raised: its traceback is shown with the exceptions"),
    (INVALID_REQUEST, "script.invalid_request", "script",
     "the request cannot be sent as it is: the sample names the part"),
    (GEN_UNKNOWN, "gen.unknown", "generator",
     "this machine failed in a way that ywstorm has no name for: please report it with this line"),
    (GEN_PORTS_EXHAUSTED, "gen.ports_exhausted", "generator",
     "no local port is free: keep connections alive, or widen net.ipv4.ip_local_port_range"),
    (GEN_FD_EXHAUSTED, "gen.fd_exhausted", "generator",
     "no descriptor is free: raise the hard limit (ulimit -Hn) or use fewer VUs"),
    (GEN_NO_MEMORY, "gen.no_memory", "generator",
     "this machine is out of memory: use fewer VUs, or discard_bodies=True"),
    (GEN_NO_BUFFERS, "gen.no_buffers", "generator",
     "the kernel has no socket buffers left: use fewer connections, or raise net.ipv4.tcp_mem"),
]

ERRORS = {code: ErrorInfo(code, name, owner, hint) for code, name, owner, hint in ROWS}

cdef dict STATUS_HINTS = {
    400: "the server did not understand the request: is the body what it expects?",
    401: "not logged in: did the log-in fail, or has the token expired?",
    403: "logged in, but not allowed: does this user have the right?",
    404: "no such route or object: compare the path with the API",
    405: "the route exists, but not for this method",
    408: "the server waited for the request and gave up: is this machine overloaded?",
    409: "in conflict with what is stored: do users of the script share data?",
    413: "the body is larger than the server accepts",
    422: "well-formed, but refused: the body of the answer may say why",
    429: "rate limit reached: the server counts per address or user; spread the load, or lift the limit for the test",
    502: "the proxy got no valid answer from the server behind it: is that one alive?",
    503: "overloaded or in maintenance: the load has reached the limit of the service",
    504: "the proxy waited in vain for the server behind it",
}

cdef str CLIENT_HINT = "the server refused the request: the body of the answer may say why"
cdef str SERVER_HINT = "the server failed: look at its log"


def error_info(int code):
    if code in ERRORS:
        return ERRORS[code]
    if not 1400 <= code <= 1599:
        return ErrorInfo(code, "unknown", "network", ERRORS[UNKNOWN].hint)
    status = code - 1000
    hint = STATUS_HINTS.get(status, CLIENT_HINT if status < 500 else SERVER_HINT)
    return ErrorInfo(code, f"http.{status}", "target", hint)


class RequestError(Exception):
    def __init__(self, code: int, message: str = ""):
        self.info = error_info(code)
        self.code = self.info.code
        self.name = self.info.name
        self.message = message or f"{self.name}: {self.info.hint}"
        super().__init__(code, message)

    def __str__(self):
        return self.message


class ResolveError(RequestError):
    pass


class ConnectError(RequestError):
    pass


class TLSError(RequestError):
    pass


class WriteError(RequestError):
    pass


class ReadError(RequestError):
    pass


class RequestTimeout(RequestError):
    pass


class ProtocolError(RequestError):
    pass


class NoResponse(RequestError):
    pass


cdef tuple CLASSES = (
    (TIMEOUT_TOTAL, TIMEOUT_POOL_WAIT, RequestTimeout),
    (DNS_UNKNOWN, DNS_NO_ADDRESS, ResolveError),
    (TCP_BROKEN_PIPE, TCP_BROKEN_PIPE, WriteError),
    (TCP_CONNECT_FAILED, TCP_UNREACHABLE, ConnectError),
    (TCP_UNKNOWN, TCP_STALE_CLOSED, ReadError),
    (TLS_TIMEOUT, TLS_TIMEOUT, RequestTimeout),
    (TLS_UNKNOWN, TLS_CHAIN_OTHER, TLSError),
    (DECODE_FAILED, HTTP_UNEXPECTED_STATUS, ProtocolError),
    (GEN_PORTS_EXHAUSTED, GEN_FD_EXHAUSTED, ConnectError),
)


def request_error(int code, str message=""):
    for first, last, kind in CLASSES:
        if first <= code <= last:
            return kind(code, message)
    return RequestError(code, message)
