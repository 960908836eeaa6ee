"""
Rows of test data for virtual users: from CSV files, from JSON lines, from memory.

A feeder is declared at module level, so that every worker has the same rows and every mistake in a file is found before
the run. In which order rows are given out needs no talk between workers: each has a part that follows from its number.
"""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeAlias, TypeVar, cast, get_args

import orjson

from ywstorm.errors import OptionsError, Problem, suggestion
from ywstorm.script.collector import folder_of_caller, open_collector, place_of_caller
from ywstorm.script.rows import csv_rows, json_lines
from ywstorm.script.share import Share

if TYPE_CHECKING:
    from ywstorm_core.loop.script_face import ScriptFace

__all__ = ["CSVFeeder", "Feeder", "JSONLinesFeeder"]

Order: TypeAlias = Literal["circular", "random", "unique"]
AtEnd: TypeAlias = Literal["abort", "stop_vu"]
Row = TypeVar("Row")


class Feeder(Generic[Row]):
    """
    Rows in memory. Declare it at module level.

    Args:
        rows: At least one, of any kind. Virtual users get the objects themselves and must not change them.
        order: "circular" (default): one after the other, from the first again after the last; with several workers
            each takes every n-th, so that all rows are used alike. "random": any, by ``vu.random``, and so the same for
            any number of workers. "unique": no row is given out twice in the whole run, whatever the number of workers.
        at_end: What happens when a "unique" feeder has no row left for this worker. "abort" (default): the run ends
            with exit code 108. "stop_vu": the virtual user that asked ends, its iteration counts as interrupted, and
            nobody takes its place.

    Example:
        users = CSVFeeder("users.csv", order="unique")

        async def log_in(vu: VU) -> None:
            vu.state["user"] = users.next(vu)
    """

    _n: int  # rows of the whole run
    _rows: list[Any]  # those that this process may give out
    _next: int
    _step: int

    def __init__(self, rows: Iterable[Row], *, order: Order = "circular", at_end: AtEnd = "abort") -> None:
        found: list[Problem] = []
        self._keep("Feeder", "rows", rows, order, at_end, found)

    def next(self, vu: "ScriptFace") -> Row:
        """Give *vu* its next row; ends the run, or the virtual user, if there is none (see *at_end*)."""
        n = len(self._rows)
        if self._order == "random":
            return self._row(self._rows[int(vu.random.random() * n)])
        at = self._next
        if at >= n:
            if self._order == "unique":
                self._run_out(vu)
            at %= n
        self._next = at + self._step
        return self._row(self._rows[at])

    def __len__(self) -> int:
        """Number of rows of the whole run, those of other workers included."""
        return self._n

    def __getitem__(self, index: int) -> Row:
        """
        Give row *index*, as in ``users[vu.id % len(users)]``.

        Raises:
            TypeError: The order is "unique": such a row might be somebody else's.
            IndexError: There is no such row.
        """
        if self._order == "unique":
            raise TypeError(f"{self._name}: rows of a unique feeder are given out by next(vu)")
        return self._row(self._rows[index])

    def __repr__(self) -> str:
        return f"<{self._name}: {self._n} rows, {self._order}>"

    def _keep(
        self, kind: str, source: str, rows: Iterable[Any], order: Order, at_end: AtEnd, problems: list[Problem]
    ) -> None:
        """Keep the rows that this process may give out, and note what is wrong."""
        collector = open_collector(f"{kind}(…)")
        where = f"{place_of_caller()} {kind}"
        problems += _choice_problems(f"{where} order", order, Order)
        problems += _choice_problems(f"{where} at_end", at_end, AtEnd)
        share = collector.share if collector is not None else Share()
        self._name = f"{kind} {source}"
        self._order, self._at_end = order, at_end
        is_dealt = order == "unique"
        self._n, self._rows = 0, []
        for number, row in enumerate(rows):
            self._n = number + 1
            if not is_dealt or share.has(number):
                self._rows.append(row)
        self._next, self._step = (0, 1) if is_dealt else (share.segment.index, share.segment.count)
        if not self._n and not problems:
            problems.append(Problem(where, f"{source} has no rows"))
        if collector is not None:
            collector.problems += problems
        elif problems:
            raise OptionsError(problems)

    def _row(self, kept: Any) -> Row:
        """Make a row of what was kept of it."""
        return cast(Row, kept)

    def _run_out(self, vu: "ScriptFace") -> NoReturn:
        if self._at_end == "stop_vu":
            vu.stop()
        n = len(self._rows)
        rows = f"{n} rows" if n == self._n else f"{n} rows of this worker, of {self._n} in all,"
        vu.abort(f"{self._name}: all {rows} were given out")


class CSVFeeder(Feeder[dict[str, str]]):
    """
    Rows of a CSV file whose first line names the columns; each row is a dict of text, made for who asked.

    Args:
        path: A relative one begins at the folder of the file that declares the feeder. UTF-8, quoting as in RFC 4180.
        order, at_end: As of `Feeder`.
        delimiter: One character.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        order: Order = "circular",
        at_end: AtEnd = "abort",
        delimiter: str = ",",
    ) -> None:
        problems: list[Problem] = []
        file = _existing("CSVFeeder", path, problems)
        if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
            where = f"{place_of_caller()} CSVFeeder delimiter"
            problems.append(Problem(where, f"{delimiter!r} is not one character that separates values"))
        rows = iter(()) if problems or file is None else csv_rows(file, delimiter, problems)
        self._columns = next(rows, ())
        self._keep("CSVFeeder", str(path), rows, order, at_end, problems)

    def _row(self, kept: Any) -> dict[str, str]:
        return dict(zip(self._columns, kept, strict=True))


class JSONLinesFeeder(Feeder[dict[str, Any]]):
    """
    Rows of a file with one JSON object in each line; each row is a dict, made for who asked.

    Args:
        path: A relative one begins at the folder of the file that declares the feeder.
        order, at_end: As of `Feeder`.
    """

    def __init__(self, path: str | PathLike[str], *, order: Order = "circular", at_end: AtEnd = "abort") -> None:
        problems: list[Problem] = []
        file = _existing("JSONLinesFeeder", path, problems)
        rows = iter(()) if file is None else json_lines(file, problems)
        self._keep("JSONLinesFeeder", str(path), rows, order, at_end, problems)

    def _row(self, kept: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", orjson.loads(kept))


def _existing(kind: str, path: object, problems: list[Problem]) -> Path | None:
    """Find a file from the folder of the script's file on; None, and a problem, if it cannot be read."""
    where = f"{place_of_caller()} {kind}"
    if not isinstance(path, str | PathLike) or not str(path):
        problems.append(Problem(where, f"{path!r} is not the path of a file"))
        return None
    file = folder_of_caller() / path
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        near = suggestion(file.name, (other.name for other in file.parent.glob("*.*")))
        hint = "a relative path begins at the folder of the script" if Path(path).is_file() else near
        problems.append(Problem(where, f"{file} cannot be read: {(error.strerror or str(error)).lower()}", hint))
        return None


def _choice_problems(where: str, value: object, choices: Any) -> list[Problem]:
    known = get_args(choices)
    if value in known:
        return []
    return [Problem(where, f"{value!r} is none of {', '.join(known)}", suggestion(str(value), known))]
