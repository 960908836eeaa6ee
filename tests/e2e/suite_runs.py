"""The reference target as the suite's server, and what a run of the suite has to add up to."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from tests.e2e.run_of import ROOT, Ended, printed_until

__all__ = ["ITERATIONS", "LOGIN", "PROBES", "Target", "count_of", "counted_main", "running_target"]

LOGIN = "POST /auth/login"
_LIST = "GET /messages/conversations"
_VISIT = (
    "POST /messages/send",
    _LIST,
    "GET /messages/conversations/:id",
    "GET /analytics/summary",
)
ITERATIONS = {
    "smoke": ("GET /auth/me", *_VISIT),
    "load": _VISIT,
    "spike": _VISIT,
    "soak": _VISIT,
    "conversation": (
        _LIST,
        "GET /messages/conversations/:id",
        "POST /messages/conversations/:id/reply",
        "PATCH /messages/conversations/:id/read",
    ),
}
"""What one iteration asks for, each once."""

PROBES = {name: _LIST if name == "conversation" else "POST /messages/send" for name in ITERATIONS}
"""What setup asks for as each user."""


@dataclass(frozen=True)
class Target:
    """A reference target that runs."""

    root: str

    def counts(self) -> Counter[str]:
        """Requests by endpoint since it was started."""
        with urlopen(f"{self.root}/__counts") as answer:
            told = json.load(answer)
        by_endpoint: Counter[str] = Counter(told["by_endpoint"])
        assert by_endpoint.total() == told["requests"]
        return by_endpoint

    def register(self, email: str, password: str) -> dict[str, str]:
        """Register a user; its `token` and `church`."""
        names = {"firstName": "Ada", "lastName": "Abara", "churchName": "Grace"}
        data = self._ask("/auth/register", {"email": email, "password": password, **names})["data"]
        return {"token": data["accessToken"], "church": data["church"]["id"]}

    def sent_by(self, email: str, password: str) -> int:
        """How many messages the church of a user has sent, beside those that it was seeded with."""
        token = self._ask("/auth/login", {"email": email, "password": password})["data"]["accessToken"]
        history = self._ask("/messages/history?limit=100", token=token)["data"]
        return sum(message["content"].startswith("Load test") for message in history)

    def _ask(self, path: str, body: dict[str, str] | None = None, token: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        with urlopen(Request(f"{self.root}/api{path}", data, headers)) as answer:
            return json.load(answer)


@contextmanager
def running_target(*flags: str) -> Iterator[Target]:
    """Start a target on a free port, with cheap passwords, and stop it at the end."""
    command = [sys.executable, "-m", "ywstorm", "target", "--port", "0", "--bcrypt-cost", "4", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            *_, line = printed_until("listening on", process.stdout)
            yield Target(line.removeprefix("listening on ").strip().removesuffix("/api"))
        finally:
            process.terminate()
            process.wait(20)


def count_of(ended: Ended, metric: str) -> int:
    """Count of a custom metric; 0 if nothing was added to it."""
    found = [
        each["values"]["count"] for each in ended.summary["metrics"] if (each["name"], each["tags"]) == (metric, {})
    ]
    return sum(found)


def counted_main(ended: Ended) -> Counter[str]:
    """Requests by endpoint of the load itself, as the summary tells them."""
    counted: Counter[str] = Counter()
    for endpoint in ended.summary["endpoints"]:
        counted[endpoint["name"]] += endpoint["count"]
    return counted
