"""How many requests reached the server: the far side of a run's accounts."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

__all__ = ["COUNTS_PATH", "UNKNOWN", "Counts", "endpoint_of", "endpoints_of"]

COUNTS_PATH = "/__counts"
UNKNOWN = "(unknown)"
"""The endpoint of every request that no route takes; one name, so that a scanner cannot grow the table."""


class Counts:
    """
    Requests by endpoint. A request counts when its head has arrived, whatever becomes of it.

    Args:
        counters: Of every process; each writes its own and reads them all, so the sums are exact.
        process: Which are ours.
    """

    def __init__(self, counters: Sequence[memoryview], process: int) -> None:
        self._counters = counters
        self._own = counters[process]
        self._places: dict[str, int] = {}

    def name(self, endpoints: Sequence[str]) -> None:
        """Give every endpoint its place: all processes have to call this with the same list."""
        if len(endpoints) > len(self._own):
            raise ValueError(f"{len(endpoints)} endpoints are more than the {len(self._own)} that have a counter")
        self._places = {endpoint: place for place, endpoint in enumerate(endpoints)}

    def add(self, endpoint: str) -> None:
        """Count one request."""
        self._own[self._places[endpoint]] += 1

    def as_dict(self) -> dict[str, Any]:
        """``{"requests": total, "by_endpoint": {"GET /auth/me": n, …}}``; the total is the sum of the endpoints."""
        sums = {name: sum(own[place] for own in self._counters) for name, place in sorted(self._places.items())}
        return {"requests": sum(sums.values()), "by_endpoint": {name: n for name, n in sums.items() if n}}


def endpoints_of(app: web.Application) -> list[str]:
    """The endpoints of all routes, and :data:`UNKNOWN`."""
    named = {_name(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    return [*sorted(named), UNKNOWN]


def endpoint_of(request: web.Request) -> str:
    """Method and route of *request* without the base path, parameters as ``:id``; :data:`UNKNOWN` without a route."""
    resource = request.match_info.route.resource
    return UNKNOWN if resource is None else _name(request.method, resource.canonical)


def _name(method: str, canonical: str) -> str:
    path = canonical.removeprefix("/api").replace("{", ":").replace("}", "")
    return f"{method} {path}"
