from typing import final

from ywstorm_core.loop.engine import Runnable
from ywstorm_core.loop.pending import Pending
from ywstorm_core.loop.response import Response

__all__ = ["Exchange", "Requester"]

class Requester(Runnable):
    """Who makes requests: a virtual user, as its requests see it."""

@final
class Exchange(Pending[Response]):
    """
    A request under way; `await` it for its `Response`.

    The request was sent by the call that returned this object, not by the `await`, so several can be under way:

        first, second = vu.get("/a"), vu.get("/b")
        answers = await first, await second

    A request still open when its iteration ends is cut off, and its connection closed; one that is never awaited is
    sent all the same, and ywstorm warns about it once.
    """

    def on_resolved(self) -> None:
        """The look-up of the host's name is over: the resolver's callback, not for scripts."""
