from collections.abc import Mapping
from typing import final

__all__ = ["RequestWriter", "render"]

@final
class RequestWriter:
    """Writes requests into one buffer, for compiled callers."""

def render(
    method: str,
    target: str,
    host: str = "localhost",
    headers: Mapping[str, str | bytes | float] | None = None,
    content_type: str | None = None,
    body: bytes | None = None,
    fixed_head: bytes = b"",
    cookies: bytes | None = None,
    authorization: str | None = None,
    is_chunked: bool = False,
) -> bytes:
    """
    Write one HTTP/1.1 request.

    Args:
        target: Path and query, percent-encoded.
        host: Value of the Host field, unless *headers* has one.
        headers: Text is sent as UTF-8; numbers as their decimal digits.
        content_type: Of the body, unless *headers* says otherwise; None sends none.
        fixed_head: Whole field lines, left out when *headers* has a User-Agent.
        cookies: A whole Cookie line, left out when *headers* has one.
        authorization: Value of that field, unless *headers* has one.
        is_chunked: Write the head of a request whose body follows in chunks.

    Raises:
        ValueError: Something that would break the framing or become another field, or a Content-Length or
            Transfer-Encoding of the caller's; the message names it.
    """
