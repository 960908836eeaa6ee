"""
Every line of ours in the pages for newcomers works as it is written, but for its length.

`docs_cases` has the frames in which lines are put, and what is shortened; what cannot be run is listed here.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import ywstorm
from tests.e2e.docs_cases import SHORTER, SUITE_SHORTER, Command, Program, commands, programs, shortened
from tests.e2e.docs_shop import running_shop
from tests.e2e.run_of import ROOT
from tests.e2e.suite_runs import Target, running_target
from tests.reference.pages import Page
from tests.reference.secure import Certificates
from tests.reference.summary_schema import schema_problems
from ywstorm.cli.run import run
from ywstorm.script.declare import OptionKeywords, ScenarioKeywords

PAGES = [Page(ROOT / "docs" / name) for name in ("from-k6.md", "from-locust.md", "scripting.md")]
COMMANDS = [command for page in PAGES for command in commands(page)]
PROGRAMS = [program for page in PAGES for program in programs(page)]
CASES: list[Command | Program] = [*COMMANDS, *PROGRAMS]
EMAIL, PASSWORD = "ada@example.com", "Abcdefg1"

NOT_RUN: dict[str, set[str]] = {
    "from-k6.md": {
        # other commands than ours, and those that do not end
        "`npm install -D k6`, `brew install k6`",
        "`npm run dev`",
        "`ulimit -n 10000`",
        # shown elsewhere on the page
        "`--min-iteration-duration 1s`",
        "`--throw`",
        '`exec: "checkout"`',
        "`export function setup() { return {id: 7} }`",
        '`{responseType: "none"}`',
        "`handleSummary(data)`",
        "110, `exec.test.fail()`",
        # what there is not, or cannot be made to happen
        "`k6 archive`, `k6 cloud`, `k6 stats`, `k6 deps`, `k6 x`",
        "`k6 run -` (stdin), remote modules",
        "`--batch 20`, `--batch-per-host 6`",
        "`--console-output file`",
        "`--rps 100`",
        "`--paused`, `--address`, `--linger`",
        "`--execution-segment 0:1/4`",
        "`--blacklist-ip`, `--block-hostnames`, `--local-ips`",
        "`--system-tags`, `--summary-time-unit`, `--summary-mode`",
        "`--out json=…`, `--out influxdb=…`, `--traces-output`",
        "`--config file.json`, `--compatibility-mode`, `--type`, `--include-system-env-vars`",
        "`--no-usage-report`",
        "HTTP/2 by ALPN, HTTP proxies",
        "`k6/ws`, `k6/net/grpc`, `k6/browser`",
        "`res.submitForm()`, `res.clickLink()`",
        "`res.proto`, `res.tls_version`, `res.remote_ip`, `res.status_text`",
        "`exec.instance.iterationsCompleted`, `exec.scenario.progress`",
        "none of these",
        "97, 98, 102, 103, 106, 109",
    },
    "from-locust.md": {
        # shown elsewhere on the page
        "`weight = 3`, `fixed_count = 3`",
        "`self.client.get(url, verify=False)`",
        "`raise RescheduleTask()`",
        "`events.test_stop`, `events.quitting`",
        "`events.quitting` that sets `process_exit_code` from statistics",
        # what there is not
        "`locust --tags smoke`, `--exclude-tags`",
        "`locust --master`, `--worker`",
        "`locust --config locust.conf`",
        "`events.spawning_complete`, `events.user_error`",
    },
    "scripting.md": set(),
}
"""Rows without a line of ours to run, by what stands on the other side; the page says why."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with running_shop() as root:
        yield root


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with running_target() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, certificates: Certificates) -> Path:
    """Where commands are run: with a `ywstorm` on the path, and the certificates that flags name."""
    command = tmp_path / "bin" / "ywstorm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ywstorm "$@"\n')
    command.chmod(0o700)
    for name, path in (("ca.pem", certificates.ca_file), ("client.pem", certificates.client_cert)):
        (tmp_path / name).write_bytes(Path(path).read_bytes())
    return tmp_path


def write_files(folder: Path, page_name: str) -> None:
    """Write the files that a page shows."""
    [page] = [page for page in PAGES if page.name == page_name]
    for block in page.blocks:
        if block.name and block.name != "locust":
            (folder / block.name).write_text(shortened(block.text))


