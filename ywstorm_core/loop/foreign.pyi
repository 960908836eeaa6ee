from collections.abc import Mapping
from typing import final

from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.statuses import Statuses

__all__ = ["ForeignRequest"]

@final
class ForeignRequest:
    """
    A request that another client makes for a virtual user, counted as started from now on.

    It must come to its end exactly once, by `end` or `cut_off`.

    Args:
        vu: Whose request it is; its group and tags are those of this instant.
        method: In capitals.
        url: Absolute, for messages.
        name: Under which it is recorded.
        tags: The script's own.
        expected_statuses: Answers that are no failure; None: those of the options.
        begin_ns: When it began, which is then also when it was due (a redirect); 0: now, due when *vu* could go on.
    """

    unblocked_ns: int
    """Instant at which a connection could be opened, or an idle one was taken. 0, as below: not reached."""
    looked_up_ns: int
    """Instant at which the address was known."""
    connected_ns: int
    """Instant at which the connection stood, TLS included."""
    sent_ns: int
    """Instant of the last byte sent."""
    first_byte_ns: int
    """Instant of the first byte of the answer."""
    is_reused: bool
    """Whether its connection had served another request."""
    bytes_sent: int
    bytes_received: int
    n_sent: int
    """How often its first byte was sent: 0, 1, or more when the client resent it."""

    def __init__(
        self,
        vu: VirtualUser,
        method: str,
        url: str,
        *,
        name: str,
        tags: Mapping[str, object] | None = None,
        expected_statuses: Statuses | None = None,
        begin_ns: int = 0,
    ) -> None:
        """
        Raises:
            ValueError: *expected_statuses* are none.
        """
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def due_ns(self) -> int: ...
    @property
    def begin_ns(self) -> int: ...
    @property
    def is_open(self) -> bool:
        """Whether neither `end` nor `cut_off` was called."""
    def cut_off(self) -> None:
        """
        Count it as neither answered nor failed; nothing is recorded.

        Raises:
            RuntimeError: It has ended already.
        """
    def end(self, *, status: int = 0, error: int = 0, done_ns: int, message: str | None = None) -> Response:
        """
        Record it.

        Args:
            status: Of the answer; 0: there was none.
            error: ErrorCode of a failure in transport; 0: it was answered, and the status alone decides.
            done_ns: Instant of the last byte, or of the failure.
            message: What went wrong, in words.

        Returns:
            The response as the engine's observer sees it, without headers and body.

        Raises:
            RuntimeError: It has ended already.
        """
