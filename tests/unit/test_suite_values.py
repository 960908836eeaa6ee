"""The pure parts of the suite: settings, tokens, shapes, rate limits, thresholds."""

import base64
import json

import pytest

from ywstorm import ConstantVUs, PerVUIterations, SharedIterations
from ywstorm.metrics.registry import Registry
from ywstorm.metrics.thresholds import parse_thresholds
from ywstorm.script.loader import Script, load_script
from ywstorm.suites.ywmessaging.limits import COSTS, Demand, Limits, demand_of, foresee, limits_of
from ywstorm.suites.ywmessaging.settings import count_of, is_on, root_of
from ywstorm.suites.ywmessaging.shapes import CONVERSATIONS, has_shape
from ywstorm.suites.ywmessaging.tokens import church_of, lifetime_s, renewal_s

EVERY = {
    "http_req_duration{endpoint:conversations} p(95)<1000",
    "conversation_fetch_duration p(95)<1000",
    "message_send_duration p(95)<2000",
    "auth_failures count==0",
}
FEW_FAILURES = {"http_req_failed rate<0.01"}
VISIT = {
    "http_req_duration{endpoint:message} p(95)<2000",
    "http_req_duration{endpoint:analytics} p(95)<1000",
    "analytics_duration p(95)<1000",
}
PROMISES = {
    "smoke": EVERY | FEW_FAILURES | VISIT | {"http_req_duration max<1000", "checks rate==1"},
    "load": EVERY | FEW_FAILURES | VISIT | {"http_req_duration p(95)<500", "http_req_duration p(99)<1000"},
    "spike": EVERY
    | VISIT
    | {
        "http_req_failed{stage:peak} rate<0.05",
        "http_req_duration{stage:peak} max<5000",
        "http_req_duration{stage:recovery} p(95)<1000",
    },
    "soak": EVERY | FEW_FAILURES | VISIT,
    "conversation": EVERY
    | FEW_FAILURES
    | {"http_req_duration{endpoint:reply} p(95)<2000", "http_req_duration{endpoint:conversation} p(95)<1000"},
}


def token_with(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.signature"


@pytest.fixture(scope="module")
def suite() -> Script:
    return load_script("ywmessaging", {"BASE_URL": "http://api.test:8080/api/"})


class TestBaseUrl:
    @pytest.mark.parametrize(
        "given",
        ["http://h:3000", "http://h:3000/", "http://h:3000/api", "http://h:3000/api/", "http://h:3000//"],
    )
    def test_root_and_root_with_api_are_the_same_server(self, given: str) -> None:
        assert root_of(given) == "http://h:3000"

    def test_a_longer_path_before_api_is_kept(self) -> None:
        assert root_of("https://h/church/api/") == "https://h/church"

    def test_a_path_that_only_ends_like_api_is_kept(self) -> None:
        assert root_of("http://h/myapi") == "http://h/myapi"


class TestNumbers:
    @pytest.mark.parametrize(("text", "count"), [("1", 1), ("12", 12), ("99999", 99_999)])
    def test_a_count_is_read(self, text: str, count: int) -> None:
        assert count_of(text) == count

    @pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "five", "²", "007", "100000", "9" * 5000])
    def test_what_is_no_count_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="a whole number from 1 to 99,999 is needed"):
            count_of(text)

    @pytest.mark.parametrize(("text", "is_switched_on"), [("1", True), ("0", False), ("", False)])
    def test_a_switch_is_on_or_off(self, text: str, is_switched_on: bool) -> None:
        assert is_on(text) is is_switched_on

    @pytest.mark.parametrize("text", ["yes", "true", "2", " 1"])
    def test_what_is_no_switch_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="1 turns it on, 0 off"):
            is_on(text)


