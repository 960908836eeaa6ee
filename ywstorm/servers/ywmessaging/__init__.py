"""
The reference target: the API of the first users, written anew, on a real database.

It keeps to the contract of their deployment (bodies, statuses, headers, tokens, caches), hashes passwords with bcrypt,
and counts every request that reaches it, so that the accounts of a run can be checked against it.

Importing this package loads neither aiohttp nor the libraries of the extra ``ywstorm[target]``: only :func:`run` does.
"""

import asyncio
import importlib.util
import signal
import sys
from collections.abc import Sequence

import uvloop

from ywstorm.errors import OptionsError, Problem, suggestion
from ywstorm.servers.ywmessaging.config import TargetOptions
from ywstorm.servers.ywmessaging.database import DatabaseUnavailableError
from ywstorm.servers.ywmessaging.databases import is_postgres, shown
from ywstorm.servers.ywmessaging.faults import parse_fault

__all__ = ["TargetOptions", "run"]

_EXTRA = {"bcrypt": "bcrypt", "jwt": "PyJWT"}
"""Import name to distribution name of what the extra ``[target]`` brings, but for PostgreSQL."""
_POSTGRES = {"asyncpg": "asyncpg"}


def run(options: TargetOptions) -> None:
    """
    Serve the reference API until SIGTERM or SIGINT.

    Prints one line, ``listening on http://127.0.0.1:PORT/api``, to stdout when requests are accepted.

    Raises:
        OptionsError: a library of the extra is missing, *options* are unusable, the database cannot be used, or the
            address cannot be listened on.
        YwstormError: one of several processes ended by itself.
    """
    problems = [*_missing_libraries(options), *options.problems()]
    if problems:
        raise OptionsError(problems)

    # Not at the top: only now is it known that what the server imports is there.
    from ywstorm.servers.ywmessaging.app import endpoints, serve
    from ywstorm.servers.ywmessaging.supervisor import supervise

    problems = _idle_faults(options, endpoints())
    if problems:
        raise OptionsError(problems)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until a loop listens to it: what was begun is undone
    try:
        if options.workers > 1:
            supervise(options)
        else:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve(options))
    except DatabaseUnavailableError as error:
        raise OptionsError([Problem("--db", f"{shown(str(options.db))} cannot be used: {error}")]) from error


def _missing_libraries(options: TargetOptions) -> list[Problem]:
    wanted = _EXTRA | (_POSTGRES if is_postgres(str(options.db)) else {})
    missing = [name for module, name in wanted.items() if importlib.util.find_spec(module) is None]
    if not missing:
        return []
    what = f"the reference target needs {' and '.join(missing)}"
    return [Problem("ywstorm target", what, "pip install 'ywstorm[target]'")]


def _idle_faults(options: TargetOptions, endpoints: Sequence[str]) -> list[Problem]:
    """Rules that fit no endpoint: a typing error, and a test of failures that would see none."""
    rules = {text: parse_fault(text) for text in options.faults}
    return [
        Problem("--fault", f"{text!r} fits no endpoint", suggestion(f"{rule.method} {rule.path}", endpoints))
        for text, rule in rules.items()
        if not any(rule.fits(endpoint) for endpoint in endpoints)
    ]
