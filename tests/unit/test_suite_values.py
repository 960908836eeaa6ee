"""The pure parts of the suite: settings, tokens, shapes, rate limits, thresholds."""

import base64
import json

import pytest

from ywstorm.metrics.registry import Registry
from ywstorm.metrics.thresholds import parse_thresholds
from ywstorm.script.loader import Script, load_script
from ywstorm.suites.ywmessaging.limits import DEMANDS, Demand, Limits, foresee, limits_of
from ywstorm.suites.ywmessaging.settings import root_of, whole_number
from ywstorm.suites.ywmessaging.shapes import CONVERSATIONS, has_shape
from ywstorm.suites.ywmessaging.tokens import church_of, lifetime_s, renewal_s


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
    def test_a_count_is_read(self) -> None:
        assert whole_number("USERS", "12") == 12

    @pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "five", "²"])
    def test_what_is_no_count_is_named(self, text: str) -> None:
        with pytest.raises(ValueError, match=f"USERS={text}: a whole number of at least 1"):
            whole_number("USERS", text)


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
        ("headers", "limits"),
        [
            ({}, Limits()),
            ({"RateLimit-Limit": "100"}, Limits(requests_per_address=100)),
            ({"RateLimit-Limit": "100, 100;w=900"}, Limits(requests_per_address=100)),
            ({"X-RateLimit-Limit": "100"}, Limits(messages_per_user=100)),
            ({"X-RateLimit-Limit": "many"}, Limits()),
        ],
    )
    def test_limits_are_read_from_headers(self, headers: dict[str, str], limits: Limits) -> None:
        assert limits_of(headers) == limits

    def test_a_server_without_limits_is_no_matter(self) -> None:
        assert foresee(Limits(), 1, is_forwarded=False) == []

    def test_too_many_messages_need_more_users(self) -> None:
        demand = Demand("load", vus=10, requests=1_080, messages=267)

        (sentence,) = foresee(Limits(messages_per_user=100), 1, is_forwarded=False, demands=[demand])

        assert sentence.endswith("this run needs 3 users")

    def test_too_many_requests_need_addresses(self) -> None:
        demand = Demand("load", vus=20, requests=1_080, messages=267)
        limits = Limits(requests_per_address=100)

        (sentence,) = foresee(limits, 5, is_forwarded=False, demands=[demand])

        assert sentence.endswith("this run needs FORWARDED_FOR=1")
        assert foresee(limits, 5, is_forwarded=True, demands=[demand]) == []

    @pytest.mark.parametrize("demand", [demand for demand in DEMANDS if demand.scenario != "smoke"])
    def test_demands_are_those_of_the_declared_ramps(self, demand: Demand, suite: Script) -> None:
        """A visit takes at least 1.5 s and 4 requests; each virtual user logs in once."""
        executor = suite.scenarios[demand.scenario].executor
        ticks = range(0, executor.duration_ns, 10_000_000)
        visits = sum(executor.vus_at(tick) for tick in ticks) / 100 / 1.5

        assert demand.vus == executor.max_vus
        assert demand.messages == pytest.approx(visits, rel=0.02)
        assert demand.requests == pytest.approx(4 * visits + executor.max_vus, rel=0.02)


class TestDeclarations:
    def test_nothing_is_wrong_with_it(self, suite: Script) -> None:
        assert suite.problems == ()
        assert list(suite.scenarios) == ["smoke", "load", "spike"]

    def test_the_base_url_is_that_of_the_api(self, suite: Script) -> None:
        assert suite.options.base_url == "http://api.test:8080/api"

    @pytest.mark.parametrize(
        ("env", "timeout_s"),
        [({}, 85), ({"USERS": "20"}, 160), ({"EMAIL": "a@b.de"}, 60), ({"USERS_FILE": "users.json"}, 60)],
    )
    def test_setup_may_take_longer_when_it_registers(self, env: dict[str, str], timeout_s: int) -> None:
        assert load_script("ywmessaging", env).options.setup_timeout == timeout_s

    @pytest.mark.parametrize(
        ("name", "promises"),
        [("smoke", 10), ("load", 10), ("spike", 10)],
    )
    def test_every_threshold_can_be_evaluated(self, name: str, promises: int, suite: Script) -> None:
        scenario = suite.scenarios[name]

        thresholds, problems = parse_thresholds(
            scenario.thresholds,
            Registry(list(suite.metrics)),
            scenario=name,
            known_scenarios=list(suite.scenarios),
            known_stages={name: [stage for _, stage in scenario.executor.stage_bounds()]},
        )

        assert problems == []
        assert len(thresholds) == promises
