"""
Which cookies are kept, where they go, and what they cost. Rules: RFC 6265 §5 and its revision (6265bis).

The tables are read as: the answer of SET AT, with this Set-Cookie, and then a request to ASKED: is the cookie sent?
"""

import pytest

from ywstorm_core.net.cookies import CookieJar
from ywstorm_core.net.url import UrlError, parse_url

NOW_S = 1_700_000_000.0
HERE = "http://www.example.com/"

DOMAINS = [
    # set at, Set-Cookie, asked, sent
    ("http://example.com/", "a=1", "http://example.com/", True),
    ("http://example.com/", "a=1", "http://www.example.com/", False),
    ("http://www.example.com/", "a=1", "http://example.com/", False),
    ("http://www.example.com/", "a=1", "http://WWW.Example.COM/", True),
    ("http://www.example.com/", "a=1", "http://www.example.com:8080/", True),
    ("http://www.example.com/", "a=1; Domain=example.com", "http://example.com/", True),
    ("http://www.example.com/", "a=1; Domain=example.com", "http://api.example.com/", True),
    ("http://www.example.com/", "a=1; Domain=example.com", "http://a.b.example.com/", True),
    ("http://www.example.com/", "a=1; Domain=.example.com", "http://example.com/", True),
    ("http://www.example.com/", "a=1; Domain=EXAMPLE.com", "http://api.example.com/", True),
    ("http://www.example.com/", "a=1; Domain=example.com", "http://badexample.com/", False),
    ("http://www.example.com/", "a=1; Domain=example.com", "http://example.com.evil.org/", False),
    ("http://www.example.com/", "a=1; Domain=www.example.com", "http://www.example.com/", True),
    ("http://www.example.com/", "a=1; Domain=www.example.com", "http://x.www.example.com/", True),
    ("http://www.example.com/", "a=1; Domain=www.example.com", "http://example.com/", False),
    ("http://www.example.com/", "a=1; Domain=api.example.com", "http://api.example.com/", False),
    ("http://www.example.com/", "a=1; Domain=evil.org", "http://evil.org/", False),
    ("http://www.example.com/", "a=1; Domain=com", "http://example.com/", False),
    ("http://www.example.com/", "a=1; Domain=com", "http://www.example.com/", False),
    ("http://www.example.com./", "a=1; Domain=com.", "http://other.com./", False),
    ("http://www.example.com/", "a=1; Domain=", "http://www.example.com/", True),
    ("http://www.example.com/", "a=1; Domain=", "http://x.www.example.com/", False),
    ("http://www.example.com/", "a=1; Domain=evil.org; Domain=example.com", "http://example.com/", True),
    ("http://localhost/", "a=1; Domain=localhost", "http://localhost/", True),
    ("http://localhost/", "a=1; Domain=localhost", "http://x.localhost/", False),
]
PATHS = [
    ("http://h.test/", "a=1", "http://h.test/any/where", True),
    ("http://h.test/api/v1/login", "a=1", "http://h.test/api/v1/me", True),
    ("http://h.test/api/v1/login", "a=1", "http://h.test/api/v1", True),
    ("http://h.test/api/v1/login", "a=1", "http://h.test/api/", False),
    ("http://h.test/api/v1/login?next=/x/y", "a=1", "http://h.test/api/v1/", True),
    ("http://h.test/", "a=1; Path=/api", "http://h.test/api", True),
    ("http://h.test/", "a=1; Path=/api", "http://h.test/api/me?x=1", True),
    ("http://h.test/", "a=1; Path=/api", "http://h.test/api?x=1", True),
    ("http://h.test/", "a=1; Path=/api", "http://h.test/apis", False),
    ("http://h.test/", "a=1; Path=/api", "http://h.test/?/api/", False),
    ("http://h.test/", "a=1; Path=/api/", "http://h.test/api", False),
    ("http://h.test/", "a=1; Path=/api/", "http://h.test/api/me", True),
    ("http://h.test/", "a=1; Path=/API", "http://h.test/api", False),
    ("http://h.test/api/login", "a=1; Path=relative", "http://h.test/api/me", True),
    ("http://h.test/api/login", "a=1; Path=", "http://h.test/other", False),
]
SECURE = [
    ("https://h.test/", "a=1; Secure", "https://h.test/", True),
    ("https://h.test/", "a=1; Secure", "http://h.test/", False),
    ("https://h.test/", "a=1; secure=no", "http://h.test/", False),
    ("https://h.test/", "a=1", "http://h.test/", True),
    ("http://h.test/", "a=1", "https://h.test/", True),
    ("http://h.test/", "a=1; Secure", "https://h.test/", False),
    ("https://h.test/", "__Secure-a=1; Secure", "https://h.test/", True),
    ("https://h.test/", "__Secure-a=1", "https://h.test/", False),
    ("https://h.test/", "__secure-a=1", "https://h.test/", False),
    ("https://h.test/", "__Host-a=1; Secure; Path=/", "https://h.test/", True),
    ("https://h.test/", "__Host-a=1; Secure", "https://h.test/", False),
    ("https://h.test/", "__Host-a=1; Path=/", "https://h.test/", False),
    ("https://www.h.test/", "__Host-a=1; Secure; Path=/; Domain=h.test", "https://www.h.test/", False),
]
ADDRESSES = [
    ("http://127.0.0.1/", "a=1", "http://127.0.0.1/", True),
    ("http://127.0.0.1/", "a=1; Domain=127.0.0.1", "http://127.0.0.1/", True),
    ("http://127.0.0.1/", "a=1; Domain=0.0.1", "http://127.0.0.1/", False),
    ("http://127.0.0.1/", "a=1; Domain=0.0.1", "http://10.0.0.1/", False),
    ("http://127.0.0.1/", "a=1", "http://127.0.0.2/", False),
    ("http://127.0.0.1/", "a=1", "http://localhost/", False),
    ("http://[::1]/", "a=1", "http://[::1]:8080/", True),
    ("http://[::1]/", "a=1; Domain=::1", "http://[::2]/", False),
]
CELLS = [
    pytest.param(*row, id=f"{name} {number}")
    for name, rows in (("domain", DOMAINS), ("path", PATHS), ("secure", SECURE), ("address", ADDRESSES))
    for number, row in enumerate(rows, 1)
]


