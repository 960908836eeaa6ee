"""``ywstorm completion``: the script with which a shell completes our words."""

import click
from click.shell_completion import get_completion_class

from ywstorm.cli.output import ends_well, print_data
from ywstorm.errors import InternalError

__all__ = ["completion"]

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_YWSTORM_COMPLETE"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(_SHELLS))
@ends_well
def completion(shell: str) -> int:
    """
    Print what makes a shell complete commands, flags, scripts, suites and scenarios.

    \b
    bash:  ywstorm completion bash > ~/.local/share/bash-completion/completions/ywstorm
    zsh:   ywstorm completion zsh > ~/.zfunc/_ywstorm      (with ~/.zfunc in fpath)
    fish:  ywstorm completion fish > ~/.config/fish/completions/ywstorm.fish
    """
    found = get_completion_class(shell)
    if found is None:
        raise InternalError(f"click completes nothing in {shell}")
    group = click.get_current_context().find_root().command
    print_data(f"{found(group, {}, 'ywstorm', _VARIABLE).source()}\n")
    return 0
