"""``ywstorm new``: a script to begin with, which runs as it is."""

import shlex
from pathlib import Path

import click

from ywstorm.cli.output import OutputError, ends_well, say
from ywstorm.cli.templates import TEMPLATES
from ywstorm.errors import OptionsError, Problem

__all__ = ["new"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--template", type=click.Choice(list(TEMPLATES)), default="minimal", show_default=True, help="How much of it."
)
@click.option("-f", "--force", is_flag=True, help="Replace the file if there is one.")
@ends_well
def new(file: Path, template: str, force: bool) -> int:
    """
    Write a commented script to begin with.

    \b
    ywstorm new load.py
    ywstorm run load.py --base-url http://localhost:3000/api
    ywstorm run load.py --with-target     against the reference API, if you have none yet
    """
    problem = _problem(file, is_forced=force)
    if problem is not None:
        raise OptionsError([problem])
    text = TEMPLATES[template].replace("THIS_FILE", shlex.quote(str(file)))
    try:
        with file.open("w" if force else "x", encoding="utf-8") as script:
            script.write(text)
    except OSError as error:
        raise OutputError(f"{file}: {error.strerror or error}") from error
    say(f"wrote {file}; run it:  ywstorm run {shlex.quote(str(file))} --base-url URL  (or --with-target)")
    return 0


def _problem(file: Path, *, is_forced: bool) -> Problem | None:
    """Say why *file* cannot become a script, if so."""
    if file.suffix != ".py":
        return Problem("", f"'{file}' does not end in .py, as the name of a script does", f"write {file}.py")
    if file.is_dir():
        return Problem("", f"'{file}' is a folder")
    if file.exists() and not is_forced:
        return Problem("", f"there is a file '{file}' already", "give --force to replace it")
    if not file.parent.is_dir():
        return Problem("", f"there is no folder '{file.parent}'")
    return None
