"""How the suite tries every user out before the load, ends a run that cannot work, and tidies up after it."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.suite_fakes import Aborted, Deployment, FakeVU, answer, no_answer, nothing_is_set, token_of
from ywstorm import ConstantVUs, PerVUIterations
from ywstorm.suites.ywmessaging import settings
from ywstorm.suites.ywmessaging.cleanup import clean_up
from ywstorm.suites.ywmessaging.preparation import prepare

SMOKE = {"smoke": PerVUIterations(vus=1, iterations=5)}
CONVERSATION = {"conversation": ConstantVUs(vus=1, duration="5s")}
NOBODY = answer(400, {"success": False, "error": "No valid recipients found"})
LIMITED = {"RateLimit-Limit": "100", "X-RateLimit-Limit": "100"}
EMPTY_LIST = answer(200, {"success": True, "data": [], "pagination": {}})


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_set(monkeypatch)


def prepared(plan: Mapping[str, Any] = SMOKE, **overrides: Any) -> tuple[dict[str, Any], FakeVU]:
    vu = FakeVU(Deployment(**overrides), vu_id=0, scenarios=plan)
    return asyncio.run(prepare(vu)), vu


def abortion(plan: Mapping[str, Any] = SMOKE, **overrides: Any) -> str:
    with pytest.raises(Aborted) as caught:
        prepared(plan, **overrides)
    return str(caught.value)


def users_file(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "users.json"
    path.write_text(text)
    monkeypatch.setattr(settings, "USERS_FILE", str(path))


class TestProbes:
    @pytest.mark.parametrize(
        ("plan", "probes"),
        [
            (SMOKE, {"POST /messages/send"}),
            (CONVERSATION, {"GET /messages/conversations"}),
            (SMOKE | CONVERSATION, {"POST /messages/send", "GET /messages/conversations"}),
        ],
        ids=["a message", "the list before conversation", "both when both are selected"],
    )
    def test_each_user_tries_what_the_scenario_depends_on(self, plan: Mapping[str, Any], probes: set[str]) -> None:
        _, vu = prepared(plan)

        sent = [request for request in vu.requests if request.path.startswith("/messages")]
        assert {f"{request.method} {request.path}" for request in sent} == probes
        assert len(sent) == 5 * len(probes)
        assert {request.headers["Authorization"] for request in sent} == {f"Bearer {token_of('church-1')}"}

    @pytest.mark.parametrize(
        ("plan", "overrides"),
        [(SMOKE, {"send": NOBODY}), (CONVERSATION, {"conversations": EMPTY_LIST})],
        ids=["nobody to send to", "no conversations"],
    )
    def test_an_empty_church_ends_the_run(
        self, plan: Mapping[str, Any], overrides: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "EMAIL", "a@b.de")
        monkeypatch.setattr(settings, "PASSWORD", "p")

        assert abortion(plan, **overrides) == (
            "the church of a@b.de has no members or conversations: seed it, or name a seeded user in USERS_FILE"
        )

    def test_a_church_without_conversations_can_still_be_sent_to(self) -> None:
        assert len(prepared(SMOKE, conversations=EMPTY_LIST)[0]["users"]) == 5

    def test_with_forwarded_for_each_user_has_an_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "FORWARDED_FOR", "1")

        _, vu = prepared()

        addresses = [request.headers["X-Forwarded-For"] for request in vu.requests[1:]]
        assert sorted(set(addresses)) == [f"10.255.255.{last}" for last in range(251, 256)]
        assert all(addresses.count(address) == 3 for address in addresses)


class TestChurches:
    @pytest.mark.parametrize(
        ("church_id", "in_file", "is_right"),
        [
            ("church-1", None, True),
            ("church-2", None, False),
            ("", "church-1", True),
            ("", "church-2", False),
            ("church-1", "church-2", False),
            ("church-2", "church-1", False),
        ],
    )
    def test_a_token_must_be_of_the_church_that_was_named(
        self, church_id: str, in_file: str | None, is_right: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "CHURCH_ID", church_id)
        church = f', "churchId": "{in_file}"' if in_file else ""
        users_file(tmp_path, f'[{{"email": "a@b.de", "password": "p"{church}}}]', monkeypatch)

        if is_right:
            assert len(prepared()[0]["users"]) == 1
        else:
            expected = "a@b.de belongs to the church church-1, not to church-2: see CHURCH_ID and USERS_FILE"
            assert abortion() == expected


class TestLogins:
    def test_when_nobody_can_log_in_the_run_ends(self) -> None:
        text = abortion(login=answer(401, "Invalid email or password"))

        assert text.startswith("no user could log in; load-")
        assert text.endswith("401 Invalid email or password")

    def test_when_one_cannot_the_run_goes_on_with_a_warning(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        accounts = '[{"email": "good@b.de", "password": "p"}, {"email": "bad@b.de", "password": "p"}]'
        users_file(tmp_path, accounts, monkeypatch)

        def login(credentials: dict[str, str]) -> Any:
            is_good = credentials["email"] == "good@b.de"
            return answer(200, {"data": {"accessToken": token_of("c")}}) if is_good else answer(401, "wrong")

        with caplog.at_level(logging.WARNING):
            data, _ = prepared(login=login)

        assert len(data["users"]) == 2
        assert caplog.messages == ["bad@b.de could not log in: 401 wrong"]

    def test_a_server_in_trouble_is_what_the_run_shall_measure(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            data, _ = prepared(login=answer(503, "busy"))

        assert len(data["users"]) == 5
        assert len(caplog.records) == 5

    def test_a_probe_that_fails_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            prepared(send=answer(429, "Too many requests"))

        assert len(caplog.messages) == 5
        assert all(message.endswith(" failed: 429 Too many requests") for message in caplog.messages)


class TestForesight:
    def told(self, plan: Mapping[str, Any], caplog: pytest.LogCaptureFixture) -> str:
        with caplog.at_level(logging.WARNING):
            prepared(plan, send=answer(201, {}, headers=LIMITED))
        return " ".join(caplog.messages).partition(":")[0]

    def test_a_run_within_the_limits_needs_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        assert self.told(SMOKE, caplog) == ""

    def test_it_is_the_selected_scenario_that_counts(self, caplog: pytest.LogCaptureFixture) -> None:
        plan = {"soak": ConstantVUs(vus=5, duration="5m")}

        assert self.told(plan, caplog) == "this run needs 10 users and FORWARDED_FOR=1"

    def test_as_the_command_line_has_changed_it(self, caplog: pytest.LogCaptureFixture) -> None:
        assert self.told({"soak": ConstantVUs(vus=5, duration="5s")}, caplog) == ""

    def test_what_the_preparation_sends_counts_too(self, caplog: pytest.LogCaptureFixture) -> None:
        """86 requests of its own and 15 to register and try five users."""
        plan = {"smoke": PerVUIterations(vus=1, iterations=17)}

        assert self.told(plan, caplog) == "this run needs FORWARDED_FOR=1"


class TestCleanup:
    def cleaned(self, response: Any, monkeypatch: pytest.MonkeyPatch) -> FakeVU:
        monkeypatch.setattr(settings, "ADMIN_TOKEN", "t-0")
        vu = FakeVU(lambda *_, **__: response, vu_id=0)
        asyncio.run(clean_up(vu))
        return vu

    def test_without_a_token_nothing_is_deleted(self) -> None:
        vu = FakeVU(lambda *_, **__: answer(200), vu_id=0)

        asyncio.run(clean_up(vu))

        assert vu.asked == []

    def test_with_a_token_everything_is(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        body = {"success": True, "data": {"deleted": {"messages": 30, "churches": 1}}}

        vu = self.cleaned(answer(200, body), monkeypatch)

        assert vu.asked == ["DELETE /admin/cleanup-test-data"]
        assert vu.requests[0].headers == {"Authorization": "Bearer t-0"}
        assert capsys.readouterr().out == "cleanup of test data: 30 messages, 1 churches deleted\n"

    @pytest.mark.parametrize(
        ("response", "sentence"),
        [
            (answer(404, {"error": "Not Found"}), "not supported here (DELETE /admin/cleanup-test-data: 404)"),
            (answer(403, "Forbidden"), "failed, they are still there: 403 Forbidden"),
            (answer(200, "<html>"), "failed, they are still there: 200 <html>"),
            (no_answer(), "failed, they are still there: no answer (tcp.refused)"),
        ],
        ids=["not deployed", "not allowed", "no JSON", "no answer"],
    )
    def test_what_did_not_work_is_said_and_fails_nothing(
        self, response: Any, sentence: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            self.cleaned(response, monkeypatch)

        assert len(caplog.messages) == 1
        assert caplog.messages[0].endswith(sentence)
        assert "t-0" not in caplog.text
