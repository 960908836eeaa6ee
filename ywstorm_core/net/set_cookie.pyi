from typing import final

__all__ = ["Cookie", "cookies_of", "parse_set_cookie"]

@final
class Cookie:
    """One cookie, as it is stored. Immutable."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> str:
        """Latin-1 text: one character for each byte that the server sent."""
    @property
    def domain(self) -> str:
        """Host or domain in lower case; "" when `parse_set_cookie` was told none."""
    @property
    def path(self) -> str:
        """Begins with "/"; "" when `parse_set_cookie` was told none."""
    @property
    def is_host_only(self) -> bool:
        """For `domain` itself; False: for the names below it too."""
    @property
    def is_secure(self) -> bool:
        """Sent over https alone."""
    @property
    def expires_s(self) -> float:
        """Seconds since 1970; infinite for a cookie that lives as long as its VU."""

def parse_set_cookie(text: str, now_s: float) -> Cookie | None:
    """
    Read the value of one Set-Cookie field.

    Args:
        text: Latin-1 text of the field.
        now_s: What Max-Age counts from, in seconds since 1970.

    Returns:
        The cookie with its Domain and Path as they were written, "" for none; None for what has no name, holds a
        control character, or is larger than 4 KiB.
    """

def cookies_of(values: list[str]) -> dict[str, str]:
    """Names and values of several Set-Cookie fields: the last of each name; what cannot be read is passed over."""
