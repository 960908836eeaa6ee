"""What this machine lets one run use: processor cores and file descriptors."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RESERVED_DESCRIPTORS", "Capacity", "usable_cores"]

RESERVED_DESCRIPTORS = 64
"""What a worker needs beside one connection per VU: pipes, the loop, DNS, the script's own files."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """
    The limits of a run.

    Args:
        cores: Processor cores that are this process's to use, ≥ 1.
        descriptors: Hard limit of file descriptors per process; workers raise their soft limit to it.
    """

    cores: int
    descriptors: int

    @classmethod
    def of_this_machine(cls) -> "Capacity":
        """Ask the operating system."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls(cores=usable_cores(), descriptors=hard if hard != resource.RLIM_INFINITY else 2**63 - 1)


def usable_cores(root: Path = Path("/")) -> int:
    """
    Count the cores that this process can keep busy: its affinity, and no more than its control groups' quota.

    A quota of 2.5 cores counts as 2: a worker that is throttled in the middle of a measurement is worse than none.

    Args:
        root: Where ``proc`` and ``sys`` are found.

    Returns:
        At least 1.
    """
    cores = len(os.sched_getaffinity(0))
    return max(1, min([cores, *(int(quota) for quota in _quotas(root))]))


def _quotas(root: Path) -> list[float]:
    """Quotas in cores of the control groups that this process is in, and of all groups around them."""
    memberships = _text(root / "proc/self/cgroup").splitlines()
    quotas = []
    for line in memberships:
        _, controllers, group = line.split(":", 2)
        is_v1 = "cpu" in controllers.split(",")
        if controllers and not is_v1:
            continue
        mount = root / ("sys/fs/cgroup/cpu" if is_v1 else "sys/fs/cgroup")
        read = _v1_quota if is_v1 else _v2_quota
        path = Path(group.lstrip("/"))
        # Inside a container the group may be named as the host sees it, while only its own part is mounted: the
        # folders that exist are the ones that count.
        quotas += [quota for folder in (path, *path.parents) if (quota := read(mount / folder)) is not None]
    return quotas


def _v2_quota(folder: Path) -> float | None:
    """Read ``cpu.max``: ``"150000 100000"`` is 1.5 cores, ``"max 100000"`` is no limit."""
    quota_us, _, period_us = _text(folder / "cpu.max").strip().partition(" ")
    return int(quota_us) / int(period_us) if quota_us.isdigit() else None


def _v1_quota(folder: Path) -> float | None:
    """Read ``cpu.cfs_quota_us``; −1 is no limit."""
    quota_us = _text(folder / "cpu.cfs_quota_us").strip()
    return int(quota_us) / int(_text(folder / "cpu.cfs_period_us")) if quota_us.isdigit() else None


def _text(path: Path) -> str:
    """Content of a file; "" if there is none or it is not ours to read."""
    try:
        return path.read_text()
    except OSError:
        return ""
