"""What the suite finds out before the load: is the server there, and who are the users?"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.unit.suite_fakes import Aborted, Deployment, FakeVU, answer, no_answer, nothing_is_set
from ywstorm import PerVUIterations
from ywstorm.suites.ywmessaging import settings
from ywstorm.suites.ywmessaging.preparation import prepare
from ywstorm.suites.ywmessaging.users import is_nearby, new_user, read_users


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_set(monkeypatch)


def prepared(**overrides: Any) -> tuple[dict[str, Any], FakeVU]:
    vu = FakeVU(Deployment(**overrides), vu_id=0, scenarios={"smoke": PerVUIterations(vus=1, iterations=5)})
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

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"EMAIL": "a@b.de"}, "EMAIL=a@b.de is given without PASSWORD: one user needs both"),
            ({"PASSWORD": "secret"}, "PASSWORD is given without EMAIL: one user needs both"),
        ],
        ids=lambda value: "" if isinstance(value, str) else ",".join(value),
    )
    def test_half_a_user_ends_the_run(
        self, given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in given.items():
            monkeypatch.setattr(settings, name, value)

        assert abortion() == sentence

    def test_what_is_not_used_may_be_half_of_it(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "users.json"
        path.write_text('[{"email": "f@b.de", "password": "p"}]')
        for name, value in {"USERS_FILE": str(path), "EMAIL": "a@b.de"}.items():
            monkeypatch.setattr(settings, name, value)

        assert len(prepared()[0]["users"]) == 1

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

        assert abortion() == "USERS_FILE nowhere.json cannot be read: No such file or directory"

    def test_a_byte_order_mark_and_no_church_are_fine(self, tmp_path: Path) -> None:
        path = tmp_path / "users.json"
        path.write_bytes(b'\xef\xbb\xbf[{"email": "a", "password": "p", "churchId": null}]')

        assert read_users(path) == [{"email": "a", "password": "p"}]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "is no JSON: Expecting value: line 1 column 1"),
            ("{", "is no JSON: .* line 1 column 2"),
            ("[]", "a JSON list with at least one account is needed"),
            ('{"email": "a", "password": "p"}', "a JSON list with at least one account is needed"),
            ('["a"]', 'entry 1: {"email", "password"} is needed'),
            ('[{"email": "a", "password": "p"}, {"email": "a"}]', "entry 2: password is missing or is not text"),
            ('[{"email": "", "password": "p"}]', "entry 1: email is missing or is not text"),
            ('[{"email": "a", "password": 1234}]', "entry 1: password is missing or is not text$"),
            ('[{"email": "a", "password": "p", "churchId": 7}]', "entry 1: churchId is 7; leave it out"),
        ],
    )
    def test_what_is_wrong_with_a_file_is_named(self, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "users.json"
        path.write_text(text)

        with pytest.raises(ValueError, match=f"^USERS_FILE {path}.*{message}"):
            read_users(path)

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=f"USERS_FILE {tmp_path} cannot be read: Is a directory"):
            read_users(tmp_path)

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
            ("::ffff:8.8.8.8", False),
            ("::ffff:10.0.0.7", True),
        ],
    )
    def test_nearby_is_loopback_or_private(self, host: str, is_near: bool) -> None:
        assert asyncio.run(is_nearby(host)) is is_near
