"""The suite without a run: a virtual user that keeps what was asked, an API that answers, an empty environment."""

import base64
import json
from collections.abc import Callable, Mapping
from random import Random
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from ywstorm.suites.ywmessaging import metrics, settings

__all__ = ["Aborted", "Deployment", "FakeMetric", "FakeVU", "answer", "no_answer", "nothing_is_set", "token_of"]


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
        vu_id: Its id.
        data: What setup returned.
        scenarios: The run's plan.
    """

    def __init__(
        self,
        server: Callable[..., Any],
        *,
        vu_id: int = 1,
        data: Any = None,
        scenarios: Mapping[str, Any] | None = None,
    ) -> None:
        self.id = vu_id
        self.scenarios = scenarios or {}
        self.random = Random(vu_id)
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


def token_of(church: str) -> str:
    """An access token of a church."""
    payload = base64.urlsafe_b64encode(json.dumps({"churchId": church}).encode()).decode().rstrip("=")
    return f"e30.{payload}.x"


class Deployment:
    """An API that says yes to everything; a test overrides the answers of a path, by its last word."""

    def __init__(self, **overrides: Any) -> None:
        self._answers = {
            "health": answer(200, {"status": "ok"}),
            "register": answer(201, {"success": True}),
            "login": answer(200, {"data": {"accessToken": token_of("church-1")}}),
            "send": answer(201, {"success": True}),
            "conversations": answer(200, {"success": True, "data": [{"id": "c-1"}]}),
        } | overrides

    def __call__(self, method: str, path: str, **keywords: Any) -> Any:
        found = self._answers[path.rpartition("/")[2]]
        return found(keywords["json"]) if callable(found) else found


def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every setting its default, whatever the environment says, and count nothing."""
    defaults = {"ROOT": "http://127.0.0.1:3000", "USERS": 5, "REGISTER": False, "FORWARDED_FOR": False}
    for name in (name for name in settings.__all__ if name.isupper()):
        monkeypatch.setattr(settings, name, defaults.get(name, ""))
    for name in metrics.__all__:
        monkeypatch.setattr(metrics, name, FakeMetric())
