"""Which answers a script expects, as a table that costs one look."""

from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["DEFAULT_EXPECTED", "Statuses", "status_table"]

Statuses: TypeAlias = int | str | range | Iterable[int | str | range]
"""200, "200-399", range(200, 400), or several of these."""

_N_STATUSES = 1000


def status_table(expected: Statuses) -> bytes:
    """
    One byte per status from 0 to 999: 1 where it is expected.

    Raises:
        ValueError: Something that is no status from 100 to 999, nothing at all, or an empty range.
    """
    items = [expected] if isinstance(expected, (int, str, range)) else list(expected)
    if not items:
        raise ValueError("no status at all: every answer would be a failure")
    table = bytearray(_N_STATUSES)
    for item in items:
        statuses = _range_of(item)
        if len(statuses) == 0 or statuses[0] < 100 or statuses[-1] >= _N_STATUSES or statuses.step != 1:
            raise ValueError(f"{item!r} is no status from 100 to 999 nor a range of them")
        table[statuses.start : statuses.stop] = b"\1" * len(statuses)
    return bytes(table)


def _range_of(item: object) -> range:
    if isinstance(item, range):
        return item
    if isinstance(item, int) and not isinstance(item, bool):
        return range(item, item + 1)
    if isinstance(item, str):
        first, dash, last = item.partition("-")
        if first.strip().isascii() and first.strip().isdigit() and (not dash or last.strip().isdigit()):
            return range(int(first), int(last if dash else first) + 1)
    raise ValueError(f"{item!r} is no status: give 200, range(200, 400) or '200-399'")


DEFAULT_EXPECTED = status_table(range(200, 400))
