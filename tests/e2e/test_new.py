"""What ``ywstorm new`` writes runs as it is, against the reference target that comes along."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_command import environment, summary

YWSTORM = [sys.executable, "-m", "ywstorm"]


def ywstorm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*YWSTORM, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, timeout=90
    )


def run_of_new(folder: Path, template: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Write a script from *template* and run it with *flags*."""
    assert ywstorm(folder, "new", "load.py", "--template", template).returncode == 0
    return ywstorm(folder, "run", "load.py", "--with-target", "--summary-export", "summary.json", *flags)


def test_the_minimal_script_passes(tmp_path: Path) -> None:
    ended = run_of_new(tmp_path, "minimal", "-d", "1s")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = summary(tmp_path)
    assert told["target"]["by_endpoint"]["GET /health"] == told["run"]["requests_sent"] >= 10
    assert [check["name"] for check in told["checks"]] == ["status is 200"]


def test_a_scenario_of_the_full_script_passes(tmp_path: Path) -> None:
    ended = run_of_new(tmp_path, "full", "--scenario", "steady", "-i", "3")

    assert ended.returncode in (0, 99), ended.stdout + ended.stderr
    told = summary(tmp_path)
    assert [each["iterations"] for each in told["scenarios"]] == [3]
    assert {check["fails"] for check in told["checks"]} == {0}
    assert "tidying up after /health" in ended.stderr


@pytest.mark.slow
def test_the_full_script_passes(tmp_path: Path) -> None:
    ended = run_of_new(tmp_path, "full")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [each["iterations"] > 0 for each in summary(tmp_path)["scenarios"]] == [True, True, True]


def test_without_a_service_it_says_what_is_missing(tmp_path: Path) -> None:
    assert ywstorm(tmp_path, "new", "load.py").returncode == 0

    ended = ywstorm(tmp_path, "run", "load.py", "--base-url", "http://127.0.0.1:9", "-d", "1s")

    assert ended.returncode == 99
    assert "is the server running at http://127.0.0.1:9?" in ended.stdout