class TestTokens:
    def test_the_life_is_the_difference_of_its_own_two_times(self) -> None:
        assert lifetime_s(token_with({"iat": 5_000, "exp": 5_900})) == 900

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "opaque",
            "a.b.c",
            "a.%%%.c",
            token_with(["no", "claims"]),
            token_with({"exp": 5_900}),
            token_with({"iat": "now", "exp": "soon"}),
            token_with({"iat": 900, "exp": 100}),
        ],
    )
    def test_a_token_that_does_not_tell_lives_fifteen_minutes(self, token: str) -> None:
        assert lifetime_s(token) == 900

    @pytest.mark.parametrize(("life", "renewal"), [(900, 840), (62, 2), (60, 30), (10, 5)])
    def test_it_is_renewed_a_minute_early_or_half_way(self, life: int, renewal: int) -> None:
        assert renewal_s(token_with({"iat": 0, "exp": life})) == renewal

    def test_the_church_is_read_from_the_claims(self) -> None:
        assert church_of(token_with({"churchId": "c-1"})) == "c-1"
        assert church_of("opaque") is None


class TestShapes:
    @pytest.mark.parametrize(
        ("value", "shape", "is_right"),
        [
            ({"id": "x", "more": 1}, {"id": str}, True),
            ({"id": 1}, {"id": str}, False),
            ({}, {"id": str}, False),
            (None, {"id": str}, False),
            ([], [{"id": str}], True),
            ([{"id": "x"}, {}], [{"id": str}], False),
            ({"success": True}, {"success": True}, True),
            ({"success": False}, {"success": True}, False),
            ({"phone": None}, {"phone": object}, True),
            ({"rate": 99}, {"rate": int | float}, True),
            ({"rate": "99"}, {"rate": int | float}, False),
        ],
    )
    def test_fields_types_items_and_values(self, value: object, shape: object, is_right: bool) -> None:
        assert has_shape(value, shape) is is_right

    def test_an_empty_list_of_conversations_has_the_right_shape(self) -> None:
        page = {"page": 1, "limit": 20, "total": 0, "pages": 0}

        assert has_shape({"success": True, "data": [], "pagination": page}, CONVERSATIONS)


class TestRateLimits:
    @pytest.mark.parametrize(
        ("answers", "limits"),
        [
            ([], Limits()),
            ([{}], Limits()),
            ([{"RateLimit-Limit": "100"}], Limits(requests_per_address=100)),
            ([{"RateLimit-Limit": "100, 100;w=900"}], Limits(requests_per_address=100)),
            ([{"RateLimit-Limit": "100;w=900"}], Limits(requests_per_address=100)),
            ([{"X-RateLimit-Limit": "100"}], Limits(messages_per_user=100)),
            ([{"X-RateLimit-Limit": "many"}], Limits()),
            ([{"RateLimit-Limit": "200"}, {"X-RateLimit-Limit": "50"}], Limits(200, 50)),
        ],
    )
    def test_limits_are_read_from_headers(self, answers: list[dict[str, str]], limits: Limits) -> None:
        assert limits_of(answers) == limits

    @pytest.mark.parametrize(
        ("limits", "users", "is_forwarded", "needs"),
        [
            (Limits(), 1, False, ""),
            (Limits(messages_per_user=100), 3, False, ""),
            (Limits(messages_per_user=100), 2, False, "3 users"),
            (Limits(messages_per_user=100), 1, True, "3 users"),
            (Limits(requests_per_address=1_095), 1, False, ""),
            (Limits(requests_per_address=1_094), 1, False, "FORWARDED_FOR=1"),
            (Limits(requests_per_address=108), 1, True, ""),
            (Limits(requests_per_address=107), 1, True, "a higher limit"),
            (Limits(100, 100), 1, False, "3 users and FORWARDED_FOR=1"),
        ],
    )
    def test_a_run_needs_users_or_addresses(self, limits: Limits, users: int, is_forwarded: bool, needs: str) -> None:
        """1,080 requests, 15 more before them, and 267 messages, by ten virtual users."""
        demand = Demand(vus=10, requests=1_080, messages=267)

        sentence = foresee(limits, demand, users=users, spent=15, is_forwarded=is_forwarded)

        assert sentence.partition(":")[0] == (needs and f"this run needs {needs}")

    def test_the_sentence_has_its_reasons(self) -> None:
        limits, demand = Limits(requests_per_address=100), Demand(vus=10, requests=1_080, messages=267)

        assert foresee(limits, demand, users=5, spent=15, is_forwarded=False) == (
            "this run needs FORWARDED_FOR=1: it sends up to 1,080 requests and 267 messages, and the server takes 100 "
            "requests from an address in 15 minutes and any number of messages from a user in an hour"
        )


