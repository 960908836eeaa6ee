"""``ywstorm target``: serve the reference API."""

import os
import signal
import sys
import threading
from pathlib import Path

import click

from ywstorm.cli.output import ends_well

__all__ = ["target"]


@click.command(context_settings={"auto_envvar_prefix": "YWSTORM_TARGET"})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, help="TCP port; 0 takes a free one.")
@click.option("--db", type=click.Path(path_type=Path), help="SQLite file; default: a temporary one.")
@click.option("--bcrypt-cost", default=10, show_default=True, help="Rounds of password hashing, as a power of two.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when stdin is closed.")
@ends_well
def target(host: str, port: int, db: Path | None, bcrypt_cost: int, with_parent: bool) -> int:
    """
    Serve the reference API, to try things on, until Ctrl-C.

    Needs the extra "target": pip install 'ywstorm[target]'.
    """
    from ywstorm.servers.ywmessaging import TargetOptions, run

    if with_parent:
        threading.Thread(target=_stop_with_parent, name="with-parent", daemon=True).start()
    run(TargetOptions(host=host, port=port, db=db, bcrypt_cost=bcrypt_cost))
    return 0


def _stop_with_parent() -> None:
    """Wait until whoever holds the other end of stdin closes it, by will or by death, then stop this process."""
    # The descriptor, not sys.stdin: Python cannot end while a thread waits inside a buffered reader.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
