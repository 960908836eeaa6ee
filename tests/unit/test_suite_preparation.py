"""What the suite finds out before the load, and how it ends a run that cannot work."""

import asyncio
import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.unit.suite_fakes import Aborted, FakeMetric, FakeVU, answer, no_answer
from ywstorm.suites.ywmessaging import metrics, settings
from ywstorm.suites.ywmessaging.preparation import prepare
from ywstorm.suites.ywmessaging.users import is_nearby, new_user, read_users


def token_of(church: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"churchId": church}).encode()).decode().rstrip("=")
    return f"e30.{payload}.x"


class Deployment:
    """An API that says yes to everything; a test overrides the answers of a path."""

    def __init__(self, **overrides: Any) -> None:
        self._answers = {
            "health": answer(200, {"status": "ok"}),
            "register": answer(201, {"success": True}),
            "login": answer(200, {"data": {"accessToken": token_of("church-1")}}),
            "send": answer(201, {"success": True}),
        } | overrides

    def __call__(self, method: str, path: str, **keywords: Any) -> Any:
        found = self._answers[path.rpartition("/")[2]]
        return found(keywords["json"]) if callable(found) else found


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "ROOT": "http://127.0.0.1:3000",
        "USERS_FILE": "",
        "EMAIL": "",
        "PASSWORD": "",
        "CHURCH_ID": "",
        "REGISTER": False,
        "FORWARDED_FOR": False,
        "USERS_TO_REGISTER": 5,
    }
    for name, value in values.items():
        monkeypatch.setattr(settings, name, value)
    for name in ("auth_successes", "auth_failures", "successful_requests", "api_errors"):
        monkeypatch.setattr(metrics, name, FakeMetric())


def prepared(**overrides: Any) -> tuple[dict[str, Any], FakeVU]:
    vu = FakeVU(Deployment(**overrides), vu_id=0)
    return asyncio.run(prepare(vu)), vu


def abortion(**overrides: Any) -> str:
    with pytest.raises(Aborted) as caught:
        prepared(**overrides)
    return str(caught.value)


class TestHealth:
    def test_it_is_asked_first_and_outside_the_api(self) -> None:
        _, vu = prepared()

        assert vu.asked[0] == "GET http://127.0.0.1:3000/health"

    @pytest.mark.parametrize(
        ("health", "why"), [(no_answer(), "no answer (tcp.refused)"), (answer(503, "starting"), "503 starting")]
    )
    def test_a_backend_that_is_not_there_ends_the_run(self, health: Any, why: str) -> None:
        expected = f"is the backend running at http://127.0.0.1:3000? GET /health: {why}"

        assert abortion(health=health) == expected


