"""Which rows of a file belong to this process, when each row is for one virtual user only."""

from dataclasses import dataclass, field

from ywstorm.plan import Segment

__all__ = ["Share"]


@dataclass(frozen=True, slots=True)
class Share:
    """
    A worker's part of the rows of every unique feeder; by default all of them.

    Rows are dealt like VUs are: row r is for the worker of VU r mod `vus` + 1. So no worker asks another, and as many
    rows as a plan has iterations suffice also when the VUs of a worker are one more than another's.

    Args:
        segment: The worker's part of the run.
        vus: VUs of the whole run, ≥ 1.
    """

    segment: Segment = field(default_factory=lambda: Segment(0, 1))
    vus: int = 1

    def has(self, row: int) -> bool:
        """Say whether *row* (0…) is for a VU of this worker."""
        return row % self.vus % self.segment.count == self.segment.index
