"""Unique rows, dealt to any number of workers: none twice, none lost, and enough for each where there are enough."""

from hypothesis import given
from hypothesis import strategies as st

from ywstorm.plan import PerVUIterations, Segment, SharedIterations
from ywstorm.script.share import Share

WORKERS = st.integers(1, 64)


def shares(workers: int, vus: int) -> list[Share]:
    return [Share(Segment(index, workers), vus) for index in range(workers)]


@given(WORKERS, st.integers(1, 500), st.integers(0, 2000))
def test_each_row_belongs_to_one_worker(workers: int, vus: int, rows: int) -> None:
    owners = [[share.has(row) for share in shares(workers, vus)].count(True) for row in range(rows)]

    assert owners == [1] * rows


@given(st.data(), WORKERS, st.integers(1, 100), st.integers(1, 9))
def test_as_many_rows_as_iterations_are_enough_for_each_worker(
    data: st.DataObject, workers: int, vus: int, rounds: int
) -> None:
    workers = min(workers, vus)
    n_shared = data.draw(st.integers(vus, vus * rounds))
    for share in shares(workers, vus):
        of_each = PerVUIterations(vus=vus, iterations=rounds).share(share.segment, 0)
        of_all = SharedIterations(vus=vus, iterations=n_shared).share(share.segment, 0)

        assert sum(share.has(row) for row in range(vus * rounds)) == len(of_each.vus) * rounds
        assert sum(share.has(row) for row in range(n_shared)) == of_all.iterations_shared