def a_jar(*values: str, at: str = HERE, now_s: float = NOW_S) -> CookieJar:
    """A jar that took these Set-Cookie values."""
    jar = CookieJar(now_s=lambda: now_s)
    jar.take(at, list(values))
    return jar


class Clock:
    """A time of day that goes on when told."""

    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s

    def after(self, seconds: float) -> float:
        """The time of day so many seconds after the beginning."""
        self.now_s = NOW_S + seconds
        return self.now_s


def test_the_table_has_the_cells_that_were_promised() -> None:
    assert len(CELLS) >= 60


@pytest.mark.parametrize(("set_at", "value", "asked", "is_sent"), CELLS)
def test_cell(set_at: str, value: str, asked: str, is_sent: bool) -> None:
    header = a_jar(value, at=set_at).header(asked)

    assert header == (value.partition(";")[0] if is_sent else None)


def test_no_cookie_crosses_from_one_virtual_user_to_another() -> None:
    mine, yours = CookieJar(), CookieJar()
    mine.take(HERE, ["a=1"])

    assert mine.header(HERE) == "a=1"
    assert yours.header(HERE) is None


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("a=1; Max-Age=1", True),
        ("a=1; Max-Age=0", False),
        ("a=1; Max-Age=-1", False),
        ("a=1; Max-Age=-0", False),
        ("a=1; Max-Age=", True),
        ("a=1; Max-Age=soon", True),
        ("a=1; Max-Age=1e3", True),
        ("a=1; Max-Age=²", True),
        (f"a=1; Max-Age={'9' * 1000}", True),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("a=1; Expires=Tue, 14 Nov 2023 22:13:19 GMT", False),
        ("a=1; Expires=Tue, 14 Nov 2023 22:13:21 GMT", True),
        ("a=1; Expires=0", True),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5", True),
        ("a=1; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("a=1; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", False),
    ],
)
def test_what_has_expired_is_not_kept(value: str, is_kept: bool) -> None:
    """A value that is no number or date counts for nothing."""
    assert (len(a_jar(value)) == 1) is is_kept


def test_a_server_deletes_a_cookie_by_an_expiry_in_the_past() -> None:
    jar = a_jar("a=1; Path=/", "b=2; Path=/")
    jar.take(HERE, ["a=; Path=/; Max-Age=0"])

    assert jar.header(HERE) == "b=2"


