from collections.abc import Callable, Iterator
from typing import TypeVar, final, overload

from ywstorm_core.net.set_cookie import Cookie
from ywstorm_core.net.url import Url

__all__ = ["CookieJar"]

_T = TypeVar("_T")

@final
class CookieJar:
    """
    The cookies of one virtual user, kept by the rules of RFC 6265 and its revision.

    A cookie goes back to the host that set it, or to the names below its Domain; never to another IP address, never
    over plain HTTP when it is Secure. A Domain of one label ("com") is refused; public suffixes of several labels
    ("co.uk") are not known. At most 50 cookies a domain and 1,000 in all are kept (the oldest goes), of 4 KiB each, and
    8 KiB are sent.

    Example:
        vu.cookies.set("consent", "yes")
        token = vu.cookies.get("session", "")
        for cookie in vu.cookies: ...

    Args:
        home: Whose cookie `set` sets when it is told neither url nor domain: the base URL.
        now_s: Clock in seconds since 1970; None: the system's.
    """

    home: Url | None

    def __init__(self, home: Url | None = None, now_s: Callable[[], float] | None = None) -> None: ...
    def set(
        self,
        name: str,
        value: str,
        *,
        url: str | None = None,
        domain: str | None = None,
        path: str = "/",
        secure: bool = False,
        max_age_s: float | None = None,
    ) -> None:
        """
        Keep a cookie, as if a server had set it.

        Args:
            name: An HTTP token.
            value: ASCII without control characters and ";".
            url: The cookie is for this URL's host alone; a path means that of the base URL. Default: the base URL.
            domain: Instead of *url*: this domain and the names below it.
            path: Paths from this one down.
            secure: Send it over https alone.
            max_age_s: Seconds until it expires; None: never. 0 or less removes it.

        Raises:
            ValueError: A name, value, domain or path that cannot be sent; both or neither of *url* and *domain*.
        """
    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    @overload
    def get(self, name: str, default: _T) -> str | _T:
        """The value of a cookie of that name, whatever its domain: the one set last; *default* if there is none."""
    def delete(self, name: str) -> None:
        """Forget every cookie of that name; there need be none."""
    def clear(self) -> None:
        """Forget all cookies."""
    def header(self, url: str) -> str | None:
        """The value of the Cookie field for a request to an absolute URL; None without a cookie for it."""
    def take(self, url: str, values: list[str]) -> None:
        """Keep what the Set-Cookie values of the answer to *url* set; what a server may not set is passed over."""
    def __getitem__(self, name: str, /) -> str: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self) -> Iterator[Cookie]: ...
    def __len__(self) -> int: ...
