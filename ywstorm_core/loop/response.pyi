from collections.abc import Iterable
from typing import Any, TypeVar, final, overload

from ywstorm_core.errors import ErrorInfo

__all__ = ["Headers", "Response", "Timings"]

_T = TypeVar("_T")

class Headers(dict[str, str]):
    """
    Header fields of an answer: names in any case, as text (Latin-1).

    Several fields of one name are joined by ", "; `get_all` keeps them apart, which matters for Set-Cookie.

    Example:
        r.headers["Content-Type"], r.headers.get("retry-after", "0"), r.headers.get_all("set-cookie")

    Args:
        pairs: Names and values in the order in which they came.
    """

    pairs: list[tuple[str, str]]
    """Every field as it came."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None: ...
    def __getitem__(self, name: str) -> str: ...
    def __contains__(self, name: object) -> bool: ...
    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    @overload
    def get(self, name: str, default: _T) -> str | _T: ...
    def get_all(self, name: str) -> list[str]:
        """Values of all fields of a name, in order; empty if there is none."""

@final
class Timings:
    """
    Where the time of one request went, in milliseconds.

    service = blocked + looking_up + connecting + tls_handshaking + sending + waiting + receiving, exactly, before the
    division by 10⁶. On a connection that was open already the first four are 0.

    Example:
        if r.timings.waiting_ms > 500: ...
    """

    @property
    def blocked_ms(self) -> float:
        """Wait for a connection of the pool."""
    @property
    def looking_up_ms(self) -> float:
        """DNS; 0 for an address and for a name that was known."""
    @property
    def connecting_ms(self) -> float:
        """TCP handshake."""
    @property
    def tls_handshaking_ms(self) -> float: ...
    @property
    def sending_ms(self) -> float:
        """From the connection to the last byte handed to the kernel."""
    @property
    def waiting_ms(self) -> float:
        """To the first byte of the answer."""
    @property
    def receiving_ms(self) -> float:
        """To its last byte."""
    @property
    def duration_ms(self) -> float:
        """sending + waiting + receiving: `http_req_duration`."""
    @property
    def service_ms(self) -> float:
        """From the call of `vu.get` to the end: `http_req_service`."""
    @property
    def latency_ms(self) -> float:
        """From the instant at which the request was due to its end: `http_req_latency`, service + lateness."""
    @property
    def lateness_ms(self) -> float:
        """By how much the call came later than it was due; what the generator, or the script itself, added."""

@final
class Response:
    """
    The answer to a request, or the reason why there is none. A failure in transport does not raise.

    Example:
        r = await vu.get("/me")
        if vu.check("signed in", r.status == 200):
            vu.state["name"] = r.json()["name"]
    """

    @property
    def status(self) -> int:
        """100 to 999; 0 when nothing was answered: `error` says why."""
    @property
    def ok(self) -> bool:
        """Whether the status is an expected one, 200 to 399. What is not ok counts in `http_req_failed`."""
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str:
        """Absolute, with its query; as the script gave it if that was absolute."""
    @property
    def headers(self) -> Headers:
        """Empty without an answer."""
    @property
    def body(self) -> bytes:
        """As it came; b"" without an answer, and with `discard_bodies`."""
    @property
    def cookies(self) -> dict[str, str]:
        """Names and values of the cookies that this answer sets; `vu.cookies` has all that are kept."""
    @property
    def text(self) -> str:
        """The body in the charset that its Content-Type names, else UTF-8; what does not decode becomes U+FFFD."""
    @property
    def error(self) -> ErrorInfo | None:
        """Code, name, owner and hint of a failure in transport; None when there is an answer, be it a 500."""
    @property
    def error_code(self) -> int:
        """Tag `error_code`: as `error.code`, 1000 + status for 400 and above, 0 when all is well."""
    @property
    def timings(self) -> Timings: ...
    def json(self) -> Any:
        """
        Parse the body as JSON, whatever its Content-Type says.

        Raises:
            NoResponse: Nothing was answered.
            ValueError: The body is not JSON (`orjson.JSONDecodeError`).
        """
    def raise_for_error(self) -> None:
        """
        Raise if nothing was answered, for scripts that prefer exceptions.

        Raises:
            RequestError: Of the subclass for the failure: ConnectError, ReadError, RequestTimeout, …
        """
