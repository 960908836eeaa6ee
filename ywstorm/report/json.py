"""
The summary as a JSON file, and the JSON Schema that describes it.
"""

import os
import tempfile
from pathlib import Path

import orjson

from ywstorm.metrics.summary import Summary

__all__ = ["summary_schema", "write_summary"]

_SCHEMA = Path(__file__).parent / "summary.schema.json"


def write_summary(summary: Summary, path: str | os.PathLike[str]) -> None:
    """
    Write *summary* to *path*, whole or not at all.

    A reader never sees half a file: the text goes to a neighbour first, which then takes the name.

    Raises:
        OSError: The folder does not exist or cannot be written to; what was at *path* is as it was.
    """
    target = Path(path)
    text = orjson.dumps(summary.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o666 & ~_umask())
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise


def summary_schema() -> str:
    """Give the text of the JSON Schema (draft 2020-12) that every summary keeps to."""
    return _SCHEMA.read_text(encoding="utf-8")


def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
