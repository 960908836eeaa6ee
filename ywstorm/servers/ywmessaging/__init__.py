"""
The reference target: the API of the first users, written anew, on a real database.

It keeps to the contract of their deployment (bodies, statuses, headers, tokens, caches), hashes passwords with bcrypt,
and counts every request that reaches it, so that the accounts of a run can be checked against it.

Importing this package loads neither aiohttp nor the libraries of the extra ``ywstorm[target]``: only :func:`run` does.
"""

import asyncio
import importlib.util

import uvloop

from ywstorm.errors import OptionsError, Problem
from ywstorm.servers.ywmessaging.config import TargetOptions

__all__ = ["TargetOptions", "run"]

_EXTRA = {"bcrypt": "bcrypt", "jwt": "PyJWT"}
"""Import name to distribution name of what the extra ``[target]`` brings."""


def run(options: TargetOptions) -> None:
    """
    Serve the reference API until SIGTERM or SIGINT.

    Prints one line, ``listening on http://127.0.0.1:PORT/api``, to stdout when requests are accepted.

    Raises:
        OptionsError: a library of the extra is missing, or *options* are unusable.
        OSError: the address cannot be bound.
    """
    missing = [name for module, name in _EXTRA.items() if importlib.util.find_spec(module) is None]
    if missing:
        what = f"the reference target needs {' and '.join(missing)}"
        raise OptionsError([Problem("ywstorm target", what, "pip install 'ywstorm[target]'")])
    problems = options.problems()
    if problems:
        raise OptionsError(problems)

    # Not at the top: only now is it known that what the server imports is there.
    from ywstorm.servers.ywmessaging.app import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(options))
