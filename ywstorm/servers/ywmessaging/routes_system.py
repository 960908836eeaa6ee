"""Routes about the server itself: health, counts, and the removal of what a test left behind."""

from aiohttp import web

from ywstorm.servers.ywmessaging import accounts
from ywstorm.servers.ywmessaging.answers import iso_time, json_answer
from ywstorm.servers.ywmessaging.calls import Call, private, public
from ywstorm.servers.ywmessaging.counts import COUNTS_PATH
from ywstorm.servers.ywmessaging.limiting import HEALTH_PATHS
from ywstorm.servers.ywmessaging.tokens import Identity

__all__ = ["ROUTES"]


async def _health(call: Call) -> web.Response:  # noqa: ARG001 - being able to answer is the answer
    return json_answer({"status": "ok", "timestamp": iso_time()})


async def _counts(call: Call) -> web.Response:
    return json_answer(call.services.counts.as_dict())


async def _clean_up(call: Call, who: Identity) -> web.Response:
    """Here every church is test data: the caller's own goes as a whole, and its tokens with it."""
    deleted = await call.services.database.write(accounts.remove_church, who.church_id)
    await call.services.tokens.close_church(who.church_id)
    return json_answer({"success": True, "data": {"deleted": deleted}})


ROUTES = (
    *(web.get(path, public(_health)) for path in HEALTH_PATHS),
    web.get(COUNTS_PATH, public(_counts)),
    web.delete("/api/admin/cleanup-test-data", private(_clean_up)),
)
