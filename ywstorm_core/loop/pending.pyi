import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, final

from ywstorm_core.loop.timer import Timed

__all__ = ["DoneCallbacks", "Pending", "Sleep", "Wake", "install_next"]

_T_co = TypeVar("_T_co", covariant=True)

@final
class DoneCallbacks:
    """Who wants to hear that a future is done, for compiled callers."""

    @property
    def pairs(self) -> list[tuple[Callable[[Any], object], Context]]:
        """In the order in which they asked."""

class Pending(Coroutine[Any, Any, _T_co], Generic[_T_co]):
    """
    What a script awaits: a request or a sleep.

    `await` it, pass it to `asyncio.gather`, `wait_for`, `shield`, `as_completed`, `create_task` or a `TaskGroup`, or
    use it as the future that it also is. It may be awaited again after its end and gives the same value.
    `asyncio.wait` takes no coroutines, and takes it for one: wrap it in `create_task` there.
    """

    def __await__(self) -> Generator[Any, Any, _T_co]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Self: ...
    def send(self, value: Any) -> Any: ...
    def throw(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        """Cancel what is pending and raise the exception."""
    def close(self) -> None:
        """Cancel what is pending."""
    def get_loop(self) -> asyncio.AbstractEventLoop: ...
    def done(self) -> bool: ...
    def cancelled(self) -> bool: ...
    def cancel(self, msg: object = None) -> bool:
        """
        Give up: a request under way is cut off and its connection closed; it is neither answered nor failed.

        Returns:
            False when it had ended already.
        """
    def result(self) -> _T_co:
        """
        What `await` would give.

        Raises:
            asyncio.CancelledError: It was cancelled.
            asyncio.InvalidStateError: It has not ended.
        """
    def exception(self) -> None:
        """
        None: nothing but cancellation ends it badly.

        Raises:
            asyncio.CancelledError: It was cancelled.
            asyncio.InvalidStateError: It has not ended.
        """
    def add_done_callback(self, function: Callable[[Self], object], *, context: Context | None = None) -> None: ...
    def remove_done_callback(self, function: Callable[[Self], object]) -> int: ...
    @property
    def _asyncio_future_blocking(self) -> bool: ...
    @_asyncio_future_blocking.setter
    def _asyncio_future_blocking(self, value: bool) -> None: ...
    @property
    def _cancel_message(self) -> object: ...
    @_cancel_message.setter
    def _cancel_message(self, value: object) -> None: ...
    @property
    def _loop(self) -> asyncio.AbstractEventLoop: ...
    def _make_cancelled_error(self) -> asyncio.CancelledError: ...

class Wake(Timed):
    """The entry of a sleep in the deadline heap."""

@final
class Sleep(Pending[None]):
    """What `vu.sleep` returns: ends on an absolute deadline, never early. It runs from the call on, awaited or not."""

def install_next(kind: type[Pending[Any]]) -> None:
    """
    Give a final subtype the quick way of handing its value over; each compiled one calls it once for itself.

    Raises:
        TypeError: *kind* is no subtype of Pending.
    """