def shell(folder: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run *command* with *variables*, and no others that could speak to ywstorm."""
    kept = {key: value for key, value in os.environ.items() if key != "BASE_URL" and not key.startswith("YWSTORM_")}
    path = f"{folder / 'bin'}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**kept, "PATH": path, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_the_command_works(folder: Path, shop: str, command: Command, request: pytest.FixtureRequest) -> None:
    write_files(folder, command.page)
    root, text = shop, shortened(command.text)
    variables = {"YWSTORM_WORKERS": "1"}  # a process less for each; programs take what there is
    if "ywmessaging" in text:
        target = request.getfixturevalue("target")
        email = f"{uuid4().hex}@example.com"  # another run may have cleaned up
        member = target.register(email, PASSWORD)
        root, text = target.root, text.replace("church-12345", member["church"]).replace(EMAIL, email)
        variables |= {"ADMIN_TOKEN": member["token"], "USERS": "2"}  # to register; two are quicker than five
    if "--with-target" not in text:
        variables["BASE_URL"] = f"{root}/api"
    for written in ("http://localhost:3000", "http://staging.example.com", "https://api.ywmessaging.com"):
        text = text.replace(written, root)

    ended = shell(folder, text, **variables)

    assert ended.returncode == command.exit_code, f"{text}\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_the_program_works(folder: Path, shop: str, program: Program, request: pytest.FixtureRequest) -> None:
    """Whole scripts of the page on scripting run against the reference target, as that page says."""
    write_files(folder, program.page)
    (folder / "program.py").write_text(shortened(program.text))
    is_ours = program.is_whole and program.page == "scripting.md"
    root = request.getfixturevalue("target").root if is_ours else shop

    ended = shell(folder, "ywstorm run program.py --quiet --summary-export summary.json", BASE_URL=f"{root}/api")

    said = f"{ended.stdout}\n{ended.stderr}"
    assert ended.returncode == program.exit_code, said
    if program.exit_code:
        return
    told = json.loads((folder / "summary.json").read_text())
    assert schema_problems(told) == []
    assert [check for check in told["checks"] if check["fails"]] == [], said
    done = {each["name"]: each["iterations"] + each["interrupted"] for each in told["scenarios"]}
    assert {line: done[f"line_{line}"] for line in program.iterations} == dict.fromkeys(program.iterations, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
class TestNothingIsLeftOut:
    def test_each_row_is_run_or_known_not_to_be(self, page: Page) -> None:
        covered = {line for each in CASES if each.page == page.name for line in each.lines}

        assert {row.theirs for row in page.rows if row.line not in covered} == NOT_RUN[page.name]

    def test_each_block_of_ours_is_run(self, page: Page) -> None:
        covered = {line for program in PROGRAMS if program.page == page.name for line in program.lines}
        typed = " ".join(command.text for command in COMMANDS if command.page == page.name)

        for block in page.blocks:
            assert block.language in {"python", "sh", "yaml", "js", "csv", "json"}
            if block.language == "python" and block.name != "locust":
                assert block.name in typed if block.name else block.line in covered, f"{page.name}:{block.line}"

    def test_each_cell_of_ours_says_one_thing(self, page: Page) -> None:
        """A second piece of code in a cell would not be run."""
        assert [row.line for row in page.rows if len(row.code) > 1] == []


def test_what_is_shortened_stands_on_a_page() -> None:
    written = "".join((ROOT / "docs" / page.name).read_text(encoding="utf-8") for page in PAGES)

    assert [each for each in (*SHORTER, *SUITE_SHORTER) if each not in written] == []


class TestThePageOnScriptingIsWhole:
    TEXT = (ROOT / "docs/scripting.md").read_text(encoding="utf-8")

    def test_it_has_every_public_name(self) -> None:
        assert [name for name in ywstorm.__all__ if name not in self.TEXT and name != "__version__"] == []

    def test_it_has_every_keyword(self) -> None:
        keywords = [*OptionKeywords.__annotations__, *ScenarioKeywords.__annotations__]

        assert [name for name in keywords if f"    {name}=" not in self.TEXT] == []

    def test_it_has_all_that_a_vu_and_an_answer_can_do(self) -> None:
        of_tasks = {*dir(asyncio.Task), "get_context"}  # a Task has that one from 3.12 on
        not_for_scripts = {"prepare", "scenario_context"}
        of_vus = [name for name in dir(ywstorm.VU) if name not in of_tasks | not_for_scripts]
        told = [
            *(f"vu.{name}" for name in of_vus if name[0] != "_"),
            *(n for n in dir(ywstorm.Response) if n[0] != "_"),
        ]

        assert [name for name in told if name not in self.TEXT] == []

    def test_it_or_the_page_for_those_who_know_k6_has_every_flag(self) -> None:
        text = self.TEXT + (ROOT / "docs/from-k6.md").read_text(encoding="utf-8")

        assert [flag.name for flag in run.params if not any(name in text for name in flag.opts)] == []
