"""What the engine has to tell besides samples: exceptions, failed requests, events. Each kind is kept once, counted."""

import traceback
from collections.abc import Callable

from ywstorm.errors import InternalError
from ywstorm.script.user_traceback import user_place, user_traceback
from ywstorm.wire import ErrorNews, Event, ExceptionNews, Failed, Frame
from ywstorm_core.loop.response import Response

__all__ = ["Observer"]

_MAX_KINDS = 1000
_MAX_SAMPLE = 200  # characters of an answer that an error table may quote


class _Count:
    __slots__ = ("count", "sample", "url")

    def __init__(self, sample: str, url: str) -> None:
        self.count = 0
        self.sample = sample
        self.url = url


class Observer:
    """
    Hears of what goes wrong and keeps it until the next window.

    Args:
        send: Sends a frame to the master.
    """

    def __init__(self, send: Callable[[Frame], None]) -> None:
        self._send = send
        self._errors: dict[int, _Count] = {}
        self._exceptions: dict[str, _Count] = {}
        self._known_exceptions: set[str] = set()
        self._warned: set[bool] = set()  # of requests, of pauses
        self._has_failed = False

    def request_failed(self, response: Response, phase: str) -> None:
        """A request of the main phase ended badly."""
        if phase != "main":
            return
        code = response.error_code
        known = self._errors.get(code)
        if known is None:
            known = self._errors[code] = _Count(_sample(response), response.url)
        known.count += 1

    def exception(self, error: BaseException) -> None:
        """An exception left the script."""
        place = user_place(error)  # none, if it was raised for the script: by a coroutine that would not be closed
        kind = f"{type(error).__name__} at {place}" if place else f"{type(error).__name__}: {error}"
        if kind not in self._exceptions and len(self._exceptions) >= _MAX_KINDS:
            kind = "(other)"
        known = self._exceptions.get(kind)
        if known is None:
            text = "" if kind in self._known_exceptions else user_traceback(error)
            self._known_exceptions.add(kind)
            known = self._exceptions[kind] = _Count(text, "")
        known.count += 1

    def event(self, kind: str, text: str) -> None:
        """The script called vu.abort or vu.fail; of failures only the first is told, for iterations may all fail."""
        if kind == "abort":
            self._send(Event("abort", text))
        elif not self._has_failed:
            self._has_failed = True
            self._send(Event("fail", text))

    def engine_failed(self, error: BaseException) -> None:
        """The engine itself raised: a bug of ours, and the end of the run."""
        text = "".join(traceback.format_exception(error))
        self._send(Failed(InternalError.exit_code, f"{type(error).__name__}: {error}", text))

    def unawaited(self, method: str, name: str) -> None:
        """A request was sent, or a pause begun (*method* is ""), and nobody awaited it."""
        what = f"the request {method} {name!r} was sent but never awaited" if method else f"{name} was never awaited"
        if bool(method) not in self._warned:
            self._warned.add(bool(method))
            self._send(Event("warning", f"{what}: is an `await` missing?"))

    def news(self) -> tuple[list[ErrorNews], list[ExceptionNews]]:
        """Hand over what was kept since the last call."""
        errors = [ErrorNews(code, known.sample, known.url, known.count) for code, known in self._errors.items()]
        exceptions = [ExceptionNews(kind, known.sample, known.count) for kind, known in self._exceptions.items()]
        self._errors, self._exceptions = {}, {}
        return errors, exceptions


def _sample(response: Response) -> str:
    """One line that shows what was asked and, if anything came, how the answer begins; safe to print."""
    said = response.body[:_MAX_SAMPLE].decode("utf-8", "replace") if response.status else ""
    text = " ".join(f"{response.method} {response.url} {said}".split())
    return "".join(character for character in text if character.isprintable())
