"""``ywstorm target``: serve the reference API."""

from typing import Any

import click

from ywstorm.cli.output import ends_well
from ywstorm.errors import OptionsError, Problem
from ywstorm.units import NS_PER_S, parse_duration

__all__ = ["target"]


class _Rule(click.types.StringParamType):
    """A rule with blanks in it, of which a variable holds several separated by semicolons."""

    envvar_list_splitter = ";"


@click.command(context_settings={"auto_envvar_prefix": "YWSTORM_TARGET"})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, help="TCP port; 0 takes a free one.")
@click.option("--db", metavar="URL", help="sqlite:PATH or postgres://…; kept. Default: a temporary SQLite file.")
@click.option("--pool", type=int, metavar="N", help="Database connections of a process. Default: 2 per core, and 1.")
@click.option("--pool-timeout", default="5s", show_default=True, metavar="DURATION", help="Wait for one; then 503.")
@click.option("--workers", default=1, show_default=True, metavar="N", help="Processes that share the port.")
@click.option("--rate-limits", is_flag=True, help="Limit requests, failed logins and messages, with 429.")
@click.option("--fault", type=_Rule(), multiple=True, metavar="'METHOD PATH:EFFECT,…'", help="Repeatable; see above.")
@click.option("--fault-seed", default=0, show_default=True, help="The same seed strikes the same requests.")
@click.option("--register-delay", default="0s", show_default=True, metavar="DURATION", help="A registration blocks.")
@click.option("--bcrypt-cost", default=10, show_default=True, help="Rounds of password hashing, as a power of two.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when stdin is closed.")
@ends_well
def target(pool: int | None, **given: Any) -> int:
    """
    Serve the reference API, to try things on, until Ctrl-C.

    A fault makes an endpoint slow, fail or hang up: --fault 'POST /messages/send:delay=200ms',
    --fault 'GET /analytics/summary:status=500,rate=0.1', --fault '* /auth/*:close' (or reset).

    Needs the extra "target": pip install 'ywstorm[target]'.
    """
    from ywstorm.servers.ywmessaging import TargetOptions, run

    run(
        TargetOptions(
            host=given["host"],
            port=given["port"],
            db=given["db"],
            workers=given["workers"],
            bcrypt_cost=given["bcrypt_cost"],
            register_delay_s=_seconds("--register-delay", given["register_delay"]),
            **({} if pool is None else {"pool_size": pool}),
            pool_timeout_s=_seconds("--pool-timeout", given["pool_timeout"]),
            has_rate_limits=given["rate_limits"],
            faults=given["fault"],
            fault_seed=given["fault_seed"],
            is_bound_to_stdin=given["with_parent"],
        )
    )
    return 0


def _seconds(flag: str, text: str) -> float:
    try:
        return parse_duration(text) / NS_PER_S
    except ValueError as error:
        raise OptionsError([Problem(flag, str(error))]) from error
