"""The command line of ``ywstorm run``: flags, their variables, and what becomes of an outcome."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.reference.runs import clean_run
from tests.reference.secure import Certificates
from ywstorm.cli import main
from ywstorm.cli import run as run_module
from ywstorm.master.run import Outcome
from ywstorm.metrics.facts import End, EndReason, ExceptionFacts
from ywstorm.metrics.registry import Registry
from ywstorm.metrics.snapshot import RunPhase, Snapshot
from ywstorm.metrics.summary import build_summary
from ywstorm.script.run_plan import RunPlan
from ywstorm.verdict.exits import decide
from ywstorm_core.stats.aggregate import Aggregate

SCRIPT = """
from ywstorm import ConstantVUs, env, options, scenario

options(base_url=env("BASE_URL", "http://script"))

@scenario(ConstantVUs(vus=2, duration="10s"))
async def spike(vu): ...
"""


@dataclass
class Master:
    """Stands in for the master: takes the plan, and gives an outcome made by hand."""

    outcome: Outcome
    plan: RunPlan | None = None

    def execute(self, plan: RunPlan, on_progress=None, on_output=None, read_target=None) -> Outcome:  # type: ignore[no-untyped-def]
        self.plan = plan
        if on_progress is not None:
            on_progress(Snapshot(RunPhase.STARTING))
        on_output(1, "hello from a worker")
        assert read_target is None
        return self.outcome


def outcome(*ends: End, exceptions: tuple[ExceptionFacts, ...] = ()) -> Outcome:
    """An outcome of a run without requests that ended as *ends* say."""
    facts, aggregate, registry = clean_run(ends=ends, requests_sent=0), Aggregate(), Registry()
    verdict = decide(facts, [], [], aggregate)
    summary = build_summary(facts, aggregate, registry, [], verdict, ("avg", "max"))
    return Outcome(summary, verdict.exit_code, exceptions)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = tmp_path / "a_script_for_the_command.py"
    path.write_text(SCRIPT)
    return str(path)


@pytest.fixture
def master(monkeypatch: pytest.MonkeyPatch) -> Master:
    stand_in = Master(outcome())
    monkeypatch.setattr(run_module, "execute", stand_in.execute)
    return stand_in


def command(*arguments: str) -> int:
    """Call ``ywstorm`` with *arguments*; give its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments), prog_name="ywstorm")
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_the_summary_goes_to_stdout_and_all_else_to_stderr(
    script: str, master: Master, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("run", script) == 0

    printed = capsys.readouterr()
    assert "PASSED" in printed.out
    assert printed.err == "starting workers\nworker 1 | hello from a worker\n"


def test_quiet_leaves_the_progress_out(script: str, master: Master, capsys: pytest.CaptureFixture[str]) -> None:
    command("run", script, "-q")

    assert capsys.readouterr().err == "worker 1 | hello from a worker\n"


def test_flags_reach_the_plan(script: str, master: Master) -> None:
    command(
        *("run", script, "--scenario", "spike", "-u", "3", "-d", "4s", "-e", "A=b", "--tag", "c=d", "--tags", "e:f"),
        *("--threshold", "checks: rate==1", "--base-url", "http://flag", "--workers", "1", "--graceful-stop", "5s"),
        *("--timeout", "6s", "--insecure-skip-tls-verify", "--no-setup", "--no-teardown"),
        *("--summary-trend-stats", "avg,p(99)", "-v"),
    )

    plan = master.plan
    assert plan is not None
    assert plan.scenarios[0].executor.to_dict() == {"kind": "constant_vus", "vus": 3, "duration": "4s"}
    assert plan.scenarios[0].graceful_stop_ns == 5_000_000_000
    assert (plan.env["A"], plan.tags, plan.workers) == ("b", {"c": "d", "e": "f"}, 1)
    assert [threshold.expression for threshold in plan.thresholds] == ["rate==1"]
    assert (plan.options.base_url, plan.options.timeout, plan.options.insecure) == ("http://flag", "6s", True)
    assert (plan.run_setup, plan.run_teardown, plan.trend_stats, plan.verbosity) == (False, False, ("avg", "p(99)"), 1)


OPTION_FLAGS = {
    "--insecure": ((), {"insecure": True}),
    "--insecure-skip-tls-verify": ((), {"insecure": True}),
    "--max-redirects": (("3",), {"max_redirects": 3}),
    "--user-agent": (("me/1",), {"user_agent": "me/1"}),
    "--discard-response-bodies": ((), {"discard_bodies": True}),
    "--reset-cookies": ((), {"reset_cookies": True}),
    "--no-connection-reuse": ((), {"connections": "per_request"}),
    "--no-vu-connection-reuse": ((), {"connections": "per_iteration"}),
    "--connections": (("shared",), {"connections": "shared"}),
    "--host": (("a.example=127.0.0.1:8443",), {"hosts": {"a.example": "127.0.0.1:8443"}}),
    "--dns-ttl": (("0",), {"dns_ttl": "0"}),
    "--expected-statuses": (("200,404",), {"expected_statuses": ["200", "404"]}),
    "--seed": (("7",), {"seed": 7}),
    "--ca-file": (("CA",), {"ca_file": "CA"}),
    "--client-cert": (("CLIENT",), {"client_cert": "CLIENT"}),
}


@pytest.mark.parametrize("is_variable", [False, True], ids=["flag", "variable"])
@pytest.mark.parametrize(("flag", "given"), OPTION_FLAGS.items(), ids=OPTION_FLAGS)
def test_flags_of_requests_and_tls_reach_the_options(
    script: str,
    master: Master,
    monkeypatch: pytest.MonkeyPatch,
    flag: str,
    given: tuple[tuple[str, ...], dict[str, object]],
    is_variable: bool,
    certificates: Certificates,
) -> None:
    values, expected = given
    files = {"CA": certificates.ca_file, "CLIENT": certificates.client_cert}
    words = [files.get(value, value) for value in values]
    if is_variable:
        canonical = "--insecure-skip-tls-verify" if flag == "--insecure" else flag
        monkeypatch.setenv(f"YWSTORM{canonical[1:].replace('-', '_').upper()}", words[0] if words else "1")
        words = []
    else:
        words.insert(0, flag)

    assert command("run", script, *words) == 0

    assert master.plan is not None
    for option, value in expected.items():
        assert getattr(master.plan.options, option) == (files[str(value)] if value in ("CA", "CLIENT") else value)


def test_the_help_has_its_flags_under_headings(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("run", "--help") == 0

    lines = capsys.readouterr().out.splitlines()
    headings = ["Plan:", "Requests:", "TLS:", "Judgement:", "Target:", "Output:", "Other:"]
    assert [line for line in lines if line.endswith(":") and not line.startswith(" ")] == headings


def test_stages_and_iterations_reach_the_plan(script: str, master: Master) -> None:
    for stages in (("--stage", "1s:5", "--stage", "2s:0"), ("-s", "1s:5,2s:0")):
        command("run", script, *stages)
        assert master.plan is not None
        assert master.plan.scenarios[0].executor.kind == "ramping_vus"
        assert master.plan.scenarios[0].executor.duration_ns == 3_000_000_000

    command("run", script, "-i", "7")
    assert master.plan.scenarios[0].executor.kind == "shared_iterations"


VARIABLES = {
    "YWSTORM_VUS": "3",
    "YWSTORM_SCENARIO": "spike",
    "YWSTORM_ENV": "A=b C=d",
    "YWSTORM_TAG": "e=f",
    "YWSTORM_THRESHOLD": "checks: rate==1;http_reqs: count>5",
    "YWSTORM_BASE_URL": "http://variable",
    "YWSTORM_NO_SETUP": "1",
}


def test_every_flag_has_a_variable(script: str, master: Master, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    command("run", script)

    plan = master.plan
    assert plan is not None
    assert (plan.max_vus, plan.env["A"], plan.env["C"], plan.tags, plan.run_setup) == (3, "b", "d", {"e": "f"}, False)
    assert [threshold.expression for threshold in plan.thresholds] == ["rate==1", "count>5"]
    assert plan.options.base_url == "http://variable"


def test_a_flag_wins_over_its_variable(script: str, master: Master, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YWSTORM_VUS", "3")

    command("run", script, "--vus", "4")

    assert master.plan is not None
    assert master.plan.max_vus == 4


def test_a_tag_that_was_meant_to_select_is_a_warning(
    script: str, master: Master, capsys: pytest.CaptureFixture[str]
) -> None:
    command("run", script, "--tag", "name=spike")

    assert capsys.readouterr().err.startswith("warning: tags do not select; did you mean --scenario spike?\n")


def test_the_exit_code_is_that_of_the_verdict(script: str, master: Master) -> None:
    master.outcome = outcome(End(EndReason.ABORTED, "enough"))

    assert command("run", script) == 108


def test_exceptions_of_the_script_are_shown_once_with_their_count(
    script: str, master: Master, capsys: pytest.CaptureFixture[str]
) -> None:
    master.outcome = outcome(exceptions=(ExceptionFacts("KeyError: 'a'", "Traceback …\nKeyError: 'a'\n", 1_234),))

    command("run", script, "-q")

    assert capsys.readouterr().err.endswith("\nTraceback …\nKeyError: 'a'\n(1,234 times)\n")


def test_the_summary_is_exported_as_json(script: str, master: Master, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"

    assert command("run", script, "--summary-export", str(file)) == 0

    assert json.loads(file.read_text())["schema"] == "ywstorm.summary/1"


def test_a_summary_that_cannot_be_written_is_an_exit_code_of_its_own(
    script: str, master: Master, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(run_module, "write_summary", write)

    assert command("run", script, "--summary-export", str(tmp_path / "s.json")) == 112
    assert capsys.readouterr().err.endswith("error: --summary-export: no space left on device\n")


REFUSED = {
    "an unknown script": (("nowhere.py",), 104),
    "a bad value": (("SCRIPT", "-d", "5x"), 104),
    "a value that is no number": (("SCRIPT", "-u", "many"), 2),
    "an unknown flag": (("SCRIPT", "--vsu", "5"), 2),
    "no script": ((), 2),
    "a target beside a base URL": (("SCRIPT", "--with-target", "--base-url", "http://h"), 104),
    "arguments for no target": (("SCRIPT", "--target-args", "--pool 5"), 104),
    "arguments that are no words": (("SCRIPT", "--with-target", "--target-args", "'"), 104),
    "an unknown kind of connections": (("SCRIPT", "--connections", "none"), 2),
    "a target beside a variable": (("SCRIPT", "--with-target", "-e", "BASE_URL=http://h"), 104),
}


@pytest.mark.parametrize(("arguments", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_before_the_start_is_refused_without_a_traceback(
    script: str, master: Master, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    assert command("run", *(script if argument == "SCRIPT" else argument for argument in arguments)) == code

    printed = capsys.readouterr()
    assert master.plan is None
    assert printed.out == ""
    assert "rror:" in printed.err
    assert "Traceback" not in printed.err