class TestDemand:
    @pytest.mark.parametrize(
        ("name", "demand"),
        [
            ("smoke", Demand(vus=1, requests=26, messages=5)),
            ("load", Demand(vus=10, requests=1_078, messages=267)),
            ("spike", Demand(vus=50, requests=2_070, messages=505)),
            ("soak", Demand(vus=5, requests=4_005, messages=1_000)),
            ("conversation", Demand(vus=20, requests=3_420, messages=0)),
        ],
    )
    def test_it_is_the_area_under_the_ramp(self, name: str, demand: Demand, suite: Script) -> None:
        found = demand_of({name: suite.scenarios[name].executor})

        assert found.vus == demand.vus
        assert found.requests == pytest.approx(demand.requests, rel=0.01)
        assert found.messages == pytest.approx(demand.messages, rel=0.01)

    def test_a_number_of_iterations_is_exact(self) -> None:
        plan = {"spike": SharedIterations(vus=4, iterations=10)}

        assert demand_of(plan) == Demand(vus=4, requests=44, messages=10)

    def test_scenarios_side_by_side_add_up(self) -> None:
        plan = {"soak": ConstantVUs(vus=2, duration="3s"), "smoke": PerVUIterations(vus=1, iterations=1)}

        assert demand_of(plan) == Demand(vus=3, requests=24, messages=5)

    def test_every_scenario_has_its_cost(self, suite: Script) -> None:
        assert COSTS.keys() == suite.scenarios.keys()


class TestDeclarations:
    def test_nothing_is_wrong_with_it(self, suite: Script) -> None:
        assert suite.problems == ()
        assert list(suite.scenarios) == ["smoke", "load", "spike", "soak", "conversation"]

    def test_the_base_url_is_that_of_the_api(self, suite: Script) -> None:
        assert suite.options.base_url == "http://api.test:8080/api"

    @pytest.mark.parametrize(
        ("env", "timeout_s"),
        [
            ({}, 85),
            ({"USERS": "20"}, 160),
            ({"EMAIL": "a@b.de"}, 60),
            ({"USERS_FILE": "users.json"}, 60),
        ],
    )
    def test_setup_may_take_longer_when_it_registers(self, env: dict[str, str], timeout_s: int) -> None:
        assert load_script("ywmessaging", env).options.setup_timeout == timeout_s

    @pytest.mark.parametrize("name", PROMISES)
    def test_the_promises_are_those_of_the_page(self, name: str, suite: Script) -> None:
        scenario = suite.scenarios[name]

        thresholds, problems = parse_thresholds(
            scenario.thresholds,
            Registry(list(suite.metrics)),
            scenario=name,
            known_scenarios=list(suite.scenarios),
            known_stages={name: [stage for _, stage in scenario.executor.stage_bounds()]},
        )

        assert problems == []
        assert len(thresholds) == len(PROMISES[name])
        declared = {f"{metric} {rule}" for metric, rules in scenario.thresholds.items() for rule in rules}
        assert declared == PROMISES[name]

    @pytest.mark.parametrize(
        ("name", "kind", "vus_at"),
        [
            ("smoke", "per_vu_iterations", {0: 1, 119: 1, 120: 0}),
            ("load", "ramping_vus", {0: 0, 5: 5, 10: 10, 39: 10, 45: 5, 50: 0}),
            ("spike", "ramping_vus", {0: 1, 4: 1, 10: 50, 19: 50, 25: 0}),
            ("soak", "constant_vus", {0: 5, 299: 5, 300: 0}),
            ("conversation", "ramping_vus", {0: 0, 3: 4, 15: 20, 44: 20, 50: 10, 55: 0}),
        ],
    )
    def test_the_plans_are_those_of_the_page(self, name: str, kind: str, vus_at: dict[int, int], suite: Script) -> None:
        executor = suite.scenarios[name].executor

        assert executor.kind == kind
        assert {at_s: executor.vus_at(at_s * 10**9) for at_s in vus_at} == vus_at
        assert executor.planned_iterations == (5 if name == "smoke" else None)

    def test_the_stages_of_a_spike_have_names(self, suite: Script) -> None:
        bounds = suite.scenarios["spike"].executor.stage_bounds()

        assert [(at_ns // 10**9, name) for at_ns, name in bounds[1:]] == [(5, "surge"), (10, "peak"), (20, "recovery")]
