"""
The queue behind ``POST /messages/send``: the answer does not wait for it.

It sends one SMS at a time, as the users' server does, so its backlog grows under load. That is one of the weaknesses a
load test should find, not a fault of this file. Each process of a target has a queue of its own.
"""

import asyncio
import logging

from ywstorm.servers.ywmessaging import messages
from ywstorm.servers.ywmessaging.database import Database, DatabaseUnavailableError

__all__ = ["Outbox"]

_LOG = logging.getLogger(__name__)


class Outbox:
    """
    Messages that wait for the SMS provider.

    Args:
        database: Where the outcome is noted.
        sms_delay_s: What the provider takes for one SMS.
    """

    def __init__(self, database: Database, sms_delay_s: float) -> None:
        self._database = database
        self._sms_delay_s = sms_delay_s
        self._waiting: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    def put(self, message_id: str, recipients: int) -> None:
        """Have a message sent when its turn comes."""
        self._waiting.put_nowait((message_id, recipients))

    async def send_one(self) -> None:
        """Wait as long as the provider takes for one SMS: what a reply does before it is answered."""
        await asyncio.sleep(self._sms_delay_s)

    async def run(self) -> None:
        """Send what is put in, one after another, until cancelled; what still waits then is never sent."""
        while True:
            message_id, recipients = await self._waiting.get()
            for _ in range(recipients):
                await self.send_one()
            try:
                await self._database.write(messages.deliver, message_id)
            except DatabaseUnavailableError as exc:  # this one stays pending; the others still want to be sent
                _LOG.warning("the delivery of message %s is not noted: %s", message_id, exc)
