"""One worker or several: the same VUs, the same iterations, the same start times, the same data."""

from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, counting_server, run, worker_lines

MS = 1_000_000


def ids_and_iterations(ended: Ended) -> list[tuple[int, int]]:
    """What scripts printed as ``id iteration``."""
    return sorted((int(vu), int(iteration)) for vu, iteration in (line.split() for line in worker_lines(ended)))


# The script, and which iterations its VUs have to do; None where VUs may share them as they like.
BOUND = {
    "each VU does its own": (
        """
        @scenario(PerVUIterations(vus=5, iterations=3))
        async def spike(vu: VU) -> None:
            print(vu.id, vu.iteration)
            await vu.sleep(0.001)
        """,
        [(vu, iteration) for vu in range(1, 6) for iteration in range(3)],
    ),
    "a ramp from zero has its ids in the order of their starts": (
        """
        @scenario(RampingVUs(start_vus=0, stages=[Stage("100ms", 5), Stage("300ms", 5)]), graceful_stop=5)
        async def spike(vu: VU) -> None:
            print(vu.id, vu.iteration)
            await vu.sleep(0.5)
        """,
        [(vu, 0) for vu in range(1, 6)],
    ),
    "scenarios side by side number their VUs on": (
        """
        @scenario(PerVUIterations(vus=2, iterations=2), name="first")
        @scenario(PerVUIterations(vus=3, iterations=1), name="second")
        async def spike(vu: VU) -> None:
            print(vu.id, vu.iteration)
        """,
        [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (4, 0), (5, 0)],
    ),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("script", "expected"), BOUND.values(), ids=BOUND)
def test_any_number_of_workers_does_the_same(
    tmp_path: Path, script: str, expected: list[tuple[int, int]], workers: int
) -> None:
    ended = run(tmp_path, script, "--workers", str(workers))

    assert ids_and_iterations(ended) == expected
    assert ended.metric("iterations")["count"] == len(expected)
    assert len(ended.summary["workers"]) == workers


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_shared_iterations_are_done_once(tmp_path: Path, workers: int) -> None:
    script = """
    @scenario(SharedIterations(vus=4, iterations=17))
    async def spike(vu: VU) -> None:
        print(vu.id, vu.iteration)
        await vu.sleep(0.001)
    """

    done = ids_and_iterations(run(tmp_path, script, "--workers", str(workers)))

    assert len(done) == 17
    assert {vu for vu, _ in done} == {1, 2, 3, 4}
    for vu in range(1, 5):  # each counts its own iterations from 0 on, without a gap
        mine = [iteration for each, iteration in done if each == vu]
        assert mine == list(range(len(mine)))


def test_there_are_never_more_workers_than_vus(tmp_path: Path) -> None:
    script = "\n@scenario(PerVUIterations(vus=2))\nasync def spike(vu: VU) -> None: ...\n"

    assert len(run(tmp_path, script, "--workers", "4").summary["workers"]) == 2


# Up by a VU each 100 ms, a jump by three, down again: when each VU starts, in ms after the first.
RAMP = """
@scenario(
    RampingVUs(start_vus=1, stages=[Stage("300ms", 4), Stage(0, 7), Stage("200ms", 7), Stage("300ms", 0)]),
    graceful_stop=0,
)
async def spike(vu: VU) -> None:
    if vu.iteration == 0:
        began_ns = time.monotonic_ns()
        response = await vu.get("/")
        with open(f"vu-{vu.id}", "x") as file:
            print(began_ns, int(1e6 * response.timings.lateness_ms), file=file)
    await vu.sleep(0.01)
"""
STARTS_MS = {1: 0, 2: 100, 3: 200, 4: 300, 5: 300, 6: 300, 7: 300}


@pytest.mark.parametrize("workers", [1, 2])
def test_vus_start_when_the_plan_says_on_any_worker(tmp_path: Path, workers: int) -> None:
    with counting_server() as server:
        run(tmp_path, RAMP, "--base-url", server.url, "--workers", str(workers))

    began_ns, due_ns = {}, {}
    for path in tmp_path.glob("vu-*"):
        began, late = map(int, path.read_text().split())
        vu = int(path.name.removeprefix("vu-"))
        began_ns[vu], due_ns[vu] = began, began - late
    assert began_ns.keys() == STARTS_MS.keys()
    for vu, start_ms in STARTS_MS.items():
        planned_ns = due_ns[1] + start_ms * MS
        assert due_ns[vu] == pytest.approx(planned_ns, abs=20 * MS), vu  # what lies between two lines of Python
        assert -20 * MS <= began_ns[vu] - planned_ns <= 500 * MS, vu  # what a busy machine may add


def test_what_setup_returns_reaches_every_vu_on_every_worker(tmp_path: Path) -> None:
    script = """
    @setup
    async def prepare(vu: VU) -> dict:
        vu.state["mine"] = os.getpid()
        return {"id": vu.id, "pid": os.getpid(), "users": [{"name": "Ada", "ü": 1.5}], "none": None}

    @teardown
    async def tidy(vu: VU) -> None:
        print("teardown", vu.id, vu.data["users"])

    async def arrive(vu: VU) -> None:
        print("on_start", vu.id, vu.data["users"])

    @scenario(PerVUIterations(vus=4, iterations=2), on_start=arrive)
    async def spike(vu: VU) -> None:
        assert vu.data is vu.data
        assert "mine" not in vu.state
        data = vu.data
        print("iteration", vu.id, data["id"], data["users"], data["none"], data["pid"] == os.getpid())
    """
    users = "[{'name': 'Ada', 'ü': 1.5}]"

    ended = run(tmp_path, script, "--workers", "2")

    assert worker_lines(ended) == sorted(
        [f"on_start {vu} {users}" for vu in range(1, 5)]
        + [f"iteration {vu} 0 {users} None {vu % 2 == 1}" for vu in range(1, 5) for _ in range(2)]
        + [f"teardown 0 {users}"]
    )


def test_without_setup_there_is_no_data(tmp_path: Path) -> None:
    script = """
    @setup
    async def prepare(vu: VU) -> str:
        return "prepared"

    @teardown
    async def tidy(vu: VU) -> None:
        print("tidied up")

    @scenario(PerVUIterations())
    async def spike(vu: VU) -> None:
        print(vu.data)
    """

    ended = run(tmp_path, script, "--no-setup", "--no-teardown")

    assert worker_lines(ended) == ["None"]