def test_a_cookie_stops_being_sent_when_its_time_is_over() -> None:
    clock = Clock()
    jar = CookieJar(now_s=clock)
    jar.take(HERE, ["a=1; Max-Age=10", "b=2; Max-Age=20", "c=3"])
    sent = {seconds: clock.after(seconds) and jar.header(HERE) for seconds in (0, 9.9, 10, 19.9, 20)}

    assert sent == {0: "a=1; b=2; c=3", 9.9: "a=1; b=2; c=3", 10: "b=2; c=3", 19.9: "b=2; c=3", 20: "c=3"}
    assert [cookie.name for cookie in jar] == ["c"]


def test_a_session_that_is_renewed_with_each_answer_lives_on() -> None:
    clock = Clock()
    jar = CookieJar(now_s=clock)
    for seconds in (0, 9, 18):
        clock.after(seconds)
        jar.take(HERE, ["a=1; Max-Age=10"])
        assert jar.header(HERE) == "a=1"
    clock.after(28)

    assert jar.header(HERE) is None
    assert len(jar) == 0


def test_a_cookie_that_is_set_again_keeps_its_place_and_takes_the_new_value() -> None:
    jar = a_jar("a=1", "b=2")
    before = jar.header(HERE)
    jar.take(HERE, ["a=3"])

    assert (before, jar.header(HERE)) == ("a=1; b=2", "a=3; b=2")


def test_longer_paths_come_first_then_older_cookies() -> None:
    jar = a_jar("a=1; Path=/", "b=2; Path=/api/v1", "c=3; Path=/api", "d=4; Path=/", "a=5; Path=/api")

    assert jar.header("http://www.example.com/api/v1/me") == "b=2; c=3; a=5; a=1; d=4"
    assert jar.header("http://www.example.com/other") == "a=1; d=4"


def test_a_cookie_of_the_domain_and_one_of_the_host_are_two() -> None:
    jar = a_jar("a=1", "a=2; Domain=www.example.com")

    assert jar.header(HERE) == "a=1; a=2"
    assert jar.header("http://x.www.example.com/") == "a=2"


@pytest.mark.parametrize(
    ("at", "value", "is_kept"),
    [
        ("http://h.test/", "a=plain", False),
        ("http://h.test/", "a=plain; Path=/login", False),
        ("http://www.h.test/", "a=plain; Domain=h.test", False),
        ("http://other.test/", "a=plain", True),
        ("http://h.test/", "b=plain", True),
        ("https://h.test/", "a=plain", True),
    ],
)
def test_plain_http_cannot_stand_before_a_secure_cookie(at: str, value: str, is_kept: bool) -> None:
    jar = a_jar("a=secret; Secure; Path=/", at="https://h.test/")
    jar.take(at, [value])

    assert ("plain" in {cookie.value for cookie in jar}) is is_kept


def test_a_secure_cookie_that_has_expired_hides_none() -> None:
    clock = Clock()
    jar = CookieJar(now_s=clock)
    jar.take("https://h.test/", ["a=secret; Secure; Max-Age=5"])
    clock.after(5)
    jar.take("http://h.test/", ["a=plain"])

    assert jar.header("http://h.test/") == "a=plain"


# Limits (C6, T30).


def test_three_hundred_large_cookies_are_capped_and_eight_kilobytes_sent() -> None:
    jar = a_jar(*[f"c{n}={'x' * 4000}" for n in range(300)])
    header = jar.header(HERE)

    assert len(jar) == 50
    assert [cookie.name for cookie in jar] == [f"c{n}" for n in range(250, 300)]
    assert header is not None
    assert 4000 < len(header) <= 8192


def test_what_does_not_fit_makes_no_smaller_cookie_stay_behind() -> None:
    jar = a_jar(*[f"{name}={'x' * 4000}" for name in "abc"], "small=1")
    header = jar.header(HERE) or ""

    assert [pair.partition("=")[0] for pair in header.split("; ")] == ["a", "b", "small"]


def test_cookies_of_ever_new_hosts_push_the_oldest_out() -> None:
    jar = CookieJar(now_s=lambda: NOW_S)
    for n in range(1100):
        jar.take(f"http://h{n}.test/", [f"a={n}"])

    assert len(jar) == 1000
    assert jar.header("http://h99.test/") is None
    assert jar.header("http://h100.test/") == "a=100"
    assert jar.header("http://h1099.test/") == "a=1099"


