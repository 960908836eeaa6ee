"""What a script may use, seen from a run of it: hooks, variables, output."""

from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any

import pytest

from tests.e2e.run_of import counting_server, run, worker_lines

TEN_LINES = """
@scenario(ConstantVUs(vus=200, duration="500ms"))
async def think(vu: VU) -> None:
    await vu.get("/")
    await vu.sleep(0.2)
"""


def test_ten_lines_with_a_plain_coroutine_are_a_load_test(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, TEN_LINES, "--base-url", server.url, "--workers", "1")
        counted = server.requests()

    assert ended.summary["run"]["requests_sent"] == counted >= 400
    assert ended.metric("iterations")["count"] == counted
    assert ended.metric("vus")["max"] == 200


@pytest.mark.slow
@pytest.mark.skipif(getrlimit(RLIMIT_NOFILE)[1] < 10_100, reason="10,000 connections need as many descriptors")
def test_ten_thousand_vus_think_on_one_worker(tmp_path: Path) -> None:
    script = TEN_LINES.replace("200", "10_000").replace("500ms", "10s").replace("0.2", "1")

    with counting_server() as server:
        ended = run(tmp_path, script, "--base-url", server.url, "--workers", "1")

    [worker] = ended.summary["workers"]
    assert ended.metric("iterations")["count"] >= 0.98 * 100_000
    assert worker["rss_bytes"] <= 150e6
    assert worker["cpu_share"] < 0.8


def test_on_start_and_on_stop_frame_the_iterations_of_each_vu(tmp_path: Path) -> None:
    script = """
    async def arrive(vu: VU) -> None:
        vu.state["done"] = ["arrive"]
        await vu.sleep(0.05)

    async def leave(vu: VU) -> None:
        print(vu.id, vu.scenario, *vu.state["done"], "leave")

    @scenario(PerVUIterations(vus=3, iterations=2), on_start=arrive, on_stop=leave)
    async def spike(vu: VU) -> None:
        vu.state["done"].append(str(vu.iteration))
    """

    ended = run(tmp_path, script, "--workers", "2")

    assert worker_lines(ended) == [f"{vu} spike arrive 0 1 leave" for vu in (1, 2, 3)]
    assert ended.metric("iterations")["count"] == 6
    assert ended.metric("iteration_duration")["max"] < 50  # they lie outside of it


def test_an_on_start_that_raises_is_tried_again_after_a_second(tmp_path: Path) -> None:
    script = """
    async def arrive(vu: VU) -> None:
        vu.state.setdefault("tries_s", []).append(time.monotonic())
        if len(vu.state["tries_s"]) == 1:
            raise ConnectionError("not yet")

    @scenario(PerVUIterations(), on_start=arrive)
    async def spike(vu: VU) -> None:
        first, second = vu.state["tries_s"]
        print(second - first >= 1)
    """

    ended = run(tmp_path, script, code=107)

    assert worker_lines(ended) == ["True"]
    assert (ended.metric("iterations")["count"], ended.metric("iteration_errors")["count"]) == (1, 1)
    assert ended.err.count("ConnectionError: not yet") == 1


# Who says what TOKEN is and how many VUs there are, and what that comes to.
SAID: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "nobody": ({}, (), "default 1"),
    "the environment": ({"TOKEN": "os", "YWSTORM_VUS": "2"}, (), "os 2"),
    "a flag": ({"TOKEN": "os", "YWSTORM_VUS": "2"}, ("-e", "TOKEN=flag", "-u", "3"), "flag 3"),
    "a flag, empty": ({"TOKEN": "os"}, ("--env", "TOKEN="), " 1"),
    "a variable of flags": ({"TOKEN": "os", "YWSTORM_ENV": "TOKEN=variable"}, (), "variable 1"),
}


@pytest.mark.parametrize(("variables", "flags", "expected"), SAID.values(), ids=SAID)
def test_a_flag_wins_over_the_environment_and_that_over_the_script(
    tmp_path: Path, variables: dict[str, Any], flags: tuple[str, ...], expected: str
) -> None:
    script = """
    TOKEN = env("TOKEN", "default")

    @scenario(PerVUIterations(vus=1))
    async def spike(vu: VU) -> None:
        if vu.id == 1:
            print(TOKEN, vu.env.get("TOKEN") in (TOKEN, None))
    """

    ended = run(tmp_path, script, *flags, env=variables)

    token, vus = expected.split(" ")
    assert worker_lines(ended) == [f"{token} True"]
    assert ended.summary["scenarios"][0]["vus_max"] == int(vus)


def test_data_goes_to_stdout_and_everything_else_to_stderr(tmp_path: Path) -> None:
    script = """
    import logging

    @scenario(PerVUIterations(vus=2))
    async def spike(vu: VU) -> None:
        print("printed by", vu.id)
        print("complaint of", vu.id, file=sys.stderr)
        logging.warning("logged by %d", vu.id)
        os.write(1, b"written below Python")
    """

    ended = run(tmp_path, script, "--workers", "2")
    quiet = run(tmp_path, script, "--workers", "2", "-q")

    for vu in (1, 2):
        for said in (f"printed by {vu}", f"complaint of {vu}", f"WARNING:root:logged by {vu}", "written below Python"):
            assert f"worker {vu - 1} | {said}" in ended.lines
    assert " by " not in ended.out
    assert "starting workers" in ended.err
    assert ended.out.splitlines()[0].strip().startswith("spike.py:")
    assert all(line.startswith("worker ") for line in quiet.lines)
    assert "█ TOTAL RESULTS" in quiet.out
