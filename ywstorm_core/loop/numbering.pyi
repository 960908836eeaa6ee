from typing import Self, final

__all__ = ["Numbering"]

@final
class Numbering:
    """
    Numbers for the iterations of a scenario in one process, without end: `vu.iteration_in_scenario`.

    Number g belongs to the process that has virtual user g mod *of* + 1: the rule of `ywstorm.plan.Segment.dealt`.

    Args:
        own: Numbers of the virtual users of this process, as `ywstorm.plan.Segment.numbers` has them. By default it
            has all of them, and hands out 0, 1, 2 …
        of: Virtual users of the scenario in all processes.
    """

    def __init__(self, own: range = ..., of: int = 1) -> None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> int:
        """Hand the next number out. Without virtual users of its own a process has none, and must not ask."""
