"""Shell completion: what Tab offers, and that it runs nobody's script."""

from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from ywstorm.cli import main
from ywstorm.cli.names import scenario_names

SCRIPT = """
raise SystemExit("pressing Tab must not run a script")

from ywstorm import scenario

@scenario(ConstantVUs(duration="1s"))
async def browse(vu): ...

@yw.scenario(ConstantVUs(duration="1s"), name="buy")
@scenario(ConstantVUs(duration="2s"), name="buy-slowly")
@scenario(ConstantVUs(duration="2s"), name=NAME)
async def shop(vu): ...

@setup
async def prepare(vu): ...
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "load.py").write_text(SCRIPT)
    (tmp_path / "broken.py").write_text("def (")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / ".hidden.py").write_text("")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "other.py").write_text("")
    return tmp_path


def offered(*words: str) -> list[str]:
    """What Tab offers after *words*, the last of which is not finished."""
    completer = ShellComplete(main, {}, "ywstorm", "_YWSTORM_COMPLETE")
    return [item.value for item in completer.get_completions(list(words[:-1]), words[-1])]


OFFERS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "commands": (("",), ["run", "inspect", "new", "target", "completion"]),
    "a command": (("ins",), ["inspect"]),
    "suites, scripts and folders": (("run", ""), ["ywmessaging", "broken.py", "load.py", "more/"]),
    "a suite": (("run", "yw"), ["ywmessaging"]),
    "a script": (("inspect", "lo"), ["load.py"]),
    "a script in a folder": (("run", "more/"), ["more/other.py"]),
    "nothing in a folder that is not there": (("run", "none/"), []),
    "hidden files when asked for": (("run", ".h"), [".hidden.py"]),
    "scenarios of a script": (("run", "load.py", "--scenario", ""), ["browse", "buy", "buy-slowly"]),
    "a scenario": (("run", "load.py", "-u", "5", "--scenario", "br"), ["browse"]),
    "scenarios of a suite": (("run", "ywmessaging", "--scenario", "sm"), ["smoke"]),
    "no scenarios of a script that does not parse": (("run", "broken.py", "--scenario", ""), []),
    "no scenarios without a script": (("run", "--scenario", ""), []),
    "flags": (("run", "load.py", "--no-t"), ["--no-teardown", "--no-thresholds"]),
    "words of a flag": (("run", "load.py", "--connections", "per_r"), ["per_request"]),
    "templates": (("new", "x.py", "--template", ""), ["minimal", "full"]),
    "shells": (("completion", ""), ["bash", "zsh", "fish"]),
}


@pytest.mark.parametrize(("words", "expected"), OFFERS.values(), ids=OFFERS)
def test_tab_offers(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_scenarios_of_a_suite_are_those_that_it_declares() -> None:
    assert {"smoke", "load", "spike"} <= set(scenario_names("ywmessaging"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["completion", shell], prog_name="ywstorm")

    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert f"_YWSTORM_COMPLETE={shell}_complete" in printed
    assert printed.endswith("\n")


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["completion", "tcsh"], prog_name="ywstorm")

    assert caught.value.code == click.UsageError.exit_code
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err
