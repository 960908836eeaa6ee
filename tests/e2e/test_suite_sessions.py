"""What the suite does with tokens, addresses, limits and test data while a run is on, seen from the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.canned_api import LOGIN, SEND, login, run_against, said
from tests.e2e.run_of import Ended, run
from tests.e2e.suite_runs import Target, count_of, running_target
from tests.reference.peer import in_order

SENT = said({"success": True}, 201)
SMOKE = ("--scenario", "smoke", "-i", "1", "--no-thresholds")
SOAK = ("--scenario", "soak", "-u", "1", "-d", "1s")
CLEANUP = "DELETE /admin/cleanup-test-data"


def all_that_is_told(ended: Ended) -> str:
    return ended.out + ended.err + (ended.folder / "summary.json").read_text()


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with running_target() as started:
        yield started


class TestTokens:
    def test_a_401_logs_in_again_and_repeats_the_request_once(self, tmp_path: Path) -> None:
        expired = said({"error": "Invalid or expired token"}, 401)

        ended, asked = run_against(tmp_path, {SEND: in_order(SENT, expired, SENT)}, *SMOKE)

        assert [each.target for each in asked[4:8]] == ["/api/auth/me", SEND, LOGIN, SEND]
        assert asked[5].body == asked[7].body
        assert (count_of(ended, "auth_successes"), count_of(ended, "auth_failures")) == (2, 0)
        assert (count_of(ended, "api_errors"), count_of(ended, "successful_requests")) == (1, 7)
        assert count_of(ended, "message_send_duration") == 2
        assert ended.metric("http_reqs")["count"] == 8

    def test_a_token_is_renewed_a_minute_before_its_end(self, tmp_path: Path) -> None:
        """It lives for 62 s: the request that comes 2 s after the login finds it too old."""
        ended, asked = run_against(tmp_path, {LOGIN: login(life_s=62)}, *SMOKE)

        of_the_load = [each.target for each in asked[3:]]
        assert of_the_load[:5] == [LOGIN, "/api/auth/me", SEND, LOGIN, "/api/messages/conversations"]
        assert count_of(ended, "auth_successes") == of_the_load.count(LOGIN) == 2
        assert count_of(ended, "api_errors") == 0

    def test_a_failed_login_counts_and_the_next_iteration_tries_again(self, tmp_path: Path) -> None:
        wrong = said({"error": "Invalid email or password"}, 401)
        flags = ("--scenario", "soak", "-u", "1", "-i", "2")

        ended, asked = run_against(tmp_path, {LOGIN: in_order(login(), wrong, wrong, login())}, *flags, code=99)

        assert [each.target for each in asked[3:7]] == [LOGIN, LOGIN, LOGIN, SEND]
        assert (count_of(ended, "auth_failures"), count_of(ended, "auth_successes")) == (2, 1)
        assert (ended.metric("iterations")["count"], ended.metric("iteration_errors")["count"]) == (2, 0)
        broken = [each["metric"] for each in ended.summary["thresholds"] if not each["passed"]]
        assert "auth_failures" in broken
        assert ended.metric("iteration_duration")["max"] >= 1000


class TestLimits:
    def test_they_are_foreseen_for_the_selected_scenario(self, tmp_path: Path) -> None:
        limited = said({"success": True}, 201, RateLimit_Limit="25", X_RateLimit_Limit="5")
        refused = said({"error": "Too many requests"}, 429)
        flags = ("--scenario", "soak", "-u", "2", "-i", "6")

        ended, _ = run_against(tmp_path, {SEND: in_order(limited, refused)}, *flags, code=99)

        assert "this run needs 2 users and FORWARDED_FOR=1: it sends up to 26 requests and 6 messages" in ended.err
        [error] = ended.summary["errors"]
        assert (error["name"], error["code"]) == ("http.429", 1429)
        assert "rate limit" in error["hint"]
        assert error["hint"] in ended.out

    def test_a_run_within_them_is_not_warned(self, tmp_path: Path) -> None:
        limited = said({"success": True}, 201, RateLimit_Limit="30", X_RateLimit_Limit="10")

        ended, _ = run_against(tmp_path, {SEND: limited}, *SOAK)

        assert "this run needs" not in ended.err

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_each_virtual_user_can_have_an_address_of_its_own(self, tmp_path: Path, workers: str) -> None:
        flags = ("--scenario", "soak", "-u", "3", "-d", "1s", "--workers", workers, "-e", "FORWARDED_FOR=1")

        _, asked = run_against(tmp_path, {}, *flags)

        addresses = [each.headers.get("x-forwarded-for") for each in asked]
        assert addresses[:3] == [None, "10.255.255.255", "10.255.255.255"]
        assert {address: addresses.count(address) for address in addresses[3:]} == dict.fromkeys(
            ("10.0.0.1", "10.0.0.2", "10.0.0.3"), 5
        )

    def test_nobody_has_one_unasked(self, tmp_path: Path) -> None:
        _, asked = run_against(tmp_path, {}, *SOAK)

        assert not any("x-forwarded-for" in each.headers for each in asked)


class TestCleanup:
    def test_test_data_are_deleted_after_the_run(self, tmp_path: Path, target: Target) -> None:
        token = target.register("admin@example.com", "Abcdefg1")["token"]
        before = target.counts()

        ended = run(tmp_path, "ywmessaging", *SOAK, "--base-url", target.root, env={"ADMIN_TOKEN": token})

        counted = target.counts() - before
        assert counted[CLEANUP] == 1
        assert ended.summary["run"]["requests_sent"] == counted.total()
        assert "cleanup of test data: " in ended.err
        assert "1 churches deleted" in ended.err
        assert token not in all_that_is_told(ended)

    def test_without_a_token_nothing_is(self, tmp_path: Path, target: Target) -> None:
        before = target.counts()

        run(tmp_path, "ywmessaging", *SOAK, "--base-url", target.root)

        assert CLEANUP not in target.counts() - before

    def test_a_server_without_it_is_no_failure(self, tmp_path: Path) -> None:
        ended, asked = run_against(tmp_path, {}, *SOAK, "-e", "ADMIN_TOKEN=very-secret")

        assert (asked[-1].method, asked[-1].target) == ("DELETE", "/api/admin/cleanup-test-data")
        assert asked[-1].headers["authorization"] == "Bearer very-secret"
        assert "cleanup of test data: not supported here" in ended.err
        assert "very-secret" not in all_that_is_told(ended)
        assert ended.summary["verdict"]["passed"]
        assert ended.summary["errors"] == []
        assert ended.metric("http_req_failed")["passes"] == 0

    def test_it_happens_after_a_broken_promise_too(self, tmp_path: Path) -> None:
        broken = {SEND: in_order(SENT, said({"error": "oh no"}, 500))}

        _, asked = run_against(tmp_path, broken, *SOAK, "-e", "ADMIN_TOKEN=very-secret", code=99)

        assert asked[-1].target == "/api/admin/cleanup-test-data"
