"""Feeders: which row comes next, what a file may look like, and what is said of one that cannot be read."""

import asyncio
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from tests.reference.scripts import load, loading_problems
from ywstorm import CSVFeeder, Feeder, JSONLinesFeeder
from ywstorm.errors import OptionsError
from ywstorm.plan import Segment
from ywstorm.script.collector import collecting
from ywstorm.script.share import Share


class Ended(BaseException):
    """What a virtual user raises to end something, as text."""


def vu(seed: int = 1) -> Any:
    """As much of a virtual user as feeders know."""

    def abort(reason: str) -> NoReturn:
        raise Ended(f"abort: {reason}")

    def stop() -> NoReturn:
        raise Ended("stop")

    return SimpleNamespace(random=Random(seed), abort=abort, stop=stop)


def on_worker(index: int, count: int, rows: int = 10, vus: int = 1, **named: Any) -> Feeder[int]:
    """A feeder of the numbers 0…, as worker *index* of *count* makes it."""
    with collecting({}, Share(Segment(index, count), vus)) as collector:
        feeder = Feeder(range(rows), **named)
    assert collector.problems == []
    return feeder


def taken(feeder: Feeder[int], n: int) -> list[int]:
    user = vu()
    return [feeder.next(user) for _ in range(n)]


def test_rows_come_one_after_the_other_and_again_from_the_first() -> None:
    assert taken(Feeder([7, 8, 9]), 7) == [7, 8, 9, 7, 8, 9, 7]


@pytest.mark.parametrize("rows", [9, 10])
def test_circular_rows_are_used_alike_by_all_workers_together(rows: int) -> None:
    drawn = [row for index in range(3) for row in taken(on_worker(index, 3, rows), 2 * rows)]

    assert sorted(drawn) == sorted([*range(rows)] * 6)


def test_random_rows_follow_the_virtual_user_whatever_worker_it_runs_on() -> None:
    one, other = on_worker(0, 1, order="random"), on_worker(1, 2, order="random")

    assert taken(one, 50) == taken(other, 50)
    assert set(taken(one, 200)) == set(range(10))


def test_a_unique_row_is_given_out_once() -> None:
    feeder = Feeder([7, 8], order="unique")

    assert taken(feeder, 2) == [7, 8]


AT_END = {
    "the run ends": ({}, "abort: Feeder rows: all 2 rows were given out"),
    "the virtual user ends": ({"at_end": "stop_vu"}, "stop"),
}


@pytest.mark.parametrize(("named", "said"), AT_END.values(), ids=AT_END)
def test_without_a_row_left(named: dict[str, Any], said: str) -> None:
    feeder = Feeder([7, 8], order="unique", **named)
    taken(feeder, 2)

    for _ in range(2):
        with pytest.raises(Ended, match=f"^{said}$"):
            feeder.next(vu())


def test_a_worker_without_a_row_left_says_how_many_were_its_own() -> None:
    feeder = on_worker(1, 2, rows=5, vus=2, order="unique")
    taken(feeder, 2)

    with pytest.raises(Ended, match="abort: Feeder rows: all 2 rows of this worker, of 5 in all, were given out"):
        feeder.next(vu())


def test_rows_can_be_counted_and_indexed_like_a_list() -> None:
    feeder = on_worker(1, 2)

    assert (len(feeder), feeder[3], repr(feeder)) == (10, 3, "<Feeder rows: 10 rows, circular>")


def test_a_unique_row_cannot_be_taken_by_its_number() -> None:
    feeder = on_worker(0, 2, order="unique")

    assert len(feeder) == 10
    with pytest.raises(TypeError, match=r"rows of a unique feeder are given out by next\(vu\)"):
        _ = feeder[0]


def test_a_csv_file_has_a_header_quotes_empty_lines_and_perhaps_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes('\ufeffname, role\r\n"O""Hara, Jo",admin\r\n\r\n"two\nlines",\r\n'.encode())

    feeder = CSVFeeder(path)

    assert [feeder[0], feeder[1]] == [{"name": 'O"Hara, Jo', "role": "admin"}, {"name": "two\nlines", "role": ""}]
    assert len(feeder) == 2


def test_a_csv_file_may_use_another_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("a;b\n1;2,5\n")

    assert CSVFeeder(path, delimiter=";")[0] == {"a": "1", "b": "2,5"}


