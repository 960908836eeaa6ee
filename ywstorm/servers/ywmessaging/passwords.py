"""Password hashes: bcrypt at its real cost, in threads, so that the event loop stays free."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import bcrypt

__all__ = ["Passwords"]

_MAX_THREADS = 4
"""As many as Node's thread pool has, where the users' server hashes."""
_MAX_BYTES = 72
"""bcrypt reads no further."""


class Passwords:
    """
    Hashing and checking of passwords.

    Args:
        cost: bcrypt's cost: 2**cost rounds.
    """

    def __init__(self, cost: int) -> None:
        self._cost = cost
        threads = min(_MAX_THREADS, len(os.sched_getaffinity(0)))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ywmessaging-bcrypt")
        self._nobody = bcrypt.hashpw(b"nobody", bcrypt.gensalt(cost))

    async def hash(self, password: str) -> str:
        """The hash of *password*, to be stored."""
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._threads, bcrypt.hashpw, _secret(password), bcrypt.gensalt(self._cost))
        return made.decode()

    async def is_correct(self, password: str, stored: str | None) -> bool:
        """Whether *password* has the hash *stored*. Without one (nobody has that address) the answer takes as long."""
        loop = asyncio.get_running_loop()
        expected = stored.encode() if stored else self._nobody
        matches = await loop.run_in_executor(self._threads, bcrypt.checkpw, _secret(password), expected)
        return matches and stored is not None

    def close(self) -> None:
        """Wait for the hashes under way, drop those that wait, and end the threads."""
        self._threads.shutdown(cancel_futures=True)


def _secret(password: str) -> bytes:
    return password.encode()[:_MAX_BYTES]
