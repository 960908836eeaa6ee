"""Every way in which a run can fail: the exit code, the sentence, and what people get to see of it."""

from pathlib import Path

import pytest

from tests.e2e.run_of import DEAD_URL, Ended, run

ONE_ITERATION = """
@scenario(PerVUIterations(vus=1, iterations=1))
async def spike(vu: VU) -> None: ...
"""


def verdict(ended: Ended) -> str:
    """The last sentence of the text summary."""
    return ended.out.splitlines()[-1].strip()


def test_a_dead_server_is_told_without_a_traceback(tmp_path: Path) -> None:
    script = """
    @scenario(PerVUIterations(vus=2, iterations=3))
    async def spike(vu: VU) -> None:
        await vu.get("/")
    """

    ended = run(tmp_path, script, "--base-url", DEAD_URL, code=99)

    assert "tcp.refused" in ended.out
    assert f"is the server running at {DEAD_URL}" in ended.out
    assert "Traceback" not in ended.err
    assert "no request was answered" in verdict(ended)
    [error] = ended.summary["errors"]
    assert (error["name"], error["owner"], error["count"]) == ("tcp.refused", "target", 6)


@pytest.mark.parametrize("scenario", ["smoke", "load", "spike"])
def test_the_suite_looks_for_its_server_before_the_load(tmp_path: Path, scenario: str) -> None:
    ended = run(tmp_path, "ywmessaging", "--scenario", scenario, "--base-url", DEAD_URL, code=108)

    assert f"is the backend running at {DEAD_URL}?" in verdict(ended)
    assert "tcp.refused" in ended.out
    assert "Traceback" not in ended.err
    assert ended.summary["run"]["requests_sent"] == 0
    assert ended.metric("iterations")["count"] == 0


def test_a_failed_check_alone_fails_nothing(tmp_path: Path) -> None:
    script = """
    @scenario(PerVUIterations(vus=2, iterations=5))
    async def spike(vu: VU) -> None:
        vu.check("is even", vu.iteration % 2 == 0)
    """

    ended = run(tmp_path, script)

    assert ended.summary["checks"] == [{"name": "is even", "scenario": "spike", "passes": 6, "fails": 4}]
    assert "✗ is even" in ended.out


@pytest.mark.parametrize("workers", ["1", "2"])
def test_exceptions_are_counted_by_kind_and_each_kind_is_shown_once(tmp_path: Path, workers: str) -> None:
    script = """
    @scenario(PerVUIterations(vus=4, iterations=3))
    async def spike(vu: VU) -> None:
        if vu.iteration == 1:
            raise ValueError("odd")
        if vu.iteration == 2:
            {}["token"]
    """

    ended = run(tmp_path, script, "--workers", workers, code=107)

    assert ended.err.count("Traceback") == 2
    assert ended.err.count("(4 times)") == 2
    assert 'raise ValueError("odd")' in ended.err
    assert "ywstorm_core" not in ended.err
    assert (ended.metric("iterations")["count"], ended.metric("iteration_errors")["count"]) == (12, 8)
    assert "the script raised an exception 8 times" in verdict(ended)


# The script, its exit code, what the verdict says, and whether iterations took place.
ENDINGS = {
    "setup raises": (
        '\n@setup\nasync def prepare(vu: VU) -> None:\n    raise KeyError("token")\n',
        (107, "the script raised KeyError: 'token' in setup()", False),
    ),
    "setup aborts": (
        '\n@setup\nasync def prepare(vu: VU) -> None:\n    vu.abort("no users")\n',
        (108, "aborted by the script: no users", False),
    ),
    "setup hangs": (
        '\noptions(setup_timeout="100ms")\n@setup\nasync def prepare(vu: VU) -> None:\n    await vu.sleep(60)\n',
        (100, "setup timed out", False),
    ),
    "setup returns what JSON cannot hold": (
        "\n@setup\nasync def prepare(vu: VU) -> object:\n    return object()\n",
        (107, "what JSON cannot hold", False),
    ),
    "teardown raises": (
        '\n@teardown\nasync def tidy(vu: VU) -> None:\n    raise KeyError("token")\n',
        (107, "the script raised KeyError: 'token' in teardown()", True),
    ),
    "teardown hangs": (
        '\noptions(teardown_timeout="100ms")\n@teardown\nasync def tidy(vu: VU) -> None:\n    await vu.sleep(60)\n',
        (101, "teardown timed out", True),
    ),
    "an iteration fails the run and goes on": (
        """
async def leave(vu: VU) -> None:
    vu.fail("not good enough")

@scenario(PerVUIterations(vus=1, iterations=1), name="other", on_stop=leave)
async def other(vu: VU) -> None: ...
""",
        (110, "failed by the script: not good enough", True),
    ),
}


