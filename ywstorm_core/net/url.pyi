from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, final

__all__ = ["Url", "UrlError", "encode_query", "join", "parse_url", "target_of"]

_Scalar: TypeAlias = str | bytes | int | float | bool | None
_Value: TypeAlias = _Scalar | list[Any] | tuple[_Scalar, ...]

class UrlError(ValueError):
    """A URL that cannot be requested; the message says which part and why, never a password."""

    code: int
    """URL_INVALID (1020) or URL_SCHEME (1021)."""
    def __init__(self, message: str, code: int = 1020) -> None: ...

@final
class Url:
    """An absolute http or https URL; made by `parse_url` and `join` alone. Equal when their texts are."""

    @property
    def scheme(self) -> str:
        """ "http" or "https"."""
    @property
    def host(self) -> str:
        """In lower case and ASCII; an IPv6 address without brackets."""
    @property
    def port(self) -> int:
        """1 to 65535; the scheme's own when the URL names none."""
    @property
    def path_and_query(self) -> str:
        """The request target: begins with "/", percent-encoded, without a fragment."""
    @property
    def host_header(self) -> str:
        """Value of the Host field: the port only where it is not the scheme's own."""
    @property
    def origin(self) -> tuple[str, str, int]:
        """(scheme, host, port): what connections, cookies and redirects go by."""
    @property
    def is_tls(self) -> bool: ...
    def __hash__(self) -> int: ...

def parse_url(text: str) -> Url:
    """
    Cut an absolute URL into its parts.

    Characters beyond ASCII are percent-encoded in path and query and IDNA-encoded in the host; a fragment is dropped.

    Raises:
        UrlError: Not http or https; a space or control character; a user name; a bad host, port or IPv6 address.
    """

def join(base: Url | None, reference: str) -> Url:
    """
    Resolve what a script passes to a request against its base URL.

    A reference with a scheme replaces the base. Any other is *appended* to the base's path ("http://h/api" and "/me"
    give "http://h/api/me"), which is what a base URL with a path is for, and not what RFC 3986 does with a link.

    Raises:
        UrlError: As `parse_url`; or the base is None, or has a query, and is needed.
    """

def target_of(base: Url | None, reference: str) -> str:
    """
    The request target of a reference without scheme: `join(base, reference).path_and_query`, without the Url.

    Raises:
        UrlError: As `join`.
    """

def encode_query(params: str | Mapping[str, _Value] | Iterable[tuple[str, _Value]]) -> str:
    """
    Write parameters as `application/x-www-form-urlencoded`, for a query or a form.

    Args:
        params: A mapping or pairs: lists and tuples repeat the name, None is left out, booleans are "true" and
            "false". A string is taken as a query that is encoded already, with or without its "?".

    Returns:
        Text without "?", such as "a=1&b=x+y"; "" for no parameters.

    Raises:
        UrlError: A space or control character in a string that should be encoded already.
        TypeError: A value of another type.
    """
