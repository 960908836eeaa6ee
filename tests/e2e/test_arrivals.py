"""Arrival rates from the command line: exact counts on one worker and two, drops, verdicts, flags that edit."""

from pathlib import Path

import pytest

from tests.e2e.run_of import Ended, counting_server, run

STEADY = """
from ywstorm import ConstantArrivalRate

@scenario(ConstantArrivalRate(rate=200, duration="2s"))
async def steady(vu: VU):
    await vu.get("/")
"""

RAMP = """
from ywstorm import RampingArrivalRate

@scenario(
    RampingArrivalRate(start_rate=10, stages=[Stage("1s", 60, name="up"), Stage(0, 20), Stage("1s", 20, name="low")]),
)
async def ramp(vu: VU):
    await vu.get("/")
"""

SLOW = """
from ywstorm import ConstantArrivalRate

@scenario(
    ConstantArrivalRate(rate=50, duration="2s", max_vus=2),
    thresholds={"http_req_latency": ["p(95)<60000"], "http_req_service": ["p(95)<60000"]},
)
async def slow(vu: VU):
    await vu.get("/")
"""


def starts(ended: Ended) -> tuple[int, int]:
    """Iterations and drops of the only scenario."""
    [scenario] = ended.summary["scenarios"]
    return scenario["iterations"], scenario["dropped"]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("script", "planned"), [(STEADY, 400), (RAMP, 55)], ids=["constant", "ramping"])
def test_exactly_the_planned_iterations_start(tmp_path: Path, script: str, planned: int, workers: str) -> None:
    with counting_server() as server:
        ended = run(tmp_path, script, "--base-url", server.url, "--workers", workers)
        assert server.requests() == planned
    assert starts(ended) == (planned, 0)
    assert ended.metric("http_reqs")["count"] == planned
    assert ended.metric("iterations")["count"] == planned
    assert ended.summary["run"]["workers"] == int(workers)
    assert [finding["rule"] for finding in ended.summary["verdict"]["findings"]] == []
    assert ended.metric("vus_max")["max"] < 200  # those that were needed, not all that might have been
    assert 2.0 <= ended.summary["run"]["duration_s"] < 3.0


def test_requests_of_a_ramp_carry_the_stage_in_which_they_were_due(tmp_path: Path) -> None:
    # The area is 35 after exactly one second, an instant that belongs to the stage which begins then.
    thresholds = [f"http_reqs{{stage:{stage}}}: count=={count}" for stage, count in (("up", 34), ("low", 21))]
    flags = [flag for threshold in thresholds for flag in ("--threshold", threshold)]
    with counting_server() as server:
        ended = run(tmp_path, RAMP, "--base-url", server.url, *flags)
    assert [threshold["observed"] for threshold in ended.summary["thresholds"]] == [34, 21]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_is_too_slow_costs_drops_and_the_threshold_on_latency(tmp_path: Path, workers: str) -> None:
    with counting_server(delay_ms=400) as server:
        ended = run(tmp_path, SLOW, "--base-url", server.url, "--workers", workers, code=99)
        seen = server.requests()
    iterations, dropped = starts(ended)
    latency, service = ended.metric("http_req_latency"), ended.metric("http_req_service")
    failed = [threshold["metric"] for threshold in ended.summary["thresholds"] if not threshold["passed"]]
    assert iterations + dropped == 100
    assert iterations == seen == ended.metric("http_reqs")["count"]
    assert 8 <= iterations <= 12
    assert ended.metric("dropped_iterations")["count"] == dropped
    assert latency["count"] == 100
    assert latency["p(95)"] is None
    assert latency["censored_above"] >= 400
    assert service["count"] == iterations
    assert failed == ["http_req_latency"]
    assert [(each["rule"], each["level"]) for each in ended.summary["verdict"]["findings"]] == [("V2", "SUSPECT")]
    assert ended.metric("vus_max")["max"] == 2


def test_flags_limit_the_vus_and_stretch_the_time_and_the_rate_stays(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, STEADY, "--base-url", server.url, "-u", "3", "-d", "500ms", code=None)
    iterations, dropped = starts(ended)
    assert iterations + dropped == 100
    assert "200 iterations/s for 500ms, by at most 3 VUs" in ended.summary["run"]["overrides"][0]


def test_arrivals_and_looping_vus_run_side_by_side(tmp_path: Path) -> None:
    script = f"""{STEADY}
@scenario(PerVUIterations(vus=3, iterations=2), start_time="200ms")
async def beside(vu: VU):
    print("beside", vu.id)
    await vu.get("/")
"""
    with counting_server() as server:
        ended = run(tmp_path, script, "--base-url", server.url, "--workers", "2")
        assert server.requests() == 406
    by_name = {scenario["name"]: scenario for scenario in ended.summary["scenarios"]}
    assert (by_name["steady"]["iterations"], by_name["beside"]["iterations"]) == (400, 6)


def test_a_rate_that_cannot_be_is_refused_before_the_run(tmp_path: Path) -> None:
    script = STEADY.replace("rate=200", "rate=0, time_unit='0s'")
    ended = run(tmp_path, script, code=104)
    assert "ConstantArrivalRate: rate must be a whole number of at least 1, not 0" in ended.err
    assert "ConstantArrivalRate: time_unit must be longer than 0s" in ended.err


def test_a_paced_vu_starts_its_iterations_an_interval_apart(tmp_path: Path) -> None:
    script = """
@scenario(ConstantVUs(vus=4, duration="990ms"), pace="200ms")
async def paced(vu: VU):
    await vu.get("/")
"""
    with counting_server() as server:
        ended = run(tmp_path, script, "--base-url", server.url, "--workers", "2")
    assert starts(ended) == (20, 0)
