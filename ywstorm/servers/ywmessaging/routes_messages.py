"""Routes of messages to many and of the analytics about them."""

from aiohttp import web

from ywstorm.servers.ywmessaging import messages
from ywstorm.servers.ywmessaging.answers import ApiError, encoded, json_answer, raw_answer
from ywstorm.servers.ywmessaging.calls import Call, private
from ywstorm.servers.ywmessaging.limiting import take_message
from ywstorm.servers.ywmessaging.tokens import Identity
from ywstorm.servers.ywmessaging.validation import Fields, days_of, page_of

__all__ = ["ROUTES"]

_MAX_CHARACTERS = 160
"""One SMS."""


async def _send(call: Call, who: Identity) -> web.Response:
    take_message(call, who)
    fields = Fields(call.body)
    content = fields.text("content", high=_MAX_CHARACTERS)
    target_type = fields.one_of("targetType", ("individual", "all"))
    target_ids, scheduled_at = fields.uuids("targetIds"), fields.optional_text("scheduleTime")
    fields.done()
    targets = None if target_type == "all" else frozenset(target_ids)
    sent = await call.services.database.write(messages.add, who.church_id, content, targets, scheduled_at)
    if sent is None:
        raise ApiError(400, {"success": False, "error": "No valid recipients found"})
    if scheduled_at is None:
        call.services.outbox.put(sent["id"], sent["totalRecipients"])
    return json_answer({"success": True, "data": sent}, status=201)


async def _history(call: Call, who: Identity) -> web.Response:
    page, limit = page_of(call.request.query, limit=20)
    return json_answer(await call.services.database.read(messages.history, who.church_id, page, limit))


async def _summary(call: Call, who: Identity) -> web.Response:
    services = call.services

    async def make() -> bytes:
        return encoded(await services.database.read(messages.summary, who.church_id))

    return raw_answer(await services.cache.answer(who.church_id, "summary", None, make))


async def _by_day(call: Call, who: Identity) -> web.Response:
    days = days_of(call.request.query)
    return json_answer(await call.services.database.read(messages.by_day, who.church_id, days))


ROUTES = (
    web.post("/api/messages/send", private(_send)),
    web.get("/api/messages/history", private(_history)),
    web.get("/api/analytics/summary", private(_summary)),
    web.get("/api/analytics/messages", private(_by_day)),
)
