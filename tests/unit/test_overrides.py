"""Flags that override options: what holds then, and what the summary says of it."""

from pathlib import Path
from typing import Any

import pytest

from tests.reference.scripts import load, plan, planning_problems
from ywstorm.config import Timeouts
from ywstorm.script.flags import Flags
from ywstorm.script.overrides import overridden

SCRIPT = """
    options(base_url="http://script", hosts={"a": "10.0.0.1"}, user_agent="mine")

    @scenario(ConstantVUs(vus=2, duration="10s"))
    async def browse(vu): ...
"""

FLAGS: dict[str, tuple[dict[str, Any], str, object, str]] = {
    "--max-redirects": ({"max_redirects": 0}, "max_redirects", 0, "max_redirects: 0, not 10"),
    "--user-agent": ({"user_agent": "x/1"}, "user_agent", "x/1", "user_agent: x/1, not mine"),
    "an empty --user-agent": ({"user_agent": ""}, "user_agent", "", "user_agent: none, not mine"),
    "--discard-response-bodies": ({"discard_bodies": True}, "discard_bodies", True, "discard_bodies: True, not none"),
    "--reset-cookies": ({"reset_cookies": True}, "reset_cookies", True, "reset_cookies: True, not none"),
    "--connections": ({"connections": "shared"}, "connections", "shared", "connections: shared, not per_vu"),
    "--no-connection-reuse": (
        {"no_connection_reuse": True},
        "connections",
        "per_request",
        "connections: per_request, not per_vu",
    ),
    "--no-vu-connection-reuse": (
        {"no_vu_connection_reuse": True},
        "connections",
        "per_iteration",
        "connections: per_iteration, not per_vu",
    ),
    "--host, beside the script's": (
        {"hosts": ("b=127.0.0.1:8443", "*.c=[::1]:80")},
        "hosts",
        {"a": "10.0.0.1", "b": "127.0.0.1:8443", "*.c": "[::1]:80"},
        "hosts: a=10.0.0.1, b=127.0.0.1:8443, *.c=[::1]:80, not a=10.0.0.1",
    ),
    "--dns-ttl": ({"dns_ttl": "1m"}, "dns_ttl", "1m", "dns_ttl: 1m, not 5m"),
    "--expected-statuses": (
        {"expected_statuses": "200-299, 404"},
        "expected_statuses",
        ["200-299", "404"],
        "expected_statuses: 200-299, 404, not none",
    ),
    "--seed": ({"seed": 7}, "seed", 7, "seed: 7, not 0"),
    "--timeout": ({"timeout": "5s"}, "timeout", "5s", "timeout: 5s, not 60s"),
}


@pytest.mark.parametrize(("flags", "option", "value", "override"), FLAGS.values(), ids=FLAGS)
def test_a_flag_overrides_an_option_and_says_so(
    tmp_path: Path, flags: dict[str, Any], option: str, value: object, override: str
) -> None:
    made = plan(tmp_path, SCRIPT, **flags)

    assert getattr(made.options, option) == value
    assert list(made.overrides) == [override]


def test_a_flag_that_says_what_the_script_says_is_not_worth_a_word(tmp_path: Path) -> None:
    assert plan(tmp_path, SCRIPT, user_agent="mine", connections="per_vu").overrides == ()


def test_a_total_timeout_leaves_the_limits_of_phases_as_they_are(tmp_path: Path) -> None:
    text = SCRIPT.replace("options(", 'options(timeout={"connect": "2s", "first_byte": "1s"}, ')

    made = plan(tmp_path, text, timeout="9s")

    assert made.options.timeouts == Timeouts(total="9s", connect="2s", first_byte="1s")
    assert made.overrides[0].startswith("timeout: 9s in all, not ")


def test_files_of_certificates_must_be_there(tmp_path: Path) -> None:
    found = planning_problems(tmp_path, SCRIPT, ca_file="no.pem", client_key=str(tmp_path))

    assert "flags ca_file: there is no file 'no.pem'" in found
    assert any(problem.startswith("flags client_key: ") for problem in found)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "redirects": ({"max_redirects": -1}, "flags max_redirects: -1 is not a whole number from 0 to 100"),
    "statuses": ({"expected_statuses": "ok"}, "flags expected_statuses: 'ok' is no status"),
    "a lifetime": ({"dns_ttl": "soon"}, "flags dns_ttl: 'soon' is not a duration"),
    "a host without an address": ({"hosts": ("b",)}, "--host: 'b' has no name or no value"),
    "two words on connections": (
        {"connections": "shared", "no_connection_reuse": True},
        "--no-connection-reuse: together with --connections shared: one of them says how connections are used",
    ),
}


@pytest.mark.parametrize(("flags", "problem"), BAD.values(), ids=BAD)
def test_a_bad_value_is_one_problem(tmp_path: Path, flags: dict[str, Any], problem: str) -> None:
    [found] = planning_problems(tmp_path, SCRIPT, **flags)

    assert found.startswith(problem)


def test_certificates_that_are_not_verified_are_worth_a_warning(tmp_path: Path) -> None:
    insecure = plan(tmp_path, SCRIPT, insecure=True)

    assert list(insecure.warnings) == ["TLS certificates are not verified: anybody may answer as the service"]
    assert list(insecure.overrides) == ["insecure: True, not none"]
    assert plan(tmp_path, SCRIPT).warnings == ()


def test_tags_are_added_without_a_word(tmp_path: Path) -> None:
    options, changes = overridden(load(tmp_path, SCRIPT), Flags(tags=("a=b",)))

    assert options.tags == {"a": "b"}
    assert changes == []
