"""Routes under ``/api/messages/conversations``: the way that users walk most."""

from typing import Any

from aiohttp import web

from ywstorm.servers.ywmessaging import conversations
from ywstorm.servers.ywmessaging.answers import encoded, json_answer, not_found, raw_answer, validation_failed
from ywstorm.servers.ywmessaging.calls import Call, private
from ywstorm.servers.ywmessaging.tokens import Identity
from ywstorm.servers.ywmessaging.validation import Fields, page_of

__all__ = ["ROUTES"]

_STATUSES = ("open", "closed", "archived")
_MAX_CHARACTERS = 160
"""One SMS."""


async def _list(call: Call, who: Identity) -> web.Response:
    query, services = call.request.query, call.services
    status = query.get("status", "open")
    if status not in _STATUSES:
        raise validation_failed([{"field": "status", "message": "Invalid status", "code": "invalid_enum_value"}])
    parameters = (status, *page_of(query, limit=20))

    async def make() -> bytes:
        return encoded(await services.database.read(conversations.page, who.church_id, *parameters))

    return raw_answer(await services.cache.answer(who.church_id, "conversations", parameters, make))


async def _one(call: Call, who: Identity) -> web.Response:
    page, limit = page_of(call.request.query, limit=50)
    read = call.services.database.read
    found = await read(conversations.one, who.church_id, call.conversation_id, page, limit)
    if found is None:
        raise not_found("Conversation")
    return json_answer(found)


async def _reply(call: Call, who: Identity) -> web.Response:
    fields = Fields(call.body)
    content, reply_to_id = fields.text("content", high=_MAX_CHARACTERS), fields.optional_text("replyToId")
    fields.done()
    conversation_id, database = call.conversation_id, call.services.database
    if reply_to_id and not await database.read(conversations.has_message, conversation_id, reply_to_id):
        raise not_found("Message to reply to")
    data = await database.write(conversations.add_reply, who.church_id, conversation_id, content, reply_to_id)
    _changed(call, who, data)
    await call.services.outbox.send_one()
    return json_answer({"success": True, "data": data}, status=201)


async def _mark_read(call: Call, who: Identity) -> web.Response:
    database = call.services.database
    _changed(call, who, await database.write(conversations.mark_read, who.church_id, call.conversation_id))
    return json_answer({"success": True, "message": "Conversation marked as read"})


async def _set_status(call: Call, who: Identity) -> web.Response:
    fields = Fields(call.body)
    status = fields.one_of("status", _STATUSES)
    fields.done()
    database, conversation_id = call.services.database, call.conversation_id
    _changed(call, who, await database.write(conversations.set_status, who.church_id, conversation_id, status))
    return json_answer({"success": True, "data": {"id": conversation_id, "status": status}})


def _changed(call: Call, who: Identity, outcome: Any) -> None:
    """404 if there was nothing to change; else the cached lists of the church are stale."""
    if not outcome:
        raise not_found("Conversation")
    call.services.cache.forget(who.church_id, "conversations")


ROUTES = (
    web.get("/api/messages/conversations", private(_list)),
    web.get("/api/messages/conversations/{id}", private(_one)),
    web.post("/api/messages/conversations/{id}/reply", private(_reply)),
    web.patch("/api/messages/conversations/{id}/read", private(_mark_read)),
    web.patch("/api/messages/conversations/{id}/status", private(_set_status)),
)
