"""What happens once, after the load: with ADMIN_TOKEN, the test data are deleted."""

import logging

from ywstorm import VU, teardown
from ywstorm.suites.ywmessaging import settings
from ywstorm.suites.ywmessaging.client import reason, send
from ywstorm.suites.ywmessaging.shapes import has_shape, json_of

__all__ = ["clean_up"]

_LOG = logging.getLogger(__name__)
_DELETED = {"success": True, "data": {"deleted": dict}}


@teardown
async def clean_up(vu: VU) -> None:
    """Delete what the run left behind. That this did not work is said, but the run does not fail of it."""
    if not settings.ADMIN_TOKEN:
        return
    path = "/admin/cleanup-test-data"
    response = await send(vu, "DELETE", path, endpoint="admin", token=settings.ADMIN_TOKEN)
    body = json_of(response)
    if has_shape(body, _DELETED):
        deleted = ", ".join(f"{count} {what}" for what, count in body["data"]["deleted"].items())
        print(f"cleanup of test data: {deleted} deleted")  # noqa: T201 - what scripts print is shown above the progress
    elif response.status == 404:
        _LOG.warning("cleanup of test data: not supported here (DELETE %s: 404)", path)
    else:
        _LOG.warning("cleanup of test data failed, they are still there: %s", reason(response))
