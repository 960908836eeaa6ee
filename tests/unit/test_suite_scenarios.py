"""One iteration of each scenario, request by request and pause by pause."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.suite_fakes import Deployment, FakeVU, answer, nothing_is_set
from ywstorm.script.loader import Script, load_script
from ywstorm.suites.ywmessaging.limits import COSTS
from ywstorm.suites.ywmessaging.scenarios import arrive, conversation, smoke, visit

USERS = {"users": [{"email": "a@b.de", "password": "Abcdefg1"}]}
FIRST = "/messages/conversations/c-1"
VISIT = [
    "POST /messages/send",
    0.5,
    "GET /messages/conversations",
    f"GET {FIRST}",
    0.5,
    "GET /analytics/summary",
    0.5,
]
ITERATIONS = {
    smoke: [
        "GET /auth/me",
        1.0,
        "POST /messages/send",
        1.0,
        "GET /messages/conversations",
        f"GET {FIRST}",
        1.0,
        "GET /analytics/summary",
        1.0,
    ],
    visit: VISIT,
    conversation: [
        "GET /messages/conversations",
        f"GET {FIRST}",
        f"POST {FIRST}/reply",
        0.5,
        f"PATCH {FIRST}/read",
        0.5,
    ],
}


class WatchedVU(FakeVU):
    """Keeps requests and pauses in one list."""

    def __init__(self, **overrides: Any) -> None:
        anything = {word: answer(200, {}) for word in ("me", "summary", "c-1", "c-2", "reply", "read")}
        super().__init__(Deployment(**anything | overrides), data=USERS)
        self.done: list[str | float] = []

    async def request(self, method: str, path: str, **keywords: Any) -> Any:
        self.done.append(f"{method} {path}")
        return await super().request(method, path, **keywords)

    async def sleep(self, seconds: float) -> None:
        self.done.append(seconds)


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_set(monkeypatch)


def iteration(scenario: Any, **overrides: Any) -> WatchedVU:
    """A virtual user that has arrived and done one iteration; `done` is that of the iteration."""
    vu = WatchedVU(**overrides)
    asyncio.run(arrive(vu))
    vu.done.clear()
    asyncio.run(scenario(vu))
    return vu


@pytest.mark.parametrize("scenario", ITERATIONS)
def test_an_iteration_is_that_of_the_page(scenario: Any) -> None:
    assert iteration(scenario).done == ITERATIONS[scenario]


def test_load_spike_and_soak_are_visits_and_nothing_else_is() -> None:
    suite: Script = load_script("ywmessaging", {})

    assert [name for name, found in suite.scenarios.items() if found.function.__name__ == "visit"] == [
        "load",
        "spike",
        "soak",
    ]
    assert all(found.on_start.__name__ == "arrive" for found in suite.scenarios.values() if found.on_start)
    assert all(found.on_start for found in suite.scenarios.values())


@pytest.mark.parametrize(
    ("name", "scenario"),
    [("smoke", smoke), ("load", visit), ("spike", visit), ("soak", visit), ("conversation", conversation)],
)
def test_what_an_iteration_costs_is_known_to_the_foresight(name: str, scenario: Any) -> None:
    done = ITERATIONS[scenario]
    requests = [step for step in done if isinstance(step, str)]

    assert COSTS[name].requests == len(requests)
    assert COSTS[name].messages == requests.count("POST /messages/send")
    assert COSTS[name].pause_s == sum(step for step in done if isinstance(step, float))


class TestAnEmptyList:
    EMPTY = answer(200, {"success": True, "data": [], "pagination": {"page": 1, "limit": 20, "total": 0, "pages": 0}})

    def test_is_a_failed_check_in_smoke(self) -> None:
        vu = iteration(smoke, conversations=self.EMPTY)

        assert vu.checks["conversations: has its fields"]
        assert not vu.checks["conversations: there is one"]
        assert vu.done == [step for step in ITERATIONS[smoke] if step != f"GET {FIRST}"]

    def test_skips_a_step_of_a_visit(self) -> None:
        vu = iteration(visit, conversations=self.EMPTY)

        assert "conversations: there is one" not in vu.checks
        assert vu.done == [step for step in VISIT if step != f"GET {FIRST}"]

    def test_leaves_a_conversation_nothing_to_do_but_wait(self) -> None:
        assert iteration(conversation, conversations=self.EMPTY).done == ["GET /messages/conversations", 1.0]


def test_any_conversation_may_be_picked() -> None:
    both = answer(200, {"success": True, "data": [{"id": "c-1"}, {"id": "c-2"}]})

    def picks() -> Iterator[Any]:
        vu = WatchedVU(conversations=both)
        for _ in range(20):
            vu.done.clear()
            asyncio.run(conversation(vu))
            yield vu.done[-2]

    assert set(picks()) == {f"PATCH {FIRST}/read", "PATCH /messages/conversations/c-2/read"}


@pytest.mark.parametrize("scenario", ITERATIONS)
def test_an_iteration_without_a_login_asks_for_nothing_else(scenario: Any) -> None:
    vu = iteration(scenario, login=answer(401, "wrong"))

    assert vu.done == ["POST /auth/login", 1.0]
