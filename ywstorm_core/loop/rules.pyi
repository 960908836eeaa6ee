from collections.abc import Callable
from typing import final

from ywstorm_core.net.pool import Pool

__all__ = ["Limits", "RequestRules"]

@final
class Limits:
    """The time limits of a request, in ns."""

    @property
    def total_ns(self) -> int: ...
    @property
    def connect_ns(self) -> int: ...
    @property
    def tls_ns(self) -> int: ...
    @property
    def first_byte_ns(self) -> int: ...
    @property
    def body_idle_ns(self) -> int: ...
    @property
    def least_ns(self) -> int:
        """The shortest of the phases'."""
    def __init__(
        self,
        total: int,
        *,
        connect: int | None = None,
        tls: int | None = None,
        first_byte: int | None = None,
        body_idle: int | None = None,
    ) -> None:
        """Set the limits; None is no limit, and a phase without one is bound by *total* alone."""

@final
class RequestRules:
    """
    How the requests of a run are made, unless one has rules of its own.

    Args:
        limits: Time limits.
        expected: One byte per status from 0 to 999: 1 where it is no failure.
        user_agent: Value of the User-Agent header; "" sends none.
        max_redirects: Redirects that a request follows; 0: none.
        keeps_body: False discards bodies after framing.
        keeps_connections: False: each request opens its own.
        keeps_between: False: those of a virtual user are closed after each iteration.
        keeps_cookies: False: each iteration of a virtual user begins without.
        shared: Idle connections of all virtual users; None: each has its own.
        seed: Of `vu.random`.
        parse_duration: Nanoseconds of a duration that a script gives as text.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        expected: bytes = ...,
        user_agent: str = "ywstorm",
        max_redirects: int = 10,
        keeps_body: bool = True,
        keeps_connections: bool = True,
        keeps_between: bool = True,
        keeps_cookies: bool = True,
        shared: Pool | None = None,
        seed: int = 0,
        parse_duration: Callable[[str], int] | None = None,
    ) -> None: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def expected(self) -> bytes: ...
    @property
    def fixed_head(self) -> bytes:
        """Field lines of every request."""
    @property
    def max_redirects(self) -> int: ...
    @property
    def keeps_body(self) -> bool: ...
    @property
    def keeps_connections(self) -> bool: ...
    @property
    def keeps_between(self) -> bool: ...
    @property
    def keeps_cookies(self) -> bool: ...
    @property
    def shared(self) -> Pool | None: ...
    @property
    def seed(self) -> int: ...
