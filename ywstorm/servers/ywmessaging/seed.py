"""
What a new church finds on its first day: members, conversations and a month of sent messages.

The same for every church but for the identifiers, so that two runs read the same amount of data.
"""

from datetime import timedelta
from itertools import cycle, islice
from uuid import uuid4

from ywstorm.servers.ywmessaging.answers import iso_time
from ywstorm.servers.ywmessaging.database import Connection

__all__ = ["fill"]

_MEMBERS = 25
_CONVERSATIONS = 20
_MESSAGES_PER_CONVERSATION = 8
_SENT_DAYS = 30
_FAILS_EVERY = 25
"""One recipient in so many is not reached: analytics need something to divide."""

_FIRST_NAMES = ("Ada", "Ben", "Chidi", "Dora", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kofi", "Lena")
_LAST_NAMES = ("Abara", "Brandt", "Costa", "Diallo", "Evans", "Fischer", "Garcia")
_LINES = (
    "Good morning! What time does the service start on Sunday?",
    "At ten, and there is coffee from half past nine.",
    "Thank you. Can I bring two friends?",
    "Of course, everybody is welcome.",
)


async def fill(connection: Connection, church_id: str) -> None:
    """Give *church_id* its first data: about 1,000 rows, some 10 ms."""
    branch_ids = [str(uuid4()) for _ in range(2)]
    await connection.execute_many(
        "INSERT INTO branches VALUES ($1, $2, $3)",
        [(branch_id, church_id, name) for branch_id, name in zip(branch_ids, ("Main", "North"), strict=True)],
    )
    member_ids = await _add_members(connection, church_id, branch_ids)
    await _add_conversations(connection, church_id, member_ids[:_CONVERSATIONS])
    await _add_sent_messages(connection, church_id, member_ids)


async def _add_members(connection: Connection, church_id: str, branch_ids: list[str]) -> list[str]:
    names = zip(cycle(_FIRST_NAMES), cycle(_LAST_NAMES), strict=False)
    rows = [
        (str(uuid4()), church_id, branch_ids[i % len(branch_ids)], first, last, f"+1555{i:07}")
        for i, (first, last) in enumerate(islice(names, _MEMBERS))
    ]
    await connection.execute_many("INSERT INTO members VALUES ($1, $2, $3, $4, $5, $6)", rows)
    return [row[0] for row in rows]


async def _add_conversations(connection: Connection, church_id: str, member_ids: list[str]) -> None:
    conversations, messages = [], []
    for i, member_id in enumerate(member_ids):
        conversation_id = str(uuid4())
        times = [iso_time(timedelta(hours=-i, minutes=-5 * left)) for left in range(_MESSAGES_PER_CONVERSATION, 0, -1)]
        conversations.append((conversation_id, church_id, member_id, "open", i % 3, times[-1], times[0]))
        for n, (line, time) in enumerate(zip(cycle(_LINES), times, strict=False)):
            is_inbound = n % 2 == 0
            direction, delivery = ("inbound", None) if is_inbound else ("outbound", "delivered")
            messages.append((str(uuid4()), conversation_id, line, direction, delivery, None, time))
    await connection.execute_many("INSERT INTO conversations VALUES ($1, $2, $3, $4, $5, $6, $7)", conversations)
    await connection.execute_many("INSERT INTO conversation_messages VALUES ($1, $2, $3, $4, $5, $6, $7)", messages)


async def _add_sent_messages(connection: Connection, church_id: str, member_ids: list[str]) -> None:
    messages, recipients = [], []
    for days_ago in range(_SENT_DAYS):
        message_id = str(uuid4())
        time = iso_time(timedelta(days=-days_ago))
        messages.append((message_id, church_id, f"News of day {days_ago}", "all", len(member_ids), "sent", None, time))
        for n, member_id in enumerate(member_ids):
            status = "failed" if (n + days_ago) % _FAILS_EVERY == 0 else "delivered"
            recipients.append((message_id, member_id, status))
    await connection.execute_many("INSERT INTO messages VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", messages)
    await connection.execute_many("INSERT INTO message_recipients VALUES ($1, $2, $3)", recipients)
