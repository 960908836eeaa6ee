"""
Where a redirect leads, and what may travel along: decisions alone, no request is made here.

Methods change as in browsers (the Fetch standard): 303 makes everything but HEAD a GET, 301 and 302 make a POST a GET,
307 and 308 change nothing. Credentials stay behind as soon as scheme, host or port differ, and nothing leads from https
to http. There is no search for loops: their length is limited by whoever follows.

Source: RFC 9110 §15.4, RFC 3986 §5.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar
from urllib.parse import quote_from_bytes

from ywstorm_core.net.url import Url, UrlError, parse_url

__all__ = ["REDIRECT_STATUSES", "Hop", "RedirectError", "carried", "is_redirect", "next_hop"]

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})

_BAD_LOCATION = 1031
_DOWNGRADE = 1114
_MAX_LOCATION = 8192
_SHOWN = 200
_SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})
_REFERENCE = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?")  # RFC 3986 B
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")

_Value = TypeVar("_Value")


class Hop(NamedTuple):
    """
    The request that follows a redirect.

    Attributes:
        method: Of the next request.
        url: Where it goes.
        keeps_body: The body goes along, or there would be none; False: it must not.
        keeps_secrets: Scheme, host and port are the same: credentials may go along.
    """

    method: str
    url: Url
    keeps_body: bool
    keeps_secrets: bool


class RedirectError(Exception):
    """A redirect that is not followed, with the ErrorCode that says why; the message is for people."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_redirect(status: int) -> bool:
    """Whether the answer asks for another request; a 304 or a 300 does not."""
    return status in REDIRECT_STATUSES


def next_hop(method: str, url: Url, status: int, location: str | None) -> Hop:
    """
    Decide what follows the answer *status* to *method* *url*.

    Args:
        method: In capitals.
        url: Of the request that was answered.
        status: One of `REDIRECT_STATUSES`.
        location: Latin-1 text of the Location field; None: there was none.

    Raises:
        RedirectError: No Location, or one that cannot be requested (1031); from https to http (1114).
    """
    target = resolve(url, location)
    if url.is_tls and not target.is_tls:
        raise RedirectError(
            _DOWNGRADE, f"{url.scheme}://{url.host_header} redirects to plain http: {_shown(str(target))}"
        )
    becomes_get = (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST")
    return Hop("GET" if becomes_get else method, target, status != 303 and not becomes_get, target.origin == url.origin)


def carried(headers: Mapping[str, _Value] | None, hop: Hop) -> dict[str, _Value]:
    """
    The script's headers that go along with *hop*; every copy of the others stays behind, in any case.

    Host never goes along: it belongs to a URL. Credentials need `hop.keeps_secrets`; what describes a body
    (``Content-…``, Transfer-Encoding, Expect) needs `hop.keeps_body`.
    """
    return {name: value for name, value in (headers or {}).items() if _goes_along(name.lower(), hop)}


def _goes_along(name: str, hop: Hop) -> bool:
    if name == "host":
        return False
    if name in _SECRETS:
        return hop.keeps_secrets
    if name.startswith("content-") or name in {"transfer-encoding", "expect"}:
        return hop.keeps_body
    return True


def resolve(base: Url, location: str | None) -> Url:
    """
    Read a Location relative to *base* as RFC 3986 §5.2 says. Spaces and bytes beyond ASCII are percent-encoded.

    Raises:
        RedirectError: 1031.
    """
    if location is None:
        raise RedirectError(_BAD_LOCATION, f"{base} redirects without a Location")
    if len(location) > _MAX_LOCATION:
        raise RedirectError(_BAD_LOCATION, f"{base} redirects to a Location of {len(location):,} bytes")
    if _CONTROLS.search(location):
        raise RedirectError(_BAD_LOCATION, f"{base} redirects to {_shown(location)!r}: it holds a control character")
    scheme, authority, path, query = _parts(_readable(location.strip(" ")))
    if scheme is not None and scheme.lower() not in {"http", "https"}:
        raise RedirectError(_BAD_LOCATION, f"{base} redirects to {_shown(location)!r}: not http or https")
    if scheme is not None and authority is None:
        raise RedirectError(_BAD_LOCATION, f"{base} redirects to {_shown(location)!r}: there is no host")
    base_path, _, base_query = base.path_and_query.partition("?")
    if authority is None:
        authority = base.host_header
        if not path:
            path = base_path
            query = query or (f"?{base_query}" if base_query else "")
        elif not path.startswith("/"):
            path = base_path[: base_path.rindex("/") + 1] + path
    text = f"{scheme or base.scheme}://{authority}{without_dots(path)}{query}"
    try:
        return parse_url(text)
    except UrlError as error:
        raise RedirectError(_BAD_LOCATION, f"{base} redirects to a bad URL: {error}") from error


def without_dots(path: str) -> str:
    """Remove "." and ".." segments. Source: RFC 3986 §5.2.4."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _parts(reference: str) -> tuple[str | None, str | None, str, str]:
    """Scheme, authority, path and query with its "?"; the fragment is dropped."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:  # the grammar takes any text without line ends, and there are none left
        raise AssertionError(reference)
    return match[1], match[2], match[3], match[4] or ""


def _readable(location: str) -> str:
    """Bytes that are UTF-8 become the text they mean, any others are percent-encoded."""
    text = location.replace(" ", "%20")
    if text.isascii():
        return text
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return text  # never came over a wire: it is text already
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(char if char.isascii() else quote_from_bytes(char.encode("latin-1")) for char in text)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
