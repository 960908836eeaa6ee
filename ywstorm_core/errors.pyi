from typing import Literal, NamedTuple

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
    """What there is to say about one way in which a request can end badly."""

    code: int
    """k6's number where the meaning is the same; 1000 + status for answers of 400 to 599."""
    name: str
    """`family.what`, as in summaries: "tcp.refused", "http.404"."""
    owner: Literal["target", "network", "generator", "script", "policy"]
    """The side that has to act. What the generator owns is no failure of the target."""
    hint: str
    """One sentence on what to do. The word URL in it stands for the address of the sample."""

ERRORS: dict[int, ErrorInfo]
"""Every failure in transport by its code. Status codes are not in it: see `error_info`."""

def error_info(code: int) -> ErrorInfo:
    """
    Name, owner and hint of a code, of 1400 to 1599 too.

    Returns:
        For a code that nobody has defined, a row named "unknown" that carries that code.
    """

class RequestError(Exception):
    """
    A request that was not answered, or not by HTTP. Awaiting a request never raises it: `raise_for_error()` does.

    Args:
        code: One of `ERRORS`, or 1000 + status.
        message: For people; the name and hint of the code when empty.
    """

    code: int
    name: str
    info: ErrorInfo
    message: str
    def __init__(self, code: int, message: str = "") -> None: ...

class ResolveError(RequestError):
    """The host's name has no address (`dns.*`)."""

class ConnectError(RequestError):
    """No connection came about: refused, unreachable, or this machine has no port or descriptor left."""

class TLSError(RequestError):
    """No secure connection came about, or it broke: certificate, version, alert, truncation (`tls.*`)."""

class WriteError(RequestError):
    """The connection broke while the request was being sent."""

class ReadError(RequestError):
    """The connection broke, or was closed, before the whole answer had come."""

class RequestTimeout(RequestError):  # noqa: N818 - scripts read better so
    """The answer did not come in time (`timeout.*`, `tls.timeout`)."""

class ProtocolError(RequestError):
    """What came is not HTTP/1.1, or nobody can tell where it ends (`http.*` of 1701 to 1728)."""

class NoResponse(RequestError):  # noqa: N818 - no failure of its own: it says what is missing
    """The script asked for the content of an answer that never came: `Response.json()` with status 0."""

def request_error(code: int, message: str = "") -> RequestError:
    """The exception for a code: an instance of the subclass whose family it belongs to."""