class TestUsers:
    def test_on_this_machine_they_are_registered_one_after_another(self) -> None:
        data, vu = prepared()

        assert vu.asked[1:6] == ["POST /auth/register"] * 5
        assert [request.json["email"] for request in vu.requests[1:6]] == [user["email"] for user in data["users"]]

    def test_not_on_a_public_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "ROOT", "http://8.8.8.8")

        assert "register 5 of them with REGISTER=1" in abortion()

    def test_on_a_public_address_when_asked_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "ROOT", "http://8.8.8.8")
        monkeypatch.setattr(settings, "REGISTER", True)

        assert len(prepared()[0]["users"]) == 5

    def test_a_refused_registration_says_why(self) -> None:
        assert abortion(register=answer(400, "Validation failed")).endswith("400 Validation failed")

    def test_one_user_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "EMAIL", "a@b.de")
        monkeypatch.setattr(settings, "PASSWORD", "Abcdefg1")

        assert prepared()[0] == {"users": [{"email": "a@b.de", "password": "Abcdefg1"}]}

    def test_a_user_without_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "EMAIL", "a@b.de")

        assert abortion() == "EMAIL is a@b.de, but there is no PASSWORD"

    def test_a_file_wins(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "users.json"
        path.write_text('[{"email": "f@b.de", "password": "p", "churchId": "church-1", "note": 1}]')
        monkeypatch.setattr(settings, "USERS_FILE", str(path))
        monkeypatch.setattr(settings, "EMAIL", "a@b.de")

        data, vu = prepared()

        assert data == {"users": [{"email": "f@b.de", "password": "p", "churchId": "church-1"}]}
        assert vu.asked == ["GET http://127.0.0.1:3000/health", "POST /auth/login", "POST /messages/send"]

    def test_a_file_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "USERS_FILE", "nowhere.json")

        assert abortion().startswith("USERS_FILE nowhere.json cannot be read")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "cannot be read"),
            ("[]", "at least one account"),
            ('{"email": "a"}', "a JSON list"),
            ('["a"]', "entry 1"),
            ('[{"email": "a", "password": "p"}, {"email": "a"}]', "entry 2: password is missing"),
        ],
    )
    def test_what_is_wrong_with_a_file_is_named(self, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "users.json"
        path.write_text(text)

        with pytest.raises(ValueError, match=message):
            read_users(path)

    def test_new_users_differ_and_have_good_passwords(self) -> None:
        users = [new_user() for _ in range(50)]

        assert len({user["email"] for user in users}) == 50
        assert all(len(user["password"]) >= 8 and user["password"][0].isupper() for user in users)

    @pytest.mark.parametrize(
        ("host", "is_near"),
        [
            ("127.0.0.1", True),
            ("localhost", True),
            ("::1", True),
            ("10.0.0.7", True),
            ("192.168.1.1", True),
            ("8.8.8.8", False),
            ("2001:4860:4860::8888", False),
        ],
    )
    def test_nearby_is_loopback_or_private(self, host: str, is_near: bool) -> None:
        assert asyncio.run(is_nearby(host)) is is_near


class TestProbes:
    def test_each_user_sends_one_message_with_its_own_token(self) -> None:
        _, vu = prepared()

        sent = [request for request in vu.requests if request.path == "/messages/send"]
        assert len(sent) == 5
        assert {request.headers["Authorization"] for request in sent} == {f"Bearer {token_of('church-1')}"}

    def test_an_empty_church_ends_the_run(self) -> None:
        text = abortion(send=answer(400, {"success": False, "error": "No valid recipients found"}))

        assert text.startswith("the church of load-")
        assert text.endswith("has no members or conversations: seed it, or name a seeded user in USERS_FILE")

    def test_the_wrong_church_ends_the_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "CHURCH_ID", "church-2")

        assert "belongs to the church church-1, not to church-2" in abortion()

    def test_the_right_church_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "CHURCH_ID", "church-1")

        assert len(prepared()[0]["users"]) == 5

    def test_when_nobody_can_log_in_the_run_ends(self) -> None:
        text = abortion(login=answer(401, "Invalid email or password"))

        assert text.startswith("no user could log in; load-")
        assert text.endswith("401 Invalid email or password")

    def test_when_one_cannot_the_run_goes_on_with_a_warning(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = tmp_path / "users.json"
        path.write_text('[{"email": "good@b.de", "password": "p"}, {"email": "bad@b.de", "password": "p"}]')
        monkeypatch.setattr(settings, "USERS_FILE", str(path))

        def login(credentials: dict[str, str]) -> Any:
            is_good = credentials["email"] == "good@b.de"
            return answer(200, {"data": {"accessToken": token_of("c")}}) if is_good else answer(401, "wrong")

        with caplog.at_level(logging.WARNING):
            data, _ = prepared(login=login)

        assert len(data["users"]) == 2
        assert [record.getMessage() for record in caplog.records] == ["bad@b.de could not log in: 401 wrong"]

    def test_a_server_in_trouble_is_what_the_run_shall_measure(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            data, _ = prepared(login=answer(503, "busy"))

        assert len(data["users"]) == 5
        assert len(caplog.records) == 5

    def test_rate_limits_are_foreseen(self, caplog: pytest.LogCaptureFixture) -> None:
        headers = {"RateLimit-Limit": "100", "X-RateLimit-Limit": "100"}

        with caplog.at_level(logging.WARNING):
            prepared(send=answer(201, {}, headers=headers))

        load, spike = [record.getMessage() for record in caplog.records]
        assert load.startswith("load: ")
        assert load.endswith("this run needs FORWARDED_FOR=1")
        assert spike.endswith("this run needs 6 users and FORWARDED_FOR=1")
