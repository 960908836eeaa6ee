"""How many requests reached the server: the far side of a run's accounts."""

from collections import Counter
from typing import Any

from aiohttp import web

__all__ = ["COUNTS_PATH", "UNKNOWN", "Counts", "endpoint_of"]

COUNTS_PATH = "/__counts"
UNKNOWN = "(unknown)"
"""The endpoint of every request that no route takes; one name, so that a scanner cannot grow the table."""


class Counts:
    """Requests by endpoint. A request counts when its head has arrived, whatever becomes of it."""

    def __init__(self) -> None:
        self._by_endpoint: Counter[str] = Counter()

    def add(self, endpoint: str) -> None:
        """Count one request."""
        self._by_endpoint[endpoint] += 1

    def as_dict(self) -> dict[str, Any]:
        """``{"requests": total, "by_endpoint": {"GET /auth/me": n, …}}``; the total is the sum of the endpoints."""
        return {"requests": self._by_endpoint.total(), "by_endpoint": dict(sorted(self._by_endpoint.items()))}


def endpoint_of(request: web.Request) -> str:
    """Method and route of *request* without the base path, parameters as ``:id``; :data:`UNKNOWN` without a route."""
    resource = request.match_info.route.resource
    if resource is None:
        return UNKNOWN
    path = resource.canonical.removeprefix("/api").replace("{", ":").replace("}", "")
    return f"{request.method} {path}"
