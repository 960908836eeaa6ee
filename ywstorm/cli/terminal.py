"""
What a stream may be sent: colours, bars that are drawn again and again, or plain text only.

Pure: the environment and whether the stream is a terminal are arguments. The order is that of no-color.org,
force-color.org and Python itself: the flag, NO_COLOR, FORCE_COLOR, TERM=dumb, and then what the stream is.
"""

from collections.abc import Mapping

__all__ = ["has_bars", "has_color"]

_DUMB = ("dumb", "unknown")


def has_color(environ: Mapping[str, str], *, is_terminal: bool, no_color: bool = False) -> bool:
    """
    Say whether to send colours.

    Args:
        environ: NO_COLOR and FORCE_COLOR count when they are not empty, whatever their value; TERM may be "dumb".
        is_terminal: Whether the stream is one; with FORCE_COLOR it does not matter.
        no_color: Whether ``--no-color`` was given: it wins over everything.
    """
    if no_color or environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") not in _DUMB


def has_bars(environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Say whether progress may be drawn in place: on a terminal that can move its cursor, whatever its colours."""
    return is_terminal and environ.get("TERM") not in _DUMB