def test_json_lines_are_objects_of_any_shape(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl"
    path.write_bytes('\ufeff{"id": 1, "tags": ["ä"]}\r\n\n{"id": 2}'.encode())

    feeder = JSONLinesFeeder(path)

    assert [feeder[0], feeder[1]] == [{"id": 1, "tags": ["ä"]}, {"id": 2}]


@pytest.mark.parametrize("kind", [CSVFeeder, JSONLinesFeeder])
def test_a_row_of_a_file_may_be_changed_by_who_got_it(tmp_path: Path, kind: Any) -> None:
    path = tmp_path / "rows"
    path.write_text("id\n1\n" if kind is CSVFeeder else '{"id": "1"}\n')
    feeder = kind(path)

    feeder.next(vu())["id"] = "changed"

    assert feeder.next(vu()) == {"id": "1"}


def test_a_relative_path_begins_at_the_folder_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("id\n1\n")

    script = load(
        tmp_path,
        """
        from ywstorm import CSVFeeder
        users = CSVFeeder("users.csv")

        @scenario(ConstantVUs(duration=1))
        async def browse(vu): ...
        """,
    )

    assert script.problems == ()


ARRAY_HINT = "one object in each line; an array is for Feeder(json.loads(Path('…').read_text()))"

# What a script declares, the content of users.csv, and the problems.
MISTAKES: dict[str, tuple[str, str, list[str]]] = {
    "there is no such file": (
        'CSVFeeder("user.csv")',
        "id\n1\n",
        ["the_script.py:7 CSVFeeder: user.csv cannot be read: no such file or directory (did you mean 'users.csv'?)"],
    ),
    "not a path": (
        "JSONLinesFeeder(None)",
        "",
        ["the_script.py:7 JSONLinesFeeder: None is not the path of a file"],
    ),
    "an empty file": (
        'CSVFeeder("users.csv")',
        "",
        ["the_script.py:7 CSVFeeder: users.csv has no rows"],
    ),
    "a header alone": (
        'CSVFeeder("users.csv")',
        "id,name\n\n",
        ["the_script.py:7 CSVFeeder: users.csv has no rows"],
    ),
    "rows that are shorter or longer than the header": (
        'CSVFeeder("users.csv")',
        "id,name\n1,a\n2\n\n3,b,c\n4,d\n",
        ["users.csv:3: 1 values under 2 names: '2'", "users.csv:5: 3 values under 2 names: '3,b,c'"],
    ),
    "only the first mistakes of many are told": (
        'CSVFeeder("users.csv")',
        "id,name\n" + "1\n" * 9,
        [f"users.csv:{line}: 1 values under 2 names: '1'" for line in (2, 3, 4)],
    ),
    "a quote without its end": (
        'CSVFeeder("users.csv")',
        'id\n1\n"2\n3\n',
        ["users.csv:3: this is not CSV: unexpected end of data"],
    ),
    "columns without a name, or with the same": (
        'CSVFeeder("users.csv")',
        "id,,id\n1,2,3\n",
        [
            "users.csv:1: column 2 has no name (the first line is the header: it names the columns)",
            "users.csv:1: two columns have the name 'id'",
        ],
    ),
    "another delimiter": (
        'CSVFeeder("users.csv")',
        "id;name\n1;a\n",
        ["users.csv:1: there is one column, 'id;name' (is delimiter=';' missing?)"],
    ),
    "a delimiter of two characters": (
        'CSVFeeder("users.csv", delimiter="::")',
        "id\n1\n",
        ["the_script.py:7 CSVFeeder delimiter: '::' is not one character that separates values"],
    ),
    "Latin-1": (
        'CSVFeeder("users.csv")',
        "name\nJos\udce9\n",
        ["users.csv: this is not text in UTF-8: byte 0xe9 (convert it to UTF-8)"],
    ),
    "a line that is not JSON": (
        'JSONLinesFeeder("users.csv")',
        '{"id": 1}\n{"id": 2\n',
        ["users.csv:2: this is not JSON: unexpected end of data: line 1 column 9 (char 8)"],
    ),
    "a line that is no object": (
        'JSONLinesFeeder("users.csv")',
        "12\n",
        ["users.csv:1: a row must be a JSON object, not 12"],
    ),
    "one array": (
        'JSONLinesFeeder("users.csv")',
        '[{"id": 1}]\n',
        [f'users.csv:1: a row must be a JSON object, not [{{"id": 1}}] ({ARRAY_HINT})'],
    ),
    "no rows in memory": ("Feeder([])", "", ["the_script.py:7 Feeder: rows has no rows"]),
    "a misspelt order": (
        'Feeder([1], order="uniqe")',
        "",
        ["the_script.py:7 Feeder order: 'uniqe' is none of circular, random, unique (did you mean 'unique'?)"],
    ),
    "an end that there is not": (
        'Feeder([1], order="unique", at_end="restart")',
        "",
        ["the_script.py:7 Feeder at_end: 'restart' is none of abort, stop_vu"],
    ),
}


@pytest.mark.parametrize(("declared", "content", "problems"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_is_told_before_the_run(tmp_path: Path, declared: str, content: str, problems: list[str]) -> None:
    (tmp_path / "users.csv").write_text(content, encoding="utf-8", errors="surrogateescape")

    found = loading_problems(
        tmp_path, f"from ywstorm import CSVFeeder, Feeder, JSONLinesFeeder\nusers = {declared}\n{SCENARIO}"
    )

    assert found == problems


SCENARIO = "\n@scenario(ConstantVUs(duration=1))\nasync def browse(vu): ...\n"


def test_a_file_of_the_working_directory_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "users.csv").write_text("id\n1\n")
    monkeypatch.chdir(elsewhere)

    [found] = loading_problems(tmp_path, f"from ywstorm import CSVFeeder\nusers = CSVFeeder('users.csv'){SCENARIO}")

    assert found.endswith("(a relative path begins at the folder of the script)")


def test_outside_a_script_a_mistake_is_raised() -> None:
    with pytest.raises(OptionsError, match="Feeder: rows has no rows"):
        Feeder([])


def test_a_feeder_must_stand_at_module_level() -> None:
    async def declare() -> None:
        Feeder([1])

    with pytest.raises(RuntimeError, match="must stand at module level"):
        asyncio.run(declare())
