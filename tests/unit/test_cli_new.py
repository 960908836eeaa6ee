"""``ywstorm new``: what it writes can be planned, and it takes care of what is there."""

import json
import sys
from pathlib import Path

import pytest

from ywstorm.cli import main
from ywstorm.cli.templates import TEMPLATES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delenv("BASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments), prog_name="ywstorm")
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_script_has_no_problems(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"new_{template}.py"
    assert command("new", name, "--template", template) == 0
    assert f"ywstorm run {name} --base-url URL" in capsys.readouterr().err

    assert command("inspect", name) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["options"]["base_url"] == "http://localhost:3000/api"
    assert told["thresholds"]


def test_the_first_lines_say_how_to_run_it(folder: Path) -> None:
    assert command("new", "my load.py") == 0

    text = (folder / "my load.py").read_text()
    assert "    ywstorm run 'my load.py' --with-target " in text
    assert "THIS_FILE" not in text


REFUSED = {
    "a name that is no script's": ("load", "'load' does not end in .py", "write load.py"),
    "a folder": ("there.py", "'there.py' is a folder", ""),
    "a folder that is not there": ("no/load.py", "there is no folder 'no'", ""),
    "a file that is there": ("mine.py", "there is a file 'mine.py' already", "give --force to replace it"),
}


@pytest.mark.parametrize(("name", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_refused(
    folder: Path, name: str, message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "there.py").mkdir()
    (folder / "mine.py").write_text("mine")

    assert command("new", name) == 104

    assert message in capsys.readouterr().err
    assert (folder / "mine.py").read_text() == "mine"


def test_force_replaces_a_file(folder: Path) -> None:
    (folder / "mine.py").write_text("mine")

    assert command("new", "mine.py", "--force") == 0

    assert "async def visit" in (folder / "mine.py").read_text()


def test_a_file_that_cannot_be_written_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "full.py").symlink_to("/dev/full")

    assert command("new", "full.py", "--force") == 112

    assert capsys.readouterr().err == "error: full.py: No space left on device\n"
