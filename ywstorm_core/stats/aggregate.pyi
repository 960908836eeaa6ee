from typing import Literal, final

from ywstorm_core.stats.histogram import Histogram
from ywstorm_core.stats.series import RequestSeries, Series, TimingSeries

__all__ = ["Aggregate"]

@final
class Aggregate:
    """
    All series of one process: a worker folds into them and cuts windows, the master merges the windows of all workers.

    Args:
        max_request_series: Past so many, further request tag sets share one "(other)" series per scenario and phase.
            Timing series have the same limit of their own.
        max_series: Likewise for the series of all other metrics together.
    """

    def __init__(self, max_request_series: int = 2000, max_series: int = 10000) -> None: ...
    @property
    def series(self) -> list[Series]:
        """Every series, in id order. Not to be changed."""
    @property
    def folded(self) -> int:
        """
        Tag sets that got no series of their own; 0 means that nothing was folded.

        At most as many as the limits above are remembered, so a large figure means "at least". On the master: the
        largest figure among itself and its workers.
        """
    @property
    def max_request_series(self) -> int: ...
    @property
    def max_series(self) -> int: ...
    def request(self, tags: tuple[tuple[str, str], ...]) -> RequestSeries:
        """The series of requests with these canonical tags; made at first sight."""
    def timing(self, tags: tuple[tuple[str, str], ...]) -> TimingSeries:
        """The series of request parts with these canonical tags (name, phase, scenario); made at first sight."""
    def sink(
        self, metric: str, kind: Literal["counter", "gauge", "rate", "trend"], tags: tuple[tuple[str, str], ...]
    ) -> Series:
        """
        The series of another metric with these canonical tags; made at first sight.

        Raises:
            ValueError: *kind* is none of the four, or the metric exists with another one.
        """
    def cut(self) -> bytes:
        """
        Close the window: definitions of new series and the deltas of touched ones, then every window starts anew.

        Returns:
            A payload for `merge`. Series without observations since the last cut cost nothing.
        """
    def totals(self) -> bytes:
        """Running totals of every series since the start, the open window included: a payload for `check_totals`."""
    def merge(self, source: int, payload: bytes, window_latency: Histogram | None = None) -> tuple[int, int]:
        """
        Add a worker's window to the series of the run.

        Args:
            source: Number of the worker; its payloads must come in the order in which they were cut.
            payload: What `cut` returned there.
            window_latency: Gets the latency of the payload's main-phase requests too.

        Returns:
            Requests and failed requests of phase main in this payload.

        Raises:
            ValueError: The payload is damaged or out of order. A part of it may have been merged: the run is void.
        """
    def check_totals(self, source: int, payload: bytes) -> list[str]:
        """
        Compare what the windows of *source* added up to with the totals that it kept itself.

        Returns:
            One sentence for each figure that differs; empty if the accounts balance.

        Raises:
            ValueError: The payload is damaged.
        """
