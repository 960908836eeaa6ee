"""What aiohttp raises, in the numbers of `ywstorm_core.errors`."""

import errno
import ssl

import aiohttp
from aiohttp import http_exceptions as malformed

from ywstorm.worker.session_resolver import LookUpError
from ywstorm_core.errors import ERRORS
from ywstorm_core.loop.foreign import ForeignRequest

__all__ = ["code_of"]

_CODES = {info.name: code for code, info in ERRORS.items()}

_OF_ERRNO = {
    errno.ECONNREFUSED: "tcp.refused",
    errno.ETIMEDOUT: "tcp.connect_timeout",
    errno.ENETUNREACH: "tcp.unreachable",
    errno.EHOSTUNREACH: "tcp.unreachable",
    errno.EPIPE: "tcp.broken_pipe",
    errno.ECONNRESET: "tcp.reset",
    errno.EADDRNOTAVAIL: "gen.ports_exhausted",
    errno.EMFILE: "gen.fd_exhausted",
    errno.ENFILE: "gen.fd_exhausted",
    errno.ENOMEM: "gen.no_memory",
    errno.ENOBUFS: "gen.no_buffers",
}
_HANG_UPS = (ConnectionResetError, ConnectionAbortedError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_OF_VERIFICATION = {  # OpenSSL's X509_V_ERR_*
    2: "tls.unknown_ca",
    9: "tls.expired",
    10: "tls.expired",
    18: "tls.self_signed",
    19: "tls.self_signed",
    20: "tls.unknown_ca",
    21: "tls.unknown_ca",
    62: "tls.hostname",
    64: "tls.hostname",
}
_OF_SSL_REASON = {
    "WRONG_VERSION_NUMBER": "tls.not_tls",
    "HTTP_REQUEST": "tls.not_tls",
    "RECORD_LAYER_FAILURE": "tls.not_tls",
    "UNSUPPORTED_PROTOCOL": "tls.version_or_cipher",
    "NO_PROTOCOLS_AVAILABLE": "tls.version_or_cipher",
    "NO_SHARED_CIPHER": "tls.version_or_cipher",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls.version_or_cipher",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls.version_or_cipher",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "tls.client_cert_required",
}
_OF_TYPE = (  # the first that fits
    (aiohttp.TooManyRedirects, "redirect.too_many"),
    (aiohttp.RedirectClientError, "redirect.bad_location"),
    (aiohttp.InvalidURL, "url.invalid"),
    (aiohttp.NonHttpUrlClientError, "url.scheme"),
    (aiohttp.ServerFingerprintMismatch, "tls.chain_other"),
    (malformed.BadStatusLine, "http.bad_status_line"),
    (malformed.LineTooLong, "http.head_too_large"),
    (malformed.ContentEncodingError, "http.decode_failed"),
    (malformed.TransferEncodingError, "http.body_truncated"),
    (malformed.ContentLengthError, "http.body_truncated"),
    (malformed.HttpProcessingError, "http.bad_header"),
    (aiohttp.ClientPayloadError, "http.body_truncated"),
)


def code_of(error: BaseException, request: ForeignRequest) -> int:
    """
    ErrorCode of what a request of aiohttp raised.

    Args:
        error: Any exception but a cancellation.
        request: How far it had come: the same exception means different things before and after the connection.
    """
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, LookUpError):
            return cause.code
    return _CODES[_name_of(error, causes, request)]


def _causes(error: BaseException | None) -> list[BaseException]:
    """The error and what caused it, the innermost first."""
    found: list[BaseException] = []
    while error is not None:
        found.insert(0, error)
        error = error.__cause__
    return found


def _name_of(error: BaseException, causes: list[BaseException], request: ForeignRequest) -> str:
    if isinstance(error, TimeoutError):
        return _name_of_timeout(error, request)
    is_handshaking = request.url.startswith("https:") and not request.connected_ns
    if is_handshaking and isinstance(causes[0], _HANG_UPS):
        return "tls.closed_in_handshake"
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _OF_VERIFICATION.get(cause.verify_code, "tls.chain_other")
        if isinstance(cause, ssl.SSLError):
            return _OF_SSL_REASON.get(cause.reason or "", "tls.unknown")
        for kind, name in _OF_TYPE:
            if isinstance(cause, kind):
                return name
    if isinstance(error, (aiohttp.ServerDisconnectedError, ConnectionError)) and request.is_reused:
        return "tcp.stale_closed"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "tcp.closed_no_response"
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in _OF_ERRNO:
            return _OF_ERRNO[cause.errno]
    if isinstance(error, aiohttp.ClientConnectorError):
        return "tcp.connect_failed"
    if isinstance(error, ConnectionError):
        return "tcp.reset"
    return "tcp.unknown" if isinstance(error, (OSError, aiohttp.ClientConnectionError)) else "script.invalid_request"


def _name_of_timeout(error: TimeoutError, request: ForeignRequest) -> str:
    if not request.unblocked_ns:
        return "timeout.pool_wait"
    if not request.looked_up_ns:
        return "dns.timeout"
    if not request.connected_ns:
        return "tcp.connect_timeout"
    if isinstance(error, aiohttp.SocketTimeoutError):
        return "timeout.body_idle" if request.first_byte_ns else "timeout.first_byte"
    return "timeout.total"
