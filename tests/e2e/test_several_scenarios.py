"""Scenarios side by side: each with its own start, tags, virtual users and accounts, in one run on any worker."""

from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, counting_server, run, worker_lines

SEVERAL = """
@scenario(PerVUIterations(vus=4, iterations=3), name="first", env={"PATH_OF": "/first"}, tags={"part": "a"})
@scenario(SharedIterations(vus=3, iterations=7), name="second", env={"PATH_OF": "/second"}, start_time="600ms",
          thresholds={"http_reqs": ["count==7"], "http_req_duration": ["max<5000"]})
async def visit(vu: VU) -> None:
    print(vu.scenario, vu.id, time.monotonic())
    await vu.get(vu.env["PATH_OF"])

async def arrive(vu: VU) -> None:
    await vu.get("/hello")

@scenario(RampingVUs(start_vus=2, stages=[Stage("500ms", 2, name="calm")]), start_time=0.3, on_start=arrive,
          graceful_stop="1s")
async def third(vu: VU) -> None:
    print(vu.scenario, vu.id, time.monotonic())
    await vu.get("/third")
    await vu.sleep(0.05)
"""


@pytest.fixture(scope="module", params=[1, 2], ids=["1 worker", "2 workers"])
def several(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, int]:
    with counting_server(delay_ms=5) as server:
        flags = ("--base-url", server.url, "--workers", str(request.param))
        ended = run(tmp_path_factory.mktemp("several"), SEVERAL, *flags)
        return ended, server.requests()


def told(ended: Ended) -> dict[str, list[tuple[int, float]]]:
    """(VU, instant in s) of each iteration, by scenario."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in worker_lines(ended):
        scenario, vu, at_s = line.split()
        found.setdefault(scenario, []).append((int(vu), float(at_s)))
    return found


def requests_by_endpoint(ended: Ended) -> dict[tuple[str, str], int]:
    return {(each["scenario"], each["name"]): each["count"] for each in ended.summary["endpoints"]}


def test_every_scenario_has_its_own_accounts_and_they_add_up(several: tuple[Ended, int]) -> None:
    ended, counted = several
    scenarios = {each["name"]: each for each in ended.summary["scenarios"]}
    iterations = {name: each["iterations"] for name, each in scenarios.items()}
    endpoints = requests_by_endpoint(ended)

    assert list(scenarios) == ["first", "second", "third"]
    assert (iterations["first"], iterations["second"]) == (12, 7)
    assert endpoints == {
        ("first", "/first"): 12,
        ("second", "/second"): 7,
        ("third", "/hello"): 2,
        ("third", "/third"): iterations["third"],
    }
    assert sum(endpoints.values()) == ended.summary["run"]["requests_sent"] == counted
    assert sum(each["vus_max"] for each in scenarios.values()) == 9
    assert ended.summary["verdict"]["validity"] == "VALID"


def test_each_iteration_ran_in_its_scenario(several: tuple[Ended, int]) -> None:
    ended, _ = several

    assert {name: len(iterations) for name, iterations in told(ended).items()} == {
        each["name"]: each["iterations"] for each in ended.summary["scenarios"]
    }


def test_virtual_users_are_numbered_through(several: tuple[Ended, int]) -> None:
    ended, _ = several

    ids = {name: {vu for vu, _ in iterations} for name, iterations in told(ended).items()}

    assert ids["first"] == {1, 2, 3, 4}
    assert ids["second"] <= {5, 6, 7}
    assert ids["third"] == {8, 9}


def test_a_scenario_starts_at_its_time(several: tuple[Ended, int]) -> None:
    ended, _ = several
    starts_s = {name: min(at_s for _, at_s in iterations) for name, iterations in told(ended).items()}

    assert 0.5 < starts_s["second"] - starts_s["first"] < 1.1  # planned: 0.6, but any of them may be late
    assert 0.2 < starts_s["third"] - starts_s["first"] < 0.8  # planned: 0.3


def test_thresholds_of_a_scenario_are_about_its_own_samples(several: tuple[Ended, int]) -> None:
    ended, _ = several

    found = {(each["scenario"], each["metric"]): each["observed"] for each in ended.summary["thresholds"]}

    assert found["second", "http_reqs"] == 7
    assert 5 <= found["second", "http_req_duration"] < 5000


def test_one_of_them_can_be_selected(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, SEVERAL, "--scenario", "second", "--base-url", server.url)
        counted = server.requests()

    assert [each["name"] for each in ended.summary["scenarios"]] == ["second"]
    assert counted == 7
    assert {vu for vu, _ in told(ended)["second"]} <= {1, 2, 3}


GROUPED = """
options(thresholds={
    "group_duration{group:::checkout}": ["max<5000"],
    "group_duration{group:checkout::pay}": ["min>=20"],
    "http_req_duration{group:::checkout::pay}": ["max<5000"],
    "http_reqs{group:::checkout}": ["count==6"],
    "http_reqs{group:checkout::pay}": ["count==6"],
    "checks{group:checkout::pay}": ["rate==1"],
})

@scenario(PerVUIterations(vus=3, iterations=2))
async def spike(vu: VU) -> None:
    with vu.group("checkout"):
        await vu.get("/cart")
        with vu.group("pay"):
            await vu.sleep(0.02)
            vu.check("paid", (await vu.post("/pay")).ok)
    await vu.get("/outside")
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_groups_nest_and_can_be_promised_about_as_in_k6(tmp_path: Path, workers: str) -> None:
    with counting_server() as server:
        ended = run(tmp_path, GROUPED, "--base-url", server.url, "--workers", workers)

    assert all(each["passed"] for each in ended.summary["thresholds"])
    assert ended.metric("group_duration")["count"] == 12
    assert ended.metric("group_duration", group="checkout")["count"] == 6
    assert ended.metric("group_duration", group="checkout")["min"] >= 20
    assert ended.metric("http_reqs")["count"] == 18
