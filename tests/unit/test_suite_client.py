"""How the suite sends requests as a logged-in user, and what it counts."""

import asyncio
import time
from typing import Any

import pytest

from tests.unit.suite_fakes import Aborted, FakeMetric, FakeVU, answer, no_answer
from ywstorm.suites.ywmessaging import metrics as suite_metrics
from ywstorm.suites.ywmessaging import settings, steps
from ywstorm.suites.ywmessaging.client import LoginFailed, address_of, call, log_in, reason, send

USERS = {"users": [{"email": f"u{i}@b.de", "password": "Abcdefg1"} for i in range(3)]}


class Server:
    """Logs in who it likes and answers everything else from a list, the last answer again and again."""

    def __init__(self, *answers: Any, logins: tuple[Any, ...] = ()) -> None:
        self._answers = list(answers)
        self._logins = list(logins)
        self.tokens = 0

    def __call__(self, method: str, path: str, **keywords: Any) -> Any:
        if path != "/auth/login":
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if self._logins:
            return self._logins.pop(0)
        self.tokens += 1
        tokens = {"accessToken": f"token-{self.tokens}", "refreshToken": "r", "admin": {}, "church": {}}
        return answer(200, {"success": True, "mfaRequired": False, "data": tokens})


@pytest.fixture(autouse=True)
def metrics(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeMetric]:
    fakes = {name: FakeMetric() for name in suite_metrics.__all__}
    for name, fake in fakes.items():
        monkeypatch.setattr(suite_metrics, name, fake)
    return fakes


def counts(metrics: dict[str, FakeMetric]) -> dict[str, int]:
    return {name: len(metric.values) for name, metric in metrics.items() if metric.values}


def get_me(vu: FakeVU) -> Any:
    return asyncio.run(call(vu, "GET", "/auth/me", endpoint="auth"))


class TestSession:
    def test_the_first_call_logs_in_as_the_users_own_account(self, metrics: dict[str, FakeMetric]) -> None:
        vu = FakeVU(Server(answer(200)), vu_id=4, data=USERS)

        assert get_me(vu).status == 200

        login, me = vu.requests
        assert login.json == {"email": "u1@b.de", "password": "Abcdefg1"}
        assert login.name == "POST /auth/login"
        assert login.tags == {"endpoint": "auth"}
        assert me.headers == {"Authorization": "Bearer token-1"}
        assert counts(metrics) == {"auth_successes": 1, "successful_requests": 2}
        assert vu.checks == {"login: status is 200": True, "login: has its fields": True}

    def test_a_token_is_used_until_it_is_time_to_renew_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now_s = 1_000.0
        monkeypatch.setattr(time, "monotonic", lambda: now_s)
        vu = FakeVU(Server(answer(200)), data=USERS)

        get_me(vu)
        now_s += 839.0
        get_me(vu)
        assert vu.asked == ["POST /auth/login", "GET /auth/me", "GET /auth/me"]

        now_s += 1.0
        get_me(vu)
        assert vu.asked[3:] == ["POST /auth/login", "GET /auth/me"]

    def test_a_401_logs_in_again_and_repeats_the_request_once(self, metrics: dict[str, FakeMetric]) -> None:
        vu = FakeVU(Server(answer(401), answer(200)), data=USERS)

        assert get_me(vu).status == 200
        assert vu.asked == ["POST /auth/login", "GET /auth/me"] * 2
        assert vu.requests[-1].headers == {"Authorization": "Bearer token-2"}
        assert counts(metrics) == {"auth_successes": 2, "successful_requests": 3, "api_errors": 1}

    def test_a_second_401_is_the_answer(self) -> None:
        vu = FakeVU(Server(answer(401)), data=USERS)

        assert get_me(vu).status == 401
        assert len(vu.asked) == 4

    @pytest.mark.parametrize(
        "refusal",
        [
            answer(401, {"error": "Invalid email or password"}),
            answer(500, "<html>"),
            answer(200, "<html>"),
            answer(200, {"success": True, "mfaRequired": True, "data": {}}),
            no_answer(),
        ],
        ids=["wrong password", "server error", "no JSON", "second factor", "no answer"],
    )
    def test_a_failed_login_waits_a_second_and_is_tried_again(
        self, refusal: Any, metrics: dict[str, FakeMetric]
    ) -> None:
        vu = FakeVU(Server(answer(200), logins=(refusal,)), data=USERS)

        with pytest.raises(LoginFailed):
            get_me(vu)
        assert vu.slept == [1.0]
        assert len(metrics["auth_failures"].values) == 1
        assert not vu.checks["login: has its fields"]

        assert get_me(vu).status == 200
        assert len(metrics["auth_failures"].values) == 1

    def test_a_failed_login_forgets_the_token(self) -> None:
        vu = FakeVU(Server(answer(200), logins=(answer(401),)), data=USERS)
        vu.state["session"] = object()

        with pytest.raises(LoginFailed):
            asyncio.run(log_in(vu))

        assert vu.state == {}

    def test_without_setup_there_is_nobody_to_log_in_as(self) -> None:
        with pytest.raises(Aborted, match="without --no-setup"):
            get_me(FakeVU(Server(answer(200))))


