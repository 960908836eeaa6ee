"""
Rows of files, read once while a script is imported.

Whatever is wrong with a file is a `Problem` with its line; reading ends at the third, for one mistake in a file is
often a mistake in each line of it.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import orjson

from ywstorm.errors import Problem
from ywstorm.script.collector import shown

__all__ = ["csv_rows", "json_lines"]

_MAX_PROBLEMS = 3
_BOM = b"\xef\xbb\xbf"
_OTHER_DELIMITERS = (";", "\t", "|")


def csv_rows(path: Path, delimiter: str, problems: list[Problem]) -> Iterator[tuple[str, ...]]:
    """
    Read the header of a CSV file, then its rows; empty lines are left out.

    Args:
        path: A text file in UTF-8, with or without a byte order mark; quoting as in RFC 4180.
        problems: Gets what is wrong.

    Returns:
        Tuples of one length: the names of the header, then the values of each row that is right.
    """
    place = shown(path)
    n_problems = len(problems)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        header: tuple[str, ...] = ()
        line = 1
        try:
            for values in reader:
                where, line = f"{place}:{line}", reader.line_num + 1
                if not values:
                    continue
                if not header:
                    header = tuple(name.strip() for name in values)
                    problems += _header_problems(where, header)
                    yield header
                elif len(values) == len(header):
                    yield tuple(values)
                else:
                    text = f"{len(values)} values under {len(header)} names"
                    problems.append(Problem(where, f"{text}: {delimiter.join(values)!r}"))
                if len(problems) - n_problems >= _MAX_PROBLEMS:
                    return
        except csv.Error as error:
            problems.append(Problem(f"{place}:{line}", f"this is not CSV: {error}"))
        except UnicodeDecodeError as error:
            problems.append(_not_utf8(f"{place}", error))


def json_lines(path: Path, problems: list[Problem]) -> Iterator[bytes]:
    """
    Read the lines of a file that holds one JSON object in each; empty lines are left out.

    Args:
        path: A text file in UTF-8, with or without a byte order mark.
        problems: Gets what is wrong.

    Returns:
        The lines, each checked and left as it was.
    """
    place = shown(path)
    n_problems = len(problems)
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            line = raw.removeprefix(_BOM).strip()
            if not line:
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                problems.append(Problem(f"{place}:{number}", f"this is not JSON: {error}", _array_hint(number, line)))
            else:
                if isinstance(row, dict):
                    yield line
                    continue
                message = f"a row must be a JSON object, not {_excerpt(line)}"
                problems.append(Problem(f"{place}:{number}", message, _array_hint(number, line)))
            if len(problems) - n_problems >= _MAX_PROBLEMS:
                return


def _header_problems(where: str, header: tuple[str, ...]) -> list[Problem]:
    found = [
        Problem(where, f"column {number} has no name", "the first line is the header: it names the columns")
        for number, name in enumerate(header, start=1)
        if not name
    ]
    twins = sorted({name for name in header if name and header.count(name) > 1})
    found += [Problem(where, f"two columns have the name {name!r}") for name in twins]
    if len(header) == 1 and (other := next((mark for mark in _OTHER_DELIMITERS if mark in header[0]), "")):
        found.append(Problem(where, f"there is one column, {header[0]!r}", f"is delimiter={other!r} missing?"))
    return found


def _not_utf8(where: str, error: UnicodeDecodeError) -> Problem:
    return Problem(where, f"this is not text in UTF-8: byte 0x{error.object[error.start]:02x}", "convert it to UTF-8")


def _array_hint(number: int, line: bytes) -> str:
    """Guess that somebody gave a JSON file that is one array."""
    if number > 1 or not line.startswith(b"["):
        return ""
    return "one object in each line; an array is for Feeder(json.loads(Path('…').read_text()))"


def _excerpt(line: bytes) -> str:
    text = line[:60].decode("utf-8", "replace")
    return text if len(line) <= len(text) else f"{text}…"
