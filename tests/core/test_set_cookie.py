"""What one Set-Cookie value says; whether its server may say so is the table of test_cookies.py."""

import math

import pytest

from ywstorm_core.net.cookies import CookieJar
from ywstorm_core.net.set_cookie import cookies_of, parse_set_cookie

NOW_S = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a=1", "a", "1"),
        ("  a \t= 1 ", "a", "1"),
        ('a="quoted, with = inside"', "a", '"quoted, with = inside"'),
        ("a=b=c", "a", "b=c"),
        ("a=", "a", ""),
        ("a=\xe4\xff", "a", "\xe4\xff"),
        ("a=1;;; ;Secure", "a", "1"),
        ("a\tb=1\t2", "a\tb", "1\t2"),
    ],
)
def test_a_value_is_read_as_browsers_do(text: str, name: str, value: str) -> None:
    cookie = parse_set_cookie(text, NOW_S)

    assert cookie is not None
    assert (cookie.name, cookie.value) == (name, value)
    assert cookies_of([text]) == {name: value}


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "a",
        "a; Path=/",
        "=1",
        " =1",
        "a=1\r\nb=2",
        "a=1\0",
        "a=1; Path=/\n",
        "a=1\x7f",
        f"a={'x' * 4096}",
        "a=\u0100",
    ],
)
def test_what_is_no_cookie_is_passed_over(text: str) -> None:
    jar = CookieJar()
    jar.take("http://h.test/", [text])

    assert parse_set_cookie(text, NOW_S) is None
    assert cookies_of([text]) == {}
    assert len(jar) == 0


def test_attributes_are_read_in_any_case_the_last_of_each_and_no_longer_than_a_kilobyte() -> None:
    cookie = parse_set_cookie(f"a=1; PATH=/x; path=/y; dOmAiN=H.test; Path=/{'z' * 1024}; sEcUrE", NOW_S)

    assert cookie is not None
    assert (cookie.path, cookie.domain, cookie.is_secure, cookie.is_host_only) == ("/y", "h.test", True, False)
    assert cookie.expires_s == math.inf


def test_the_names_of_one_answer_are_told_with_their_last_value() -> None:
    assert cookies_of(["a=1; Max-Age=0", "b=2; Domain=elsewhere.org", "a=3", "nonsense"]) == {"a": "3", "b": "2"}
