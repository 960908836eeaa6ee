"""
A small reader of our Markdown pages: their fenced blocks, and the rows of their tables.

A block's first line may name a file (```` ```python load.py ````), as which the commands of the page know it. A table
has ours in its second column; the head of that column says where a line of it stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["Block", "Page", "Row"]

_FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+) ?(.+?) ?\1")
_EXIT_CODE = re.compile(r"exit code (\d+)")


@dataclass(frozen=True)
class Block:
    """A fenced block; `name` is the word after its language."""

    line: int
    language: str
    name: str
    text: str

    @property
    def exit_code(self) -> int:
        return _exit_code_in(self.text)


@dataclass(frozen=True)
class Row:
    """A row of a table: theirs, ours and a remark, below the head of our column."""

    line: int
    head: str
    theirs: str
    ours: str
    remark: str

    @cached_property
    def code(self) -> list[str]:
        """What stands in our cell between backquotes; a cell that begins with a dash says that there is nothing."""
        return [] if self.ours.startswith("–") else [code for _, code in _CODE.findall(self.ours)]

    @property
    def exit_code(self) -> int:
        return _exit_code_in(self.remark)


class Page:
    """One page."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._text = path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        return [
            Block(1 + self._text.count("\n", 0, found.start()), *found.groups())
            for found in _FENCE.finditer(self._text)
        ]

    @cached_property
    def rows(self) -> list[Row]:
        return list(self._rows())

    def _rows(self) -> Iterator[Row]:
        head: list[str] = []
        without_blocks = _FENCE.sub(lambda block: "\n" * block[0].count("\n"), self._text)
        for number, line in enumerate(without_blocks.splitlines(), start=1):
            if not line.startswith("|"):
                head = []
                continue
            cells = [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]
            if not head:
                head = cells
            elif not set(line) <= set("|-"):
                assert len(cells) == len(head) == 3, f"{self.name}:{number}: {len(cells)} cells"
                yield Row(number, head[1], *cells)


def _exit_code_in(text: str) -> int:
    """The first exit code that *text* speaks of, else 0."""
    found = _EXIT_CODE.search(text)
    return int(found[1]) if found else 0
