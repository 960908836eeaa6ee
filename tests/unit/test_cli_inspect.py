"""``ywstorm inspect``: the plan as JSON, and nothing but the plan."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.reference.scripts import IMPORTS
from ywstorm.cli import main

SCRIPT = """
options(
    base_url=env("BASE_URL", "http://script"),
    thresholds={"checks": ["rate==1", {"threshold": "rate>0.5", "abort_on_fail": True}]},
)
sizes = Trend("sizes", unit="bytes")

@setup
async def prepare(vu): ...

@scenario(
    RampingVUs(start_vus=0, stages=[Stage("5s", 20, name="rise"), Stage("5s", 0)]), on_start=prepare, tags={"a": "b"},
    env={"SECRET": "x"}, thresholds={"http_req_failed{stage:rise}": ["rate<0.1"]},
)
async def spike(vu): ...

@scenario(SharedIterations(vus=3, iterations=9, max_duration="1m"), start_time="1m", graceful_stop="5s")
async def tail(vu): ...
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_script_to_inspect.py").write_text(f"{IMPORTS}{SCRIPT}")
    return "a_script_to_inspect.py"


def command(*arguments: str) -> int:
    """Call ``ywstorm inspect`` with *arguments*; give its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(["inspect", *arguments], prog_name="ywstorm")
    assert isinstance(caught.value.code, int)
    return caught.value.code


def inspected(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What inspect prints, which has to end well."""
    assert command(*arguments) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_the_plan_is_told_whole(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = inspected(capsys, script, "--workers", "2")
    spike, tail = told["scenarios"]

    assert (told["schema"], told["script"], told["workers"]) == ("ywstorm.plan/1", script, 2)
    assert (told["peak_vus"], told["duration_s"], told["max_duration_s"]) == (20, 120, 125)
    assert (told["setup"], told["teardown"], told["not_selected"]) == (True, False, [])
    assert spike["executor"]["kind"] == "ramping_vus"
    assert spike["about"] == "up to 20 VUs ramping over 10s in 2 stages"
    assert spike["stages"] == [{"name": "rise", "start_s": 0}, {"name": "1", "start_s": 5}]
    assert (spike["on_start"], spike["on_stop"], spike["tags"]) == (True, False, {"a": "b"})
    assert (tail["planned_iterations"], tail["peak_vus"]) == (9, 3)
    assert (tail["start_s"], tail["duration_s"], tail["graceful_stop_s"]) == (60, 60, 5)
    assert told["metrics"] == [{"name": "sizes", "kind": "trend", "unit": "bytes"}]
    assert [(each["expression"], each["scenario"], each["abort_on_fail"]) for each in told["thresholds"]] == [
        ("rate==1", None, False),
        ("rate>0.5", None, True),
        ("rate<0.1", "spike", False),
    ]


def test_flags_are_applied_as_in_a_run(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = inspected(capsys, script, "--scenario", "spike", "-u", "10", "--base-url", "http://flag", "--no-setup")

    assert [scenario["peak_vus"] for scenario in told["scenarios"]] == [10]
    assert (told["not_selected"], told["options"]["base_url"], told["setup"]) == (["tail"], "http://flag", False)
    assert [override.split(":")[0] for override in told["overrides"]] == ["spike"]


def test_values_of_variables_are_not_printed(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = inspected(capsys, script, "-e", "PASSWORD=secret")

    assert told["variables"] == ["BASE_URL", "PASSWORD"]
    assert told["scenarios"][0]["variables"] == ["SECRET"]
    assert "secret" not in json.dumps(told)


def test_what_it_needs_alone(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspected(capsys, script, "--execution-requirements", "--workers", "1") == {
        "peak_vus": 20,
        "duration_s": 120,
        "max_duration_s": 125,
        "workers": 1,
    }


def test_problems_are_those_of_a_run(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(script, "--scenario", "spyke", "-u", "0") == 104

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: 2 problems\n  --scenario: there is no scenario 'spyke'\n")


def test_warnings_go_to_stderr(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(script, "--insecure") == 0

    printed = capsys.readouterr()
    assert printed.err == "warning: TLS certificates are not verified: anybody may answer as the service\n"
    assert json.loads(printed.out)["options"]["insecure"] is True


def test_the_schema_of_summaries_needs_no_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert inspected(capsys, "--summary-schema")["title"] == "ywstorm.summary/1"
