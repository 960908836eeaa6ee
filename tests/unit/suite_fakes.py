"""A virtual user without a run: it answers requests from a script of its own and keeps what was asked."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn

__all__ = ["Aborted", "FakeMetric", "FakeVU", "answer", "no_answer"]


class Aborted(BaseException):
    """`vu.abort` was called."""


class FakeMetric:
    """A metric that only counts."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def add(self, vu: object, value: float = 1, tags: object = None) -> None:
        self.values.append(value)


def answer(
    status: int, body: Any = None, *, duration_ms: float = 5.0, headers: dict[str, str] | None = None
) -> SimpleNamespace:
    """A response as the script sees it; a body that is text is no JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return SimpleNamespace(
        status=status,
        ok=200 <= status < 400,
        text=text,
        json=lambda: json.loads(text),
        error=None,
        headers=headers or {},
        timings=SimpleNamespace(duration_ms=duration_ms),
    )


def no_answer(name: str = "tcp.refused") -> SimpleNamespace:
    """A response to a request that never got a connection."""
    response = answer(0, "", duration_ms=0.0)
    response.ok, response.error = False, SimpleNamespace(name=name)
    return response


class FakeVU:
    """
    Args:
        server: What answers: (method, path, keywords of the request) to a response.
    """

    def __init__(self, server: Callable[..., Any], *, vu_id: int = 1, data: Any = None) -> None:
        self.id = vu_id
        self.iteration = 0
        self.data = data
        self.state: dict[str, Any] = {}
        self.requests: list[SimpleNamespace] = []
        self.slept: list[float] = []
        self.checks: dict[str, bool] = {}
        self._server = server

    async def request(self, method: str, path: str, **keywords: Any) -> Any:
        self.requests.append(SimpleNamespace(method=method, path=path, **keywords))
        return self._server(method, path, **keywords)

    async def get(self, path: str, **keywords: Any) -> Any:
        return await self.request("GET", path, **keywords)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def check(self, name: str, ok: object) -> bool:
        self.checks[name] = bool(ok)
        return bool(ok)

    def abort(self, reason: str) -> NoReturn:
        raise Aborted(reason)

    @property
    def asked(self) -> list[str]:
        """Method and path of every request, in order."""
        return [f"{request.method} {request.path}" for request in self.requests]
