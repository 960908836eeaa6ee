"""On what a run ran: software and machine, as plain values for the summary."""

import os
import platform
import resource
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ywstorm.config import VERSION

__all__ = ["machine", "own_rss_bytes", "versions"]


def versions() -> dict[str, str]:
    """Versions of what has a say in the figures."""
    return {"ywstorm": VERSION, "python": platform.python_version(), "uvloop": version("uvloop")}


def machine() -> dict[str, Any]:
    """Describe the machine: ``cores`` are those that this process may use, ``memory_bytes`` is all of it."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu_model(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
    }


def own_rss_bytes() -> int:
    """High-water mark of this process's resident memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _cpu_model() -> str:
    """Name of the processor; its architecture where the kernel does not tell."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()
