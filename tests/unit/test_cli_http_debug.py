"""The flag ``--http-debug[=full]``, its variable and its option: what they mean, and when they warn."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.reference.scripts import plan, planning_problems
from ywstorm.cli.plan_options import SETTINGS, SectionedCommand, flags_of, plan_options

SCRIPT = "@scenario({executor})\nasync def browse(vu): ..."


def flag_given(*words: str, env: dict[str, str] | None = None) -> str | None:
    """What the command line makes of *words*."""
    found: list[str | None] = []

    @click.command(cls=SectionedCommand, context_settings=SETTINGS)
    @plan_options
    def command(script: str, **given: Any) -> None:
        found.append(flags_of(given).http_debug)
        assert script == "a.py"

    result = CliRunner().invoke(command, words, env=env, auto_envvar_prefix="YWSTORM")
    assert result.exit_code == 0, result.output
    return found[0]


@pytest.mark.parametrize(
    ("words", "env", "meaning"),
    [
        (("a.py",), {}, None),
        (("--http-debug", "a.py"), {}, "headers"),
        (("a.py", "--http-debug"), {}, "headers"),
        (("a.py", "--http-debug", "-u", "1"), {}, "headers"),
        (("--http-debug=full", "a.py"), {}, "full"),
        (("--http-debug=headers", "a.py"), {}, "headers"),
        (("a.py",), {"YWSTORM_HTTP_DEBUG": "full"}, "full"),
        (("a.py", "--http-debug"), {"YWSTORM_HTTP_DEBUG": "full"}, "headers"),
    ],
)
def test_alone_it_means_headers_and_takes_no_other_word(
    words: tuple[str, ...], env: dict[str, str], meaning: str | None
) -> None:
    assert flag_given(*words, env=env) == meaning


def warnings_of(folder: Path, executor: str, **flags: object) -> list[str]:
    return [text for text in plan(folder, SCRIPT.format(executor=executor), **flags).warnings if "http_debug" in text]


def test_it_reaches_the_options_and_is_told(tmp_path: Path) -> None:
    planned = plan(tmp_path, SCRIPT.format(executor="ConstantVUs(vus=5, duration=1)"), http_debug="full")

    assert planned.options.http_debug == "full"
    assert planned.overrides == ("http_debug: full, not none",)
    assert planned.warnings == ()


def test_with_many_virtual_users_it_warns(tmp_path: Path) -> None:
    executor = "ConstantVUs(vus=1200, duration=1)"

    assert warnings_of(tmp_path, executor, http_debug="headers") == [
        "http_debug prints every request of up to 1,200 VUs, which takes time and room: try -u 1 -i 1"
    ]
    assert warnings_of(tmp_path, executor, http_debug="headers", vus=5) == []
    assert warnings_of(tmp_path, executor) == []


def test_another_word_is_a_problem(tmp_path: Path) -> None:
    script = SCRIPT.format(executor="ConstantVUs(duration=1)")

    assert planning_problems(tmp_path, script, http_debug="yes") == [
        "flags http_debug: 'yes' is neither 'headers' nor 'full'"
    ]
    assert planning_problems(tmp_path, f"options(http_debug=True)\n{script}") == [
        "the_script.py:6 options http_debug: True is neither 'headers' nor 'full'"
    ]