def test_lines_are_right_for_more_paths_and_hosts_than_are_remembered() -> None:
    jar = a_jar("a=1; Path=/", *[f"b{n}={n}; Path=/p/{n:04}" for n in range(40)])
    hosts = CookieJar(now_s=lambda: NOW_S)
    hosts.take("http://x.h.test/", ["a=1; Domain=h.test"])
    for n in [*range(600), *range(600)]:
        expected = f"b{n}={n}; a=1" if n < 40 else "a=1"
        assert jar.header(f"http://www.example.com/p/{n:04}/x") == expected
        assert hosts.header(f"http://n{n}.h.test/") == "a=1"


# What scripts do.


def test_a_script_sets_reads_and_forgets_cookies() -> None:
    jar = CookieJar(parse_url("http://api.test/v1"), lambda: NOW_S)
    jar.set("consent", "yes")
    jar.set("theme", "dark", url="http://other.test/x")
    jar.set("all", "1", domain="h.test", path="/p")

    assert jar.header("http://api.test/") == "consent=yes"
    assert jar.header("http://other.test/") == "theme=dark"
    assert jar.header("http://a.h.test/p/q") == "all=1"
    assert (jar.get("theme"), jar["all"], jar.get("none"), jar.get("none", 7)) == ("dark", "1", None, 7)
    assert "consent" in jar
    assert "none" not in jar
    assert {(c.name, c.domain, c.path, c.is_host_only) for c in jar} == {
        ("consent", "api.test", "/", True),
        ("theme", "other.test", "/", True),
        ("all", "h.test", "/p", False),
    }
    jar.delete("consent")
    jar.delete("consent")
    assert len(jar) == 2
    with pytest.raises(KeyError, match="consent"):
        jar["consent"]
    jar.clear()
    assert (len(jar), list(jar), jar.header("http://other.test/")) == (0, [], None)


def test_a_script_may_set_what_a_server_may_not() -> None:
    jar = CookieJar(parse_url("http://api.test/"), lambda: NOW_S)
    jar.set("a", "1", secure=True)
    jar.set("a", "2", domain="localhost")
    jar.set("b", "3", url="/only/its/host/counts", max_age_s=0.5)

    assert jar.header("https://api.test/") == "a=1; b=3"
    assert jar.header("http://api.test/") == "b=3"
    assert jar.header("http://localhost/") == "a=2"
    assert jar.get("a") == "2"
    jar.set("b", "", max_age_s=0)
    assert jar.get("b") is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"name": "a b", "value": "1"}, "'a b' is not an HTTP token"),
        ({"name": "", "value": "1"}, "'' is not an HTTP token"),
        ({"name": "a", "value": "1; b=2"}, "percent-encode"),
        ({"name": "a", "value": "1\r\nX: y"}, "percent-encode"),
        ({"name": "a", "value": "ä"}, "percent-encode"),
        ({"name": "a", "value": " 1"}, "percent-encode"),
        ({"name": "a", "value": "x" * 4096}, "larger than 4096 bytes"),
        ({"name": "a", "value": "1", "path": "x"}, "begins with '/'"),
        ({"name": "a", "value": "1", "path": "/;x"}, "begins with '/'"),
        ({"name": "a", "value": "1", "domain": "bad host"}, "no host name"),
        ({"name": "a", "value": "1", "url": "http://h.test/", "domain": "h.test"}, "not for both"),
        ({"name": "a", "value": "1"}, "there is no base_url"),
        ({"name": "a", "value": "1", "url": "/x"}, "no base_url"),
    ],
)
def test_a_cookie_that_cannot_be_sent_is_refused(arguments: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        CookieJar().set(**arguments)  # type: ignore[arg-type]


def test_a_cookie_needs_a_url_that_can_be_requested() -> None:
    with pytest.raises(UrlError):
        CookieJar().set("a", "1", url="ftp://h.test/")


def test_cookies_show_themselves() -> None:
    jar = a_jar("a=1")

    assert repr(jar) == "<CookieJar of 1 cookies>"
    assert repr(next(iter(jar))) == "<Cookie a=1 www.example.com/>"


def test_without_a_clock_of_its_own_the_time_of_day_counts() -> None:
    jar = CookieJar()
    jar.take(HERE, ["a=1; Max-Age=3600", "b=1; Expires=Wed, 01 Jan 2020 00:00:00 GMT"])

    assert [cookie.name for cookie in jar] == ["a"]
