"""What the handlers work with, made once for the server."""

from dataclasses import dataclass

from aiohttp import web

from ywstorm.servers.ywmessaging.cache import AnswerCache
from ywstorm.servers.ywmessaging.config import TargetOptions
from ywstorm.servers.ywmessaging.counts import Counts
from ywstorm.servers.ywmessaging.database import Database
from ywstorm.servers.ywmessaging.databases import open_database
from ywstorm.servers.ywmessaging.faults import Faults, parse_fault
from ywstorm.servers.ywmessaging.limits import Limits
from ywstorm.servers.ywmessaging.outbox import Outbox
from ywstorm.servers.ywmessaging.passwords import Passwords
from ywstorm.servers.ywmessaging.revocations import Revocations
from ywstorm.servers.ywmessaging.shared import Shared
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
    faults: Faults
    limits: Limits | None

    async def close(self) -> None:
        """End the threads and close the database; waits for what is under way."""
        self.passwords.close()
        await self.database.close()


SERVICES = web.AppKey("services", Services)


async def open_services(options: TargetOptions, shared: Shared, database_url: str, process: int = 0) -> Services:
    """
    Open the database, which has its tables, and make everything around it.

    Args:
        options: Of the target.
        shared: What this process has in common with the others.
        database_url: As in the options, where it may be absent.
        process: Which of the processes this is, from 0.
    """
    database = await open_database(database_url, options.pool_size, options.pool_timeout_s)
    revocations = Revocations(database, shared.stamps)
    return Services(
        options=options,
        database=database,
        passwords=Passwords(options.bcrypt_cost),
        tokens=Tokens(shared.keys, revocations, options.access_token_s, options.refresh_token_s),
        cache=AnswerCache(options.cache_s, shared.stamps),
        outbox=Outbox(database, options.sms_delay_s),
        counts=Counts(shared.counters, process),
        faults=Faults([parse_fault(rule) for rule in options.faults], options.fault_seed + process),
        limits=Limits() if options.has_rate_limits else None,
    )
