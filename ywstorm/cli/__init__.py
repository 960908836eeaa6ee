"""
The command line: one command per file, each imported when it is called and not before.

``ywstorm --help`` loads click and nothing else of weight.
"""

import sys
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from ywstorm.cli.output import OutputError

__all__ = ["main"]

_COMMANDS = {
    "run": ("ywstorm.cli.run", "Run a script or a suite and judge the service."),
    "inspect": ("ywstorm.cli.inspect", "Show what would run, as JSON."),
    "new": ("ywstorm.cli.new", "Write a script to begin with."),
    "target": ("ywstorm.cli.target", "Serve the reference API, to try things on."),
    "completion": ("ywstorm.cli.completion", "Print the completion script of a shell."),
}


class _LazyGroup(click.Group):
    """A group that knows the names and first sentences of its commands, and imports only the one that is called."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line. Commands explain their own errors; click's own output has nobody else to do so."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # --help or --version on a full disk
            click.echo(f"error: stdout: {error.strerror or error}", err=True)
            sys.exit(OutputError.exit_code)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Offer commands without importing them."""
        return [CompletionItem(name, help=text) for name, (_, text) in _COMMANDS.items() if name.startswith(incomplete)]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(_COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 (for the type checker)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in _COMMANDS.items()])


def _print_version(ctx: click.Context, param: click.Parameter, is_given: bool) -> None:  # noqa: ARG001 (click's)
    if is_given and not ctx.resilient_parsing:
        from ywstorm.config import VERSION  # --help does not need it

        click.echo(f"ywstorm, version {VERSION}")
        ctx.exit()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """A load generator that people can believe."""
