from typing import final

__all__ = ["ResponseParser", "parse_headers", "values_of"]

@final
class ResponseParser:
    """
    Sans-IO parser of the answer to one HTTP/1 request. Compiled callers use the methods of http1.pxd; tests use these.

    Feed bytes until `is_complete` or `error`; the result is the same however they are cut. Bytes after a complete
    answer are not consumed. A parser serves any number of answers, one after the other, each after a `begin`.
    """

    max_head_bytes: int
    """Bytes of the head, interim heads included, and of the trailers; 64 KiB. More is HEAD_TOO_LARGE."""
    max_fields: int
    """Fields of one head, and of the trailers; 256. More is TOO_MANY_HEADERS."""
    max_interim: int
    """1xx answers before the final one; 100. More is TOO_MANY_1XX."""
    max_body_bytes: int
    """Bytes of a body that is kept; 64 MiB. More is BODY_TOO_LARGE."""

    @property
    def status(self) -> int:
        """100 to 999 once a status line was read, of an interim answer too; 0 before."""
    @property
    def minor(self) -> int:
        """1 for HTTP/1.1, 0 for HTTP/1.0."""
    @property
    def error(self) -> int:
        """ErrorCode of the first fault, which ends the parsing; 0 when there is none."""
    @property
    def has_started(self) -> bool:
        """A byte was seen."""
    @property
    def is_complete(self) -> bool: ...
    @property
    def is_keep_alive(self) -> bool:
        """Whether the connection may carry another request after this answer."""
    @property
    def is_chunked(self) -> bool: ...
    @property
    def is_lenient(self) -> bool:
        """Something cosmetic was wrong and tolerated: bare LF, a folded field, an empty line first, a status ≥ 600."""
    @property
    def has_content_encoding(self) -> bool:
        """The final head has a Content-Encoding."""
    @property
    def has_set_cookie(self) -> bool:
        """The final head has a Set-Cookie."""
    @property
    def has_location(self) -> bool:
        """The final head has a Location."""
    @property
    def keep_alive_timeout_s(self) -> int:
        """Seconds that Keep-Alive promises; -1: nothing."""
    @property
    def content_length(self) -> int:
        """Bytes that Content-Length declares; -1: none declared."""
    @property
    def head_bytes(self) -> int:
        """Bytes up to the end of the final head, interim heads included."""
    @property
    def body_bytes(self) -> int:
        """Bytes of the body without chunk framing, counted for a discarded body too."""
    @property
    def wire_bytes(self) -> int:
        """Bytes consumed."""
    def begin(self, is_head: bool = False, keeps_body: bool = True) -> None:
        """
        Make ready for an answer.

        Args:
            is_head: The request was a HEAD, so the answer has no body.
            keeps_body: False frames and counts the body without storing it.
        """
    def feed_bytes(self, data: bytes) -> int:
        """
        Read on.

        Returns:
            How many bytes belonged to this answer; fewer than given once it is complete, 0 after its end.
        """
    def finish(self) -> int:
        """
        Take note that the peer has closed.

        Returns:
            0 when that ends the answer legally or it was complete before, else the ErrorCode.
        """
    def head(self) -> bytes:
        """The field lines of the final answer, raw, without the status line and the empty line."""
    def body(self) -> bytes:
        """The body; empty when it was discarded."""

def parse_headers(head: bytes) -> list[tuple[str, str]]:
    """
    Split what `ResponseParser.head` returns.

    Returns:
        (name, value) of each field in order: Latin-1 text, names as they were sent, values without blanks around
        them, folded lines joined by a space.

    Raises:
        ValueError: A line without a colon. No head that the parser has accepted has one.
    """

def values_of(head: bytes, name: bytes) -> list[str]:
    """
    Values of the fields of one name in what `ResponseParser.head` returns, as `parse_headers` would give them.

    Args:
        head: Field lines.
        name: In lower case; matches any case.

    Raises:
        ValueError: A line without a colon.
    """
