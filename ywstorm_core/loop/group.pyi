from typing import final

__all__ = ["Groups", "Stay"]

@final
class Groups:
    """The groups that a virtual user has entered in its present iteration; see `VirtualUser.group`."""

@final
class Stay:
    """From one entry of a group to its exit."""