class TestSend:
    @pytest.mark.parametrize(
        ("response", "counter"),
        [
            (answer(201), "successful_requests"),
            (answer(304), "successful_requests"),
            (answer(400), "api_errors"),
            (answer(503), "api_errors"),
            (no_answer(), "api_errors"),
        ],
    )
    def test_each_outcome_has_its_counter(self, response: Any, counter: str, metrics: dict[str, FakeMetric]) -> None:
        asyncio.run(send(FakeVU(Server(response)), "GET", "/x", endpoint="x"))

        assert counts(metrics) == {counter: 1}

    def test_a_request_without_a_connection_has_no_duration(self) -> None:
        trend: Any = FakeMetric()

        asyncio.run(send(FakeVU(Server(no_answer())), "GET", "/x", endpoint="x", trend=trend))
        asyncio.run(send(FakeVU(Server(no_answer("dns.not_found"))), "GET", "/x", endpoint="x", trend=trend))
        asyncio.run(send(FakeVU(Server(answer(200, duration_ms=7.5))), "GET", "/x", endpoint="x", trend=trend))

        assert trend.values == [7.5]

    def test_each_virtual_user_may_have_an_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "FORWARDED_FOR", True)
        vu = FakeVU(Server(answer(200)), vu_id=70_000)

        asyncio.run(send(vu, "GET", "/x", endpoint="x"))

        assert vu.requests[0].headers == {"X-Forwarded-For": "10.1.17.112"}

    @pytest.mark.parametrize(("number", "address"), [(1, "10.0.0.1"), (256, "10.0.1.0"), (-1, "10.255.255.255")])
    def test_an_address_follows_from_a_number(self, number: int, address: str) -> None:
        assert address_of(number) == address

    def test_addresses_differ(self) -> None:
        assert len({address_of(number) for number in range(-5_000, 5_000)}) == 10_000

    @pytest.mark.parametrize(
        ("response", "text"),
        [
            (answer(401, "Unauthorized"), "401 Unauthorized"),
            (no_answer("tcp.refused"), "no answer (tcp.refused)"),
            (answer(502, ""), "502"),
        ],
    )
    def test_reasons_are_short_sentences(self, response: Any, text: str) -> None:
        assert reason(response) == text


class TestSteps:
    def test_the_list_gives_ids(self, metrics: dict[str, FakeMetric]) -> None:
        conversation = {
            "id": "c-1",
            "member": {"id": "m-1", "firstName": "Ada", "lastName": "A", "phone": None},
            "status": "open",
            "unreadCount": 0,
            "lastMessage": None,
            "lastMessageAt": None,
            "createdAt": "2026-01-01T00:00:00.000Z",
        }
        page = {"page": 1, "limit": 20, "total": 1, "pages": 1}
        body = {"success": True, "data": [conversation], "pagination": page}
        vu = FakeVU(Server(answer(200, body, duration_ms=9.0)), data=USERS)

        assert asyncio.run(steps.list_conversations(vu)) == ["c-1"]
        assert vu.checks["conversations: status is 200"]
        assert vu.checks["conversations: has its fields"]
        assert metrics["conversation_fetch_duration"].values == [9.0]

    @pytest.mark.parametrize(
        "response", [answer(500, "oh no"), answer(200, "<html>"), answer(200, {"data": None}), no_answer()]
    )
    def test_an_answer_that_is_no_list_gives_none_and_fails_a_check(self, response: Any) -> None:
        vu = FakeVU(Server(response), data=USERS)

        assert asyncio.run(steps.list_conversations(vu)) == []
        assert not vu.checks["conversations: has its fields"]

    def test_all_conversations_are_one_endpoint(self) -> None:
        vu = FakeVU(Server(answer(200, {})), data=USERS)

        asyncio.run(steps.read_conversation(vu, "c-1"))

        assert vu.asked[-1] == "GET /messages/conversations/c-1"
        assert vu.requests[-1].name == "GET /messages/conversations/:id"
        assert vu.requests[-1].tags == {"endpoint": "conversation"}

    @pytest.mark.parametrize(
        ("step", "asked", "name", "endpoint"),
        [
            (
                steps.reply,
                "POST /messages/conversations/c-1/reply",
                "POST /messages/conversations/:id/reply",
                "reply",
            ),
            (
                steps.mark_read,
                "PATCH /messages/conversations/c-1/read",
                "PATCH /messages/conversations/:id/read",
                "read",
            ),
        ],
        ids=["reply", "mark read"],
    )
    def test_so_are_replies_and_marks(self, step: Any, asked: str, name: str, endpoint: str) -> None:
        vu = FakeVU(Server(answer(200, {})), data=USERS)

        asyncio.run(step(vu, "c-1"))

        assert vu.asked[-1] == asked
        assert vu.requests[-1].name == name
        assert vu.requests[-1].tags == {"endpoint": endpoint}

    def test_replies_are_messages_that_are_short_enough(self, metrics: dict[str, FakeMetric]) -> None:
        vu = FakeVU(Server(answer(201, {}, duration_ms=6.0)), data=USERS)
        vu.iteration = 10**9

        asyncio.run(steps.reply(vu, "c-1"))

        assert 1 <= len(vu.requests[-1].json["content"]) <= 160
        assert metrics["message_send_duration"].values == [6.0]

    def test_a_message_is_short_enough_and_goes_to_all(self) -> None:
        vu = FakeVU(Server(answer(201, {})), data=USERS)
        vu.iteration = 10**9

        asyncio.run(steps.send_to_all(vu))

        body = vu.requests[-1].json
        assert body["targetType"] == "all"
        assert 1 <= len(body["content"]) <= 160
