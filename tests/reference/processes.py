"""What processes this one has started."""

from pathlib import Path

__all__ = ["children"]


def children() -> set[int]:
    """Those that this one has not waited for, zombies included; servers of other tests may be among them."""
    return {
        int(pid)
        for thread in Path("/proc/self/task").iterdir()
        for pid in (thread / "children").read_text(encoding="ascii").split()
    }
