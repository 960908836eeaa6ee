"""`vu.iteration_in_scenario` in whole runs: each iteration has a number of its own, however many workers there are."""

from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, run, worker_lines

SCRIPT = """
from ywstorm import ConstantArrivalRate
@scenario({executor})
async def spike(vu: VU) -> None:
    print(vu.iteration_in_scenario)

@scenario(PerVUIterations(vus=3, iterations=1), name="other")
async def another(vu: VU) -> None:
    await vu.sleep(0)
"""


def numbers_of(ended: Ended) -> list[int]:
    return sorted(int(line) for line in worker_lines(ended) if line.isdigit())


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize(
    "executor",
    [
        "PerVUIterations(vus=5, iterations=8)",
        "SharedIterations(vus=7, iterations=40)",
        "ConstantArrivalRate(rate=40, duration=1, max_vus=7)",
    ],
)
def test_a_planned_number_of_iterations_has_all_numbers_once(tmp_path: Path, executor: str, workers: int) -> None:
    ended = run(tmp_path, SCRIPT.format(executor=executor), "--workers", str(workers))

    assert numbers_of(ended) == list(range(40))
