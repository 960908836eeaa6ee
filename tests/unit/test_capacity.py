"""How many cores a run may use: affinity, and quotas of control groups old and new."""

import os
from pathlib import Path

import pytest

from ywstorm.script.capacity import Capacity, usable_cores

V2 = "0::/pod/container\n"
V1 = "5:memory:/pod\n4:cpu,cpuacct:/pod\n0::/\n"

CASES: dict[str, tuple[dict[str, str], int]] = {
    "no control groups: affinity decides": ({}, 4),
    "no quota": ({"proc/self/cgroup": V2, "sys/fs/cgroup/pod/container/cpu.max": "max 100000\n"}, 4),
    "a quota of two cores": ({"proc/self/cgroup": V2, "sys/fs/cgroup/pod/container/cpu.max": "200000 100000\n"}, 2),
    "a quota of two and a half": ({"proc/self/cgroup": V2, "sys/fs/cgroup/pod/container/cpu.max": "250000 100000"}, 2),
    "a quota of half a core": ({"proc/self/cgroup": V2, "sys/fs/cgroup/pod/container/cpu.max": "50000 100000\n"}, 1),
    "a quota of more cores than there are": (
        {"proc/self/cgroup": V2, "sys/fs/cgroup/pod/container/cpu.max": "6400000 100000\n"},
        4,
    ),
    "the quota of a group around ours": (
        {
            "proc/self/cgroup": V2,
            "sys/fs/cgroup/pod/container/cpu.max": "max 100000\n",
            "sys/fs/cgroup/pod/cpu.max": "300000 100000\n",
        },
        3,
    ),
    "a container that sees only its own part of the tree": (
        {"proc/self/cgroup": V2, "sys/fs/cgroup/cpu.max": "100000 100000\n"},
        1,
    ),
    "version 1 with a quota": (
        {
            "proc/self/cgroup": V1,
            "sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us": "150000\n",
            "sys/fs/cgroup/cpu/pod/cpu.cfs_period_us": "50000\n",
        },
        3,
    ),
    "version 1 without a quota": (
        {
            "proc/self/cgroup": V1,
            "sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/pod/cpu.cfs_period_us": "100000\n",
        },
        4,
    ),
}


@pytest.mark.parametrize(("files", "cores"), CASES.values(), ids=CASES.keys())
def test_usable_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3})
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    assert usable_cores(tmp_path) == cores


def test_this_machine_has_something_to_offer() -> None:
    capacity = Capacity.of_this_machine()

    assert 1 <= capacity.cores <= len(os.sched_getaffinity(0))
    assert capacity.descriptors > 0
