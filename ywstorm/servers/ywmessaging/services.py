"""What the handlers work with, made once for the server."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ywstorm.servers.ywmessaging.cache import AnswerCache
from ywstorm.servers.ywmessaging.config import TargetOptions
from ywstorm.servers.ywmessaging.counts import Counts
from ywstorm.servers.ywmessaging.database import Database
from ywstorm.servers.ywmessaging.outbox import Outbox
from ywstorm.servers.ywmessaging.passwords import Passwords
from ywstorm.servers.ywmessaging.tokens import Tokens

__all__ = ["SERVICES", "Services", "open_services"]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything with a life longer than a request."""

    options: TargetOptions
    database: Database
    passwords: Passwords
    tokens: Tokens
    cache: AnswerCache
    outbox: Outbox
    counts: Counts

    def close(self) -> None:
        """End the threads and close the database; waits for what is under way."""
        self.passwords.close()
        self.database.close()


SERVICES = web.AppKey("services", Services)


def open_services(options: TargetOptions, path: Path) -> Services:
    """Open the database at *path* and make everything around it."""
    database = Database(path, options.pool_size, options.pool_timeout_s)
    return Services(
        options=options,
        database=database,
        passwords=Passwords(options.bcrypt_cost),
        tokens=Tokens(options.access_token_s, options.refresh_token_s),
        cache=AnswerCache(options.cache_s),
        outbox=Outbox(database, options.sms_delay_s),
        counts=Counts(),
    )
