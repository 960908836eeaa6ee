"""The command as its users start it: real processes, from the shell's point of view."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.reference.summary_schema import schema_problems

YWSTORM = [sys.executable, "-m", "ywstorm"]
ROOT = Path(__file__).parents[2]
HEAD = "from ywstorm import VU, ConstantVUs, PerVUIterations, RampingVUs, Stage, options, scenario, teardown\n"


def environment() -> dict[str, str]:
    """Ours, without what could speak to ywstorm, and with the package on the path wherever the command is started."""
    kept = {key: value for key, value in os.environ.items() if key != "BASE_URL" and not key.startswith("YWSTORM_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def ywstorm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*YWSTORM, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, timeout=60
    )


def write(folder: Path, text: str) -> str:
    (folder / "spike.py").write_text(HEAD + text)
    return "spike.py"


def summary(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    assert schema_problems(loaded) == []
    return loaded


ITERATIONS = """
@scenario(PerVUIterations(vus=3, iterations=4))
async def spike(vu: VU) -> None:
    vu.check("is true", True)
    await vu.sleep(0.01)
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_that_keeps_its_promises_ends_with_0(tmp_path: Path, workers: str) -> None:
    arguments = ("--workers", workers, "--threshold", "checks: rate==1", "--summary-export", "summary.json")

    result = ywstorm(tmp_path, "run", write(tmp_path, ITERATIONS), *arguments)

    assert result.returncode == 0, result.stderr
    assert "✓ 'rate==1'" in result.stdout
    assert "starting workers" in result.stderr
    [scenario] = summary(tmp_path)["scenarios"]
    assert (scenario["iterations"], scenario["iteration_errors"], scenario["vus_max"]) == (12, 0, 3)
    assert len(summary(tmp_path)["workers"]) == int(workers)


def test_a_failing_threshold_ends_with_99_and_shows_what_was_observed(tmp_path: Path) -> None:
    result = ywstorm(tmp_path, "run", write(tmp_path, ITERATIONS), "--threshold", "iterations: count>12")

    assert result.returncode == 99
    assert "✗ 'count>12' count=12" in result.stdout


def test_mistakes_end_with_104_all_at_once(tmp_path: Path) -> None:
    text = """
options(timeut="5s", thresholds={"http_req_duraton": ["p(95)<5"], "http_reqs{stage:peek}": ["count>1"]})

@scenario(RampingVUs(stages=[Stage("1s", 5, name="peak")]))
async def spike(vu: VU) -> None: ...
"""

    result = ywstorm(tmp_path, "run", write(tmp_path, text))

    assert result.returncode == 104
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: 3 problems",
        "  spike.py:3 options: there is no option 'timeut'",
        "      did you mean 'timeout'?",
        "  spike.py:3 thresholds: there is no metric 'http_req_duraton'",
        "      did you mean 'http_req_duration'?",
        "  spike.py:3 thresholds: there is no stage 'peek'",
        "      did you mean 'peak'?",
    ]


def test_a_misspelt_executor_ends_with_104_and_a_suggestion(tmp_path: Path) -> None:
    result = ywstorm(tmp_path, "run", write(tmp_path, "from ywstorm import RampingVU\n"))

    assert result.returncode == 104
    assert result.stderr == "error:\n  spike.py:2: ywstorm has no 'RampingVU'\n      did you mean 'RampingVUs'?\n"


def test_a_script_that_cannot_be_imported_ends_with_107_and_its_traceback(tmp_path: Path) -> None:
    result = ywstorm(tmp_path, "run", write(tmp_path, "def prepare():\n    return 1 / 0\n\nprepare()\n"))

    assert result.returncode == 107
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert str(ROOT / "ywstorm") not in result.stderr


def test_a_script_that_raises_ends_with_107_and_shows_one_traceback_with_a_count(tmp_path: Path) -> None:
    text = ITERATIONS.replace('vu.check("is true", True)', 'raise KeyError("token")')

    result = ywstorm(tmp_path, "run", write(tmp_path, text))

    assert result.returncode == 107
    assert result.stderr.count("Traceback") == 1
    assert "KeyError: 'token'\n(12 times)" in result.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_with_105_after_a_teardown_and_a_full_summary(tmp_path: Path, sent: signal.Signals) -> None:
    text = """
@teardown
async def tidy(vu: VU) -> None:
    print("tidied up", flush=True)

@scenario(ConstantVUs(vus=2, duration="60s"))
async def spike(vu: VU) -> None:
    print("iterating", flush=True)
    await vu.sleep(0.05)
"""
    arguments = ["run", write(tmp_path, text), "--summary-export", "summary.json"]

    with subprocess.Popen(
        [*YWSTORM, *arguments],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        assert process.stderr is not None
        while "iterating" not in (line := process.stderr.readline()):
            assert line, "it ended before it began"
        os.killpg(process.pid, sent)  # as a terminal does: to everybody in the foreground
        printed, errors = process.communicate(timeout=30)

    assert process.returncode == 105
    assert "tidied up" in errors
    assert "INTERRUPTED" in printed
    assert summary(tmp_path)["scenarios"][0]["iterations"] >= 2


def test_the_target_of_with_target_counts_what_was_sent_and_is_gone_afterwards(tmp_path: Path) -> None:
    arguments = ("--scenario", "smoke", "-i", "1", "--with-target", "--summary-export", "summary.json")

    result = ywstorm(tmp_path, "run", "ywmessaging", *arguments)

    assert result.returncode == 0, result.stderr
    told = summary(tmp_path)
    assert told["target"]["requests"] == told["run"]["requests_sent"]
    assert told["target"]["by_endpoint"]["POST /messages/send"] >= 1
    port = told["target"]["url"].split(":")[2].split("/")[0]
    assert f":{int(port):04X} 00000000:0000 0A" not in Path("/proc/net/tcp").read_text()  # 0A: listening


def test_a_target_ends_when_its_parent_does(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*YWSTORM, "target", "--port", "0", "--with-parent"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on http://127.0.0.1:")

        process.stdin.close()

        assert process.wait(timeout=20) == 0


def test_the_version_is_told(tmp_path: Path) -> None:
    assert ywstorm(tmp_path, "--version").stdout == "ywstorm, version 0.1.0\n"
