from typing import Any, final

from ywstorm_core.loop.engine import Runnable
from ywstorm_core.loop.pending import Pending

__all__ = ["Batch", "Turn"]

@final
class Turn(Runnable):
    """A batch's place in the ready queue."""

@final
class Batch(Pending[Any]):
    """Requests under way together. Await it for the list of their Responses; a dict of requests gives a dict."""
