"""A broken promise ends the run, if it says so: soon, in good order, and with its name in the verdict."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.run_of import Ended, counting_server, run, worker_lines

BROKEN = """
from ywstorm import ConstantArrivalRate, RampingArrivalRate

options(thresholds={{"accepted": [{promise}, "rate>0.01"], "iterations": ["count>0"]}})
accepted = Rate("accepted")

@teardown
async def tidy(vu: VU) -> None:
    print("tidied")

@scenario({executor})
async def spike(vu: VU) -> None:
    await vu.get("/")
    accepted.add(vu, vu.iteration % 4 == 0)
    await vu.sleep(0.02)
"""
PROMISE = '{"threshold": "rate>0.5", "abort_on_fail": True, "delay_abort_eval": "DELAY"}'


def broken(folder: Path, *flags: str, code: int = 99, delay: str = "0s", **parts: Any) -> tuple[Ended, int]:
    """Run a script one of whose promises is broken; also gives what the server counted."""
    named = {"promise": PROMISE.replace("DELAY", delay), "executor": 'ConstantVUs(vus=4, duration="30s")', **parts}
    with counting_server(delay_ms=5) as server:
        ended = run(folder, BROKEN.format(**named), "--base-url", server.url, *flags, code=code)
        return ended, server.requests()


EXECUTORS = {
    "time": 'ConstantVUs(vus=4, duration="30s")',
    "a number of iterations for each": "PerVUIterations(vus=4, iterations=2000)",
    "a number of iterations for all": "SharedIterations(vus=4, iterations=8000)",
    "a ramp": 'RampingVUs(start_vus=2, stages=[Stage("15s", 9), Stage("15s", 0)])',
    "a rate": 'ConstantArrivalRate(rate=100, duration="30s", max_vus=50)',
    "a ramp of rates": 'RampingArrivalRate(start_rate=50, stages=[Stage("30s", 200)], max_vus=50)',
}


@pytest.mark.parametrize(
    ("executor", "workers"),
    [(EXECUTORS["time"], "1"), *((executor, "2") for executor in EXECUTORS.values())],
    ids=["time, on one worker", *EXECUTORS],
)
def test_a_broken_promise_ends_the_run(tmp_path: Path, executor: str, workers: str) -> None:
    ended, counted = broken(tmp_path, "--workers", workers, executor=executor)

    first, second, third = ended.summary["thresholds"]
    assert 0.9 < ended.summary["run"]["duration_s"] < 10
    assert not first["passed"]
    assert first["reason"].startswith("ended the run after ")
    assert (second["passed"], second["reason"], third["passed"]) == (True, None, True)
    assert "FAILED: ended by the threshold accepted: rate>0.5 after " in ended.out.splitlines()[-1]
    assert "(exit code 99)" in ended.out.splitlines()[-1]
    assert "✗ 'rate>0.5' rate=" in ended.out
    assert "(ended the run after " in ended.out
    assert worker_lines(ended) == ["tidied"]
    assert ended.summary["verdict"]["validity"] == "VALID"
    in_flight = sum(each["interrupted"] for each in ended.summary["scenarios"])
    assert 0 <= ended.summary["run"]["requests_sent"] - counted <= in_flight


def test_not_before_its_delay(tmp_path: Path) -> None:
    ended, _ = broken(tmp_path, delay="2s")

    assert 2 <= ended.summary["run"]["duration_s"] < 10


def test_a_run_that_is_over_before_the_delay_fails_as_any_other(tmp_path: Path) -> None:
    ended, _ = broken(tmp_path, "-d", "1500ms", delay="20s")

    assert "1 of 3 thresholds failed" in ended.out.splitlines()[-1]
    assert "ended by" not in ended.out
    assert ended.summary["thresholds"][0]["reason"] is None


def test_a_promise_that_is_kept_ends_nothing(tmp_path: Path) -> None:
    promise = '{"threshold": "rate>0.1", "abort_on_fail": True}'

    ended, _ = broken(tmp_path, "-d", "2500ms", promise=promise, code=0)

    assert ended.summary["run"]["duration_s"] >= 2.4


def test_without_thresholds_nothing_is_judged(tmp_path: Path) -> None:
    ended, _ = broken(tmp_path, "-d", "2500ms", "--no-thresholds", code=0)

    assert ended.summary["run"]["duration_s"] >= 2.4


def test_a_promise_of_a_scenario_waits_from_its_start_on(tmp_path: Path) -> None:
    script = """
    accepted = Rate("accepted")

    @scenario(ConstantVUs(vus=1, duration="30s"))
    async def quiet(vu: VU) -> None:
        await vu.sleep(0.05)

    @scenario(ConstantVUs(vus=1, duration="30s"), start_time="1s", thresholds={
        "accepted": [{"threshold": "rate>0.5", "abort_on_fail": True, "delay_abort_eval": "1s"}],
    })
    async def late(vu: VU) -> None:
        accepted.add(vu, False)
        await vu.sleep(0.05)
    """

    ended = run(tmp_path, script, code=99)

    assert 2 <= ended.summary["run"]["duration_s"] < 10
    assert "ended by the threshold accepted{scenario:late}: rate>0.5 after " in ended.out
    assert [each["interrupted"] <= 1 for each in ended.summary["scenarios"]] == [True, True]


def test_teardown_of_an_aborted_run_may_take_its_time_and_fail(tmp_path: Path) -> None:
    script = """
    options(thresholds={"iterations": [{"threshold": "count<1", "abort_on_fail": True}]})

    @teardown
    async def tidy(vu: VU) -> None:
        await vu.sleep(0.3)
        raise LookupError("nothing to tidy")

    @scenario(ConstantVUs(vus=1, duration="30s"))
    async def spike(vu: VU) -> None:
        await vu.sleep(0.05)
    """

    ended = run(tmp_path, script, code=107)

    assert "ended by the threshold iterations: count<1 after " in ended.out
    assert "LookupError" in ended.out
