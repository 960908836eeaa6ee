"""Which VUs and iterations fall to which worker: tables computed by hand."""

import pytest

from ywstorm.plan import Segment


@pytest.mark.parametrize(
    ("index", "count", "vus", "vu_base", "numbers"),
    [
        (0, 1, 3, 0, [1, 2, 3]),  # one worker has them all
        (0, 1, 3, 99, [1, 2, 3]),
        (0, 2, 5, 0, [1, 3, 5]),  # ids 1 3 5
        (1, 2, 5, 0, [2, 4]),
        (0, 2, 5, 5, [2, 4]),  # ids 6…10: the second scenario goes on where the first one stopped
        (1, 2, 5, 5, [1, 3, 5]),
        (2, 3, 4, 7, [2]),  # ids 8 9 10 11; worker 2 has 3, 6, 9, 12
        (3, 4, 3, 0, []),  # more workers than VUs
        (3, 4, 3, 1, [3]),  # ids 2 3 4
    ],
)
def test_vus_are_dealt_by_their_id(index: int, count: int, vus: int, vu_base: int, numbers: list[int]) -> None:
    assert list(Segment(index, count).numbers(vus, vu_base)) == numbers


@pytest.mark.parametrize(
    ("iterations", "vus", "vu_base", "count", "shares"),
    [
        (10, 3, 0, 1, [10]),
        (10, 2, 0, 2, [5, 5]),
        (10, 3, 0, 2, [7, 3]),  # VUs 1 2 3 get 4 3 3; worker 0 has VUs 1 and 3
        (10, 3, 1, 2, [3, 7]),  # ids 2 3 4: worker 0 has VU 2 only
        (4, 4, 0, 3, [2, 1, 1]),
        (7, 2, 0, 4, [4, 3, 0, 0]),  # no VU, no iteration
    ],
)
def test_iterations_follow_the_vus(iterations: int, vus: int, vu_base: int, count: int, shares: list[int]) -> None:
    assert [Segment(k, count).iterations(iterations, vus, vu_base) for k in range(count)] == shares


@pytest.mark.parametrize(("index", "count"), [(-1, 2), (2, 2), (0, 0), (0, -1)])
def test_a_segment_outside_the_whole_is_refused(index: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"there is no segment {index} of {count}"):
        Segment(index, count)
