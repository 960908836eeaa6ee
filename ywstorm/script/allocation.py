"""
What the machine allows a run: how many workers, and how many VUs where the plan sets no limit.

An open scenario without `max_vus` may create as many VUs as file descriptors are left for; it is decided here, once,
so that all workers agree.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from ywstorm.errors import OptionsError, Problem
from ywstorm.script.capacity import RESERVED_DESCRIPTORS, Capacity
from ywstorm.script.model import Scenario

__all__ = ["MAX_DEFAULT_VUS", "allocated"]

MAX_DEFAULT_VUS = 1_000_000
"""The most VUs that an open scenario may create unless its `max_vus` says so."""

_REMEDY = "raise the hard limit (ulimit -Hn), use fewer VUs or more --workers"


def allocated(scenarios: Sequence[Scenario], asked: str, capacity: Capacity) -> tuple[tuple[Scenario, ...], int]:
    """
    Decide the number of workers, and give every VU its number.

    Args:
        scenarios: Without problems.
        asked: "auto" for one worker per core, or a number; there are never more workers than VUs.

    Returns:
        The scenarios, each with a limit of VUs and its ``vu_base``; the number of workers.

    Raises:
        OptionsError: A worker would need more descriptors than a process may have.
    """
    bounded = sum(scenario.executor.max_vus or 0 for scenario in scenarios)
    n_unbounded = sum(scenario.executor.max_vus is None for scenario in scenarios)
    workers = capacity.cores if asked == "auto" else int(asked)
    most = max(capacity.descriptors - RESERVED_DESCRIPTORS, 0)
    share = min((most * workers - bounded) // n_unbounded, MAX_DEFAULT_VUS) if n_unbounded else 0
    n_vus = bounded + n_unbounded * max(share, 1)
    workers = min(workers, n_vus)
    per_worker = -(-n_vus // workers)
    if per_worker > most:
        text = f"{per_worker:,} in one worker need a connection each, and a process may have {most:,}"
        raise OptionsError([Problem("VUs", text, _REMEDY)])
    return _numbered([_limited(scenario, share) for scenario in scenarios]), workers


def _limited(scenario: Scenario, max_vus: int) -> Scenario:
    """Set the limit of VUs where there is none."""
    if scenario.executor.max_vus is not None:
        return scenario
    return replace(scenario, executor=scenario.executor.with_vus(max_vus))


def _numbered(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Give each scenario the VU ids after those of the scenarios before it."""
    bases = accumulate((scenario.executor.max_vus or 0 for scenario in scenarios), initial=0)
    return tuple(replace(scenario, vu_base=base) for scenario, base in zip(scenarios, bases, strict=False))
