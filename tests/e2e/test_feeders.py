"""Rows of a file reach virtual users as declared, however many workers share the run."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, run, worker_lines

FEED = """
from ywstorm import CSVFeeder, JSONLinesFeeder
users = CSVFeeder("users.csv"{options})

async def take(vu: VU) -> None:
    vu.state["user"] = users.next(vu)

@teardown
async def tidy(vu: VU) -> None:
    print("tidied")

@scenario({executor}{hooks})
async def spike(vu: VU) -> None:
    {body}
"""


def feed(folder: Path, workers: int, *, rows: int, code: int = 0, **parts: str) -> Ended:
    """Run virtual users on a file of *rows* users: u0, u1, …"""
    (folder / "users.csv").write_text("name\n" + "".join(f"u{row}\n" for row in range(rows)))
    named = {"options": "", "hooks": "", "body": 'print(users.next(vu)["name"])', **parts}
    return run(folder, FEED.format(**named), "--workers", str(workers), code=code)


def rows_of(ended: Ended) -> Counter[str]:
    """How often each row was given out."""
    return Counter(line for line in worker_lines(ended) if line.startswith("u"))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_unique_row_goes_to_one_virtual_user_of_the_run(tmp_path: Path, workers: int) -> None:
    ended = feed(
        tmp_path,
        workers,
        rows=40,
        options=', order="unique"',
        executor="PerVUIterations(vus=5, iterations=8)",
    )

    assert rows_of(ended) == {f"u{row}": 1 for row in range(40)}
    assert ended.summary["workers"][-1]["index"] == workers - 1


@pytest.mark.parametrize("workers", [1, 2])
def test_each_virtual_user_can_keep_a_row_of_its_own(tmp_path: Path, workers: int) -> None:
    ended = feed(
        tmp_path,
        workers,
        rows=7,
        options=', order="unique"',
        executor="PerVUIterations(vus=7, iterations=2)",
        hooks=", on_start=take",
        body='print(vu.state["user"]["name"])',
    )

    assert rows_of(ended) == {f"u{row}": 2 for row in range(7)}


@pytest.mark.parametrize("workers", [1, 2])
def test_circular_rows_are_used_alike(tmp_path: Path, workers: int) -> None:
    ended = feed(tmp_path, workers, rows=5, executor="PerVUIterations(vus=4, iterations=10)")

    assert rows_of(ended) == {f"u{row}": 8 for row in range(5)}


def test_random_rows_are_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    parts = {
        "options": ', order="random"',
        "executor": "PerVUIterations(vus=4, iterations=10)",
        "body": 'print(users.next(vu)["name"], vu.id, vu.iteration)',
    }

    one, two = (feed(tmp_path, workers, rows=100, **parts) for workers in (1, 2))

    assert worker_lines(one) == worker_lines(two)
    assert len(rows_of(one)) == 40


@pytest.mark.parametrize("workers", [1, 2])
def test_without_a_unique_row_left_the_run_is_aborted(tmp_path: Path, workers: int) -> None:
    ended = feed(
        tmp_path,
        workers,
        rows=10,
        code=108,
        options=', order="unique"',
        executor='ConstantVUs(vus=4, duration="30s")',
        body='print(users.next(vu)["name"]); await vu.sleep(0.02)',
    )

    assert "aborted by the script: CSVFeeder users.csv: all " in ended.out
    assert " were given out" in ended.out
    assert set(rows_of(ended).values()) == {1}
    assert "tidied" in worker_lines(ended)
    assert ended.summary["run"]["duration_s"] < 15
    assert ended.summary["verdict"]["validity"] != "INVALID"


@pytest.mark.parametrize("workers", [1, 2])
def test_or_virtual_users_end_one_after_the_other(tmp_path: Path, workers: int) -> None:
    ended = feed(
        tmp_path,
        workers,
        rows=10,
        options=', order="unique", at_end="stop_vu"',
        executor='ConstantVUs(vus=4, duration="30s")',
        body='print(users.next(vu)["name"]); await vu.sleep(0.02)',
    )

    [spike] = ended.summary["scenarios"]
    assert rows_of(ended) == {f"u{row}": 1 for row in range(10)}
    assert (spike["iterations"], spike["interrupted"], spike["iteration_errors"]) == (10, 4, 0)
    assert ended.summary["run"]["duration_s"] < 15
    assert ended.summary["verdict"]["validity"] == "VALID"


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").write_text('{"id": 1, "items": [{"n": 2}]}\n')
    script = """
    import json
    from ywstorm import JSONLinesFeeder
    orders = JSONLinesFeeder("orders.jsonl")

    @scenario(PerVUIterations(vus=1, iterations=1))
    async def spike(vu: VU) -> None:
        print(json.dumps(orders.next(vu)))
    """

    [line] = worker_lines(run(tmp_path, script))

    assert json.loads(line) == {"id": 1, "items": [{"n": 2}]}


def test_a_file_with_a_mistake_sends_no_load(tmp_path: Path) -> None:
    ended = feed(tmp_path, 1, rows=0, code=104, executor="PerVUIterations(vus=1, iterations=1)")

    assert "spike.py:9 CSVFeeder: users.csv has no rows" in ended.err
    assert "Traceback" not in ended.err
