"""What a script raises to end more than its iteration."""

__all__ = ["AbortRun", "StopVU"]


class AbortRun(BaseException):
    """`vu.abort`: ends the run. Not an Exception, so that a script's `except Exception` lets it through."""


class StopVU(BaseException):
    """`vu.stop`: ends one virtual user. Not an Exception either."""
