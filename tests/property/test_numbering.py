"""The numbers of a scenario's iterations: no two workers hand out the same one, and none is left out for ever."""

from itertools import chain, islice

from hypothesis import given
from hypothesis import strategies as st

from ywstorm.plan import Segment
from ywstorm_core.loop.numbering import Numbering

WORKERS = st.integers(1, 8)
VUS = st.integers(1, 200)
BASES = st.integers(0, 1_000)


def numberings(workers: int, vus: int, vu_base: int) -> list[tuple[Segment, Numbering, int]]:
    """Of each worker that has virtual users: its segment, its numbering, and how many it has."""
    segments = [Segment(k, workers) for k in range(workers)]
    own = [(segment, segment.numbers(vus, vu_base)) for segment in segments]
    return [(segment, Numbering(numbers, vus), len(numbers)) for segment, numbers in own if numbers]


@given(workers=WORKERS, vus=VUS, vu_base=BASES, data=st.data())
def test_numbers_are_unique_however_fast_each_worker_is(
    workers: int, vus: int, vu_base: int, data: st.DataObject
) -> None:
    taken = [
        list(islice(numbering, data.draw(st.integers(0, 50)))) for _, numbering, _ in numberings(workers, vus, vu_base)
    ]
    numbers = list(chain.from_iterable(taken))

    assert len(set(numbers)) == len(numbers)
    assert all(each == sorted(each) for each in taken)


@given(workers=WORKERS, vus=VUS, vu_base=BASES, rounds=st.integers(0, 5))
def test_workers_that_keep_pace_leave_no_gap(workers: int, vus: int, vu_base: int, rounds: int) -> None:
    parts = [islice(numbering, rounds * n) for _, numbering, n in numberings(workers, vus, vu_base)]

    assert sorted(chain.from_iterable(parts)) == list(range(rounds * vus))


@given(workers=WORKERS, vus=VUS, vu_base=BASES, iterations=st.integers(0, 1_000))
def test_a_number_is_that_of_the_plan(workers: int, vus: int, vu_base: int, iterations: int) -> None:
    """Whose arrival or shared iteration it is was decided by the plan; the numbers must be the same ones."""
    for segment, numbering, _ in numberings(workers, vus, vu_base):
        planned = list(segment.dealt(iterations, vus, vu_base))
        assert list(islice(numbering, len(planned))) == planned


def test_one_process_numbers_all() -> None:
    assert list(islice(Numbering(), 4)) == [0, 1, 2, 3]


def test_a_process_without_virtual_users_has_a_numbering_that_nobody_asks() -> None:
    assert isinstance(Numbering(range(5, 3), 2), Numbering)
