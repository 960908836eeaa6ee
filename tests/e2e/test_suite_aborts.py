"""A run of the suite that cannot work ends before the load, with a sentence that says what to do and exit code 108."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.canned_api import LOGIN, SEND, run_against, said
from tests.e2e.run_of import DEAD_URL, Ended, run
from tests.e2e.suite_runs import Target, running_target

EMPTY = "the church of a@b.de has no members or conversations: seed it, or name a seeded user in USERS_FILE"
SOAK = ("--scenario", "soak", "-u", "1", "-d", "1s")


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with running_target() as started:
        yield started


def assert_no_load(ended: Ended, sentence: str) -> None:
    """It ended before the load, for this reason, and without a traceback."""
    assert sentence in ended.out.splitlines()[-1]
    assert "Traceback" not in ended.err
    assert ended.metric("iterations")["count"] == 0
    assert ended.summary["endpoints"] == []
    assert ended.summary["verdict"]["exit_code"] == 108


@pytest.mark.parametrize("scenario", ["smoke", "load", "spike", "soak", "conversation"])
def test_a_backend_that_does_not_run(tmp_path: Path, scenario: str) -> None:
    ended = run(tmp_path, "ywmessaging", "--scenario", scenario, "--base-url", f"{DEAD_URL}/api/", code=108)

    assert_no_load(ended, f"is the backend running at {DEAD_URL}?")
    assert ended.summary["run"]["requests_sent"] == 0


def test_a_backend_that_is_not_ready(tmp_path: Path) -> None:
    ended, asked = run_against(tmp_path, {"/health": said({"status": "starting"}, 503)}, *SOAK, code=108)

    assert_no_load(ended, "is the backend running at http://127.0.0.1:")
    assert [each.target for each in asked] == ["/health"]


def test_a_church_without_members(tmp_path: Path) -> None:
    refusal = said({"success": False, "error": "No valid recipients found"}, 400)

    ended, asked = run_against(tmp_path, {SEND: refusal}, *SOAK, code=108)

    assert_no_load(ended, EMPTY)
    assert [each.target for each in asked] == ["/health", LOGIN, SEND]


def test_a_church_without_conversations(tmp_path: Path) -> None:
    path = "/api/messages/conversations"
    nothing = said({"success": True, "data": [], "pagination": {"page": 1, "limit": 20, "total": 0, "pages": 0}})

    ended, asked = run_against(tmp_path, {path: nothing}, "--scenario", "conversation", code=108)

    assert_no_load(ended, EMPTY)
    assert [each.target for each in asked] == ["/health", LOGIN, path]


def test_a_user_of_another_church(tmp_path: Path) -> None:
    ended, _ = run_against(tmp_path, {}, *SOAK, "-e", "CHURCH_ID=church-2", code=108)

    assert_no_load(ended, "a@b.de belongs to the church church-1, not to church-2: see CHURCH_ID and USERS_FILE")


def test_the_church_of_the_users_is_told_by_their_tokens(tmp_path: Path, target: Target) -> None:
    """The real server's tokens name the church; the right one is no obstacle."""
    user = target.register("church@example.com", "Abcdefg1")
    arguments = ("--base-url", target.root, "-e", "EMAIL=church@example.com", "-e", "PASSWORD=Abcdefg1")

    run(tmp_path, "ywmessaging", *SOAK, *arguments, "-e", f"CHURCH_ID={user['church']}")
    ended = run(tmp_path, "ywmessaging", *SOAK, *arguments, "-e", "CHURCH_ID=church-12345", code=108)

    assert_no_load(ended, f"church@example.com belongs to the church {user['church']}, not to church-12345")


def test_a_wrong_password(tmp_path: Path, target: Target) -> None:
    arguments = ("--base-url", target.root, "-e", "EMAIL=nobody@example.com", "-e", "PASSWORD=Abcdefg1")

    ended = run(tmp_path, "ywmessaging", *SOAK, *arguments, code=108)

    assert_no_load(ended, "no user could log in; nobody@example.com: 401")
    assert "Abcdefg1" not in ended.out + ended.err


def test_no_setup_means_no_users(tmp_path: Path, target: Target) -> None:
    ended = run(tmp_path, "ywmessaging", *SOAK, "--base-url", target.root, "--no-setup", code=108)

    assert "without --no-setup" in ended.out.splitlines()[-1]
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"EMAIL": "a@b.de"}, "EMAIL=a@b.de is given without PASSWORD: one user needs both"),
        ({"USERS_FILE": "nowhere.json"}, "USERS_FILE nowhere.json cannot be read: No such file or directory"),
        ({"USERS_FILE": "users.json"}, "USERS_FILE users.json, entry 2: password is missing or is not text"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "=".join(*value.items()),
)
def test_settings_that_make_no_sense(tmp_path: Path, variables: dict[str, str], sentence: str, target: Target) -> None:
    (tmp_path / "users.json").write_text('[{"email": "a", "password": "p"}, {"email": "b"}]')

    ended = run(tmp_path, "ywmessaging", *SOAK, "--base-url", target.root, env=variables, code=108)

    assert_no_load(ended, sentence)
    assert ended.summary["run"]["requests_sent"] == 1


def test_settings_that_cannot_be_read_are_told_before_anything_is_sent(tmp_path: Path) -> None:
    wrong = {"USERS": "five", "REGISTER": "yes", "FORWARDED_FOR": "2"}

    ended = run(tmp_path, "ywmessaging", *SOAK, "--base-url", DEAD_URL, env=wrong, code=104)

    told = [line.partition(" env(")[2] for line in ended.lines if " env(" in line]
    assert told == [
        "'USERS'): USERS=five: a whole number from 1 to 99,999 is needed",
        "'REGISTER'): REGISTER=yes: 1 turns it on, 0 off",
        "'FORWARDED_FOR'): FORWARDED_FOR=2: 1 turns it on, 0 off",
    ]
    assert "Traceback" not in ended.err


def test_users_from_a_file_all_take_part(tmp_path: Path, target: Target) -> None:
    accounts = [{"email": f"{name}@example.com", "password": "Abcdefg1"} for name in ("file-0", "file-1")]
    for account in accounts:
        account["churchId"] = target.register(account["email"], account["password"])["church"]
    (tmp_path / "users.json").write_text(json.dumps(accounts))
    before = target.counts()
    arguments = ("--base-url", target.root, "-e", "USERS_FILE=users.json", "-e", "EMAIL=is@not.used")

    ended = run(tmp_path, "ywmessaging", "--scenario", "soak", "-u", "2", "-d", "1s", "--workers", "2", *arguments)

    counted = target.counts() - before
    assert counted["POST /auth/register"] == 0
    assert counted["POST /auth/login"] == 2 + 2
    assert [target.sent_by(account["email"], account["password"]) for account in accounts] == [1 + 1, 1 + 1]
    assert ended.summary["run"]["requests_sent"] == counted.total()
