"""
The command line: one command per file, each imported when it is called and not before.

``ywstorm --help`` loads click and nothing else of weight.
"""

from importlib import import_module

import click

from ywstorm.config import VERSION

__all__ = ["main"]

_COMMANDS = {
    "run": ("ywstorm.cli.run", "Run a script or a suite and judge the service."),
    "target": ("ywstorm.cli.target", "Serve the reference API, to try things on."),
}


class _LazyGroup(click.Group):
    """A group that knows the names and first sentences of its commands, and imports only the one that is called."""

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


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ywstorm")
def main() -> None:
    """A load generator that people can believe."""
