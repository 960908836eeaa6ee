"""Options check their own values, and all of them at once."""

from pathlib import Path
from typing import Any

import pytest

from ywstorm.config import Options, Timeouts

NS_PER_S = 1_000_000_000


def test_defaults_have_no_problems() -> None:
    assert Options().problems("here") == []


def test_durations_are_given_in_ns() -> None:
    options = Options(timeout="1m30s", setup_timeout=0.5, teardown_timeout="2m")

    assert (options.timeout_ns, options.setup_timeout_ns, options.teardown_timeout_ns) == (
        90 * NS_PER_S,
        NS_PER_S // 2,
        120 * NS_PER_S,
    )


def test_a_dict_of_options_makes_the_same_options() -> None:
    options = Options(base_url="http://h/api", tags={"team": "a"}, thresholds={"checks": "rate==1"}, max_redirects=0)

    assert Options(**options.to_dict()) == options  # type: ignore[arg-type]


GOOD: dict[str, dict[str, Any]] = {
    "a base URL with a port and a path": {"base_url": "http://h:8080/api"},
    "a base URL with an IPv6 address": {"base_url": "https://[::1]:8443"},
    "no redirects": {"max_redirects": 0},
    "no user agent": {"user_agent": ""},
    "shared connections": {"connections": "shared"},
}


@pytest.mark.parametrize("fields", GOOD.values(), ids=GOOD.keys())
def test_a_good_value_is_no_problem(fields: dict[str, Any]) -> None:
    assert Options(**fields).problems("here") == []


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a base URL without a scheme": (
        {"base_url": "localhost:3000"},
        "here base_url: 'localhost:3000' is not an http or https URL (write it whole, as in 'http://localhost:3000')",
    ),
    "a base URL of another scheme": (
        {"base_url": "ftp://h"},
        "here base_url: 'ftp://h' is not an http or https URL (write it whole, as in 'http://localhost:3000')",
    ),
    "a base URL with a query": (
        {"base_url": "http://h/?a=1"},
        "here base_url: 'http://h/?a=1' has a query or a fragment, to which no path can be appended",
    ),
    "a base URL with a port that is none": (
        {"base_url": "http://h:99999"},
        "here base_url: 'http://h:99999' is not a URL: Port out of range 0-65535",
    ),
    "a base URL that is not text": ({"base_url": 5}, "here base_url: 5 is not text"),
    "a misspelt kind of connections": (
        {"connections": "per-vu"},
        "here connections: 'per-vu' is none of per_vu, shared, per_iteration, per_request (did you mean 'per_vu'?)",
    ),
    "a tag whose value is a number": (
        {"tags": {"try": 1}},
        "here tags: 'try' has the value 1, which is not text (write '1')",
    ),
    "a tag without a name": ({"tags": {"": "a"}}, "here tags: the name '' is not text"),
    "a timeout of nothing": ({"timeout": 0}, "here timeout: 0 is no time at all: it must be more than 0"),
    "a timeout that is no duration": (
        {"setup_timeout": "5x"},
        "here setup_timeout: '5x' is not a duration: write '1m30s', '500ms' or a number of seconds",
    ),
    "too many redirects": ({"max_redirects": 101}, "here max_redirects: 101 is not a whole number from 0 to 100"),
    "redirects yes": ({"max_redirects": True}, "here max_redirects: True is not a whole number from 0 to 100"),
    "a word for a truth value": ({"insecure": "no"}, "here insecure: 'no' is neither True nor False"),
    "a line end in the user agent": (
        {"user_agent": "a\r\nb"},
        "here user_agent: 'a\\r\\nb' is not printable ASCII text",
    ),
    "a phase that is none": (
        {"timeout": {"reading": 1}},
        "here timeout: there is no phase 'reading' (there are total, connect, tls, first_byte, body_idle)",
    ),
    "a phase without time": (
        {"timeout": Timeouts(first_byte=0)},
        "here timeout first_byte: 0 is no time at all: it must be more than 0",
    ),
    "a name without an address": (
        {"hosts": {"api.example.com": "nowhere"}},
        "here hosts: 'nowhere' for 'api.example.com' is no address; write '10.0.0.1', '10.0.0.1:8443' or '[::1]:8443'",
    ),
    "no status at all": (
        {"expected_statuses": []},
        "here expected_statuses: no status at all: every answer would be a failure",
    ),
    "a status below 100": (
        {"expected_statuses": [200, 7]},
        "here expected_statuses: 7 is no status from 100 to 999 nor a range of them",
    ),
    "a file that is not there": ({"ca_file": "no.pem"}, "here ca_file: there is no file 'no.pem'"),
    "a seed in words": ({"seed": "seven"}, "here seed: 'seven' is not a whole number"),
    "a list of thresholds": (
        {"thresholds": ["rate<1"]},
        "here thresholds: ['rate<1'] is not a dict of selector: expressions",
    ),
}


@pytest.mark.parametrize(("fields", "problem"), BAD.values(), ids=BAD.keys())
def test_a_bad_value_is_one_problem_that_quotes_it(fields: dict[str, Any], problem: str) -> None:
    assert [str(found) for found in Options(**fields).problems("here")] == [problem]


def test_a_file_that_holds_no_certificate_is_a_problem(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    for name in ("ca_file", "client_cert"):
        (problem,) = Options(**{name: str(rubbish)}).problems("here")
        assert (problem.where, "rubbish.pem" in problem.message) == ("here TLS", True)


def test_time_outs_travel_as_they_were_written() -> None:
    options = Options(timeout=Timeouts(total="5s", first_byte=2), expected_statuses=[range(200, 300), 404])
    again = Options(**options.to_dict())  # type: ignore[arg-type]
    assert again.timeouts == options.timeouts
    assert again.timeouts.in_ns() == {
        "total": 5_000_000_000,
        "connect": 30_000_000_000,
        "tls": 10_000_000_000,
        "first_byte": 2_000_000_000,
        "body_idle": None,
    }
    assert again.expected_table == options.expected_table
    assert [status for status in range(1000) if again.expected_table[status]] == [*range(200, 300), 404]


def test_all_problems_are_found_at_once() -> None:
    options = Options(base_url="h", timeout="x", max_redirects=-1)

    assert [problem.where for problem in options.problems("s.py:1 options")] == [
        "s.py:1 options base_url",
        "s.py:1 options timeout",
        "s.py:1 options max_redirects",
    ]