@pytest.mark.parametrize(("script", "expected"), ENDINGS.values(), ids=ENDINGS)
def test_each_ending_has_its_code_and_its_sentence(
    tmp_path: Path, script: str, expected: tuple[int, str, bool]
) -> None:
    code, sentence, has_load = expected

    ended = run(tmp_path, f"{script}\n{ONE_ITERATION}", code=code)

    assert sentence in verdict(ended)
    assert f"(exit code {code})" in verdict(ended)
    assert ended.summary["verdict"]["exit_code"] == code
    assert ended.metric("iterations")["count"] == (len(ended.summary["scenarios"]) if has_load else 0)


def test_an_abort_stops_everybody_and_teardown_runs(tmp_path: Path) -> None:
    script = """
    @teardown
    async def tidy(vu: VU) -> None:
        print("tidied up")

    @scenario(ConstantVUs(vus=4, duration="60s"))
    async def spike(vu: VU) -> None:
        try:
            await vu.sleep(0.01)
            if (vu.id, vu.iteration) == (3, 2):
                vu.abort("seen enough")
        except Exception:
            raise AssertionError("an abort is no Exception")
    """

    ended = run(tmp_path, script, "--workers", "2", code=108)

    assert "aborted by the script: seen enough" in verdict(ended)
    assert "worker 0 | tidied up" in ended.lines
    assert ended.summary["run"]["duration_s"] < 10
    assert ended.summary["scenarios"][0]["interrupted"] >= 1


# What goes wrong at once, and which of it decides.
SEVERAL = {
    "an exception is worse than a threshold": ("raise KeyError(1)", 107),
    "a failure is worse than an exception": ("vu.fail('no')\n    raise KeyError(1)", 110),
    "an abort is worse than a failure": ("vu.fail('no')\n    vu.abort('enough')", 108),
}


@pytest.mark.parametrize(("line", "code"), SEVERAL.values(), ids=SEVERAL)
def test_of_several_causes_the_gravest_decides_and_all_are_named(tmp_path: Path, line: str, code: int) -> None:
    script = f"\n@scenario(PerVUIterations())\nasync def spike(vu: VU) -> None:\n    {line}\n"

    ended = run(tmp_path, script, "--threshold", "iterations: count>5", code=code)

    assert "1 of 1 thresholds failed" in verdict(ended)


def test_a_summary_that_cannot_be_kept_has_a_code_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    script = """
    @scenario(PerVUIterations())
    async def spike(vu: VU) -> None:
        os.rmdir("results")
    """

    ended = run(tmp_path, script, "--summary-export", "results/summary.json", code=112)

    assert "--summary-export" in ended.err
    assert "Traceback" not in ended.err
    assert "scenario spike (per_vu_iterations): 1 iteration" in ended.out


def test_answers_that_are_errors_have_a_row_with_a_hint_and_fail_nothing(tmp_path: Path) -> None:
    script = """
    @scenario(PerVUIterations(iterations=2))
    async def spike(vu: VU) -> None:
        missing = await vu.get("/nowhere")
        refused = await vu.get("/auth/me")
        assert (missing.status, missing.ok, refused.status) == (404, False, 401)
    """

    ended = run(tmp_path, script, "--with-target")

    rows = {error["name"]: error for error in ended.summary["errors"]}
    assert set(rows) == {"http.404", "http.401"}
    for status in (404, 401):
        row = rows[f"http.{status}"]
        assert (row["code"], row["owner"], row["count"]) == (1000 + status, "target", 2)
        assert row["hint"]
        assert row["hint"] in ended.out
    assert ended.metric("http_req_failed") == {"rate": 1.0, "passes": 4, "fails": 0}


def test_a_coroutine_that_will_not_end_is_told_by_name(tmp_path: Path) -> None:
    script = """
    @scenario(ConstantVUs(vus=1, duration="100ms"), graceful_stop="50ms")
    async def spike(vu: VU) -> None:
        while True:
            try:
                await vu.sleep(10)
            except BaseException:
                pass
    """

    ended = run(tmp_path, script, code=107)

    [error] = ended.summary["errors"]
    assert (error["name"], error["count"]) == ("script.exception", 1)
    assert error["sample"] == "RuntimeError: coroutine ignored GeneratorExit"
    assert ended.summary["scenarios"][0]["interrupted"] == 1
    assert ended.summary["run"]["duration_s"] < 5
