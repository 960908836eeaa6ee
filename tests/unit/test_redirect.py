"""Where a redirect leads, what may go along, and what is not followed (C13, T67, T68)."""

from itertools import product

import pytest

from ywstorm_core.net.redirect import Hop, RedirectError, carried, is_redirect, next_hop
from ywstorm_core.net.url import Url, parse_url

FROM = parse_url("https://api.example.com/v1/login?x=1")

MOVES: dict[str, tuple[str, bool | None]] = {  # None: not followed at all
    "nowhere else": ("/v1/me", True),
    "another scheme": ("http://api.example.com:443/v1/me", None),
    "another host": ("https://www.example.com/v1/me", False),
    "a host below": ("https://x.api.example.com/v1/me", False),
    "another port": ("https://api.example.com:8443/v1/me", False),
    "an address": ("https://127.0.0.1/v1/me", False),
}
SECRETS = ("Authorization", "Cookie", "Proxy-Authorization")
CELLS = list(product((301, 302, 303, 307, 308), MOVES, SECRETS, (1, 2)))


def hop_to(location: str, method: str = "GET", status: int = 302, url: Url = FROM) -> Hop:
    """The hop that this Location makes."""
    return next_hop(method, url, status, location)


def test_the_matrix_has_the_cells_that_were_promised() -> None:
    assert len(CELLS) == 180


@pytest.mark.parametrize(("status", "move", "secret", "copies"), CELLS)
def test_no_secret_leaves_its_origin(status: int, move: str, secret: str, copies: int) -> None:
    location, may_carry = MOVES[move]
    headers = dict.fromkeys((secret, secret.upper())[:copies], "s3cret") | {"Accept": "*/*"}
    if may_carry is None:
        with pytest.raises(RedirectError, match="plain http"):
            next_hop("POST", FROM, status, location)
        return
    taken = carried(headers, next_hop("POST", FROM, status, location))

    assert taken == (headers if may_carry else {"Accept": "*/*"})


def test_from_http_to_https_of_the_same_host_secrets_stay_behind_too() -> None:
    hop = hop_to("https://api.example.com/", url=parse_url("http://api.example.com/"))

    assert carried({"authorization": "Bearer x", "X-Trace": "1"}, hop) == {"X-Trace": "1"}


def test_the_port_that_a_scheme_has_anyway_changes_nothing() -> None:
    assert hop_to("https://API.example.com:443/").keeps_secrets


METHODS = [
    # status, method, next method, keeps its body
    *[(status, "GET", "GET", True) for status in (301, 302, 307, 308)],
    *[(status, "HEAD", "HEAD", True) for status in (301, 302, 307, 308)],
    *[(status, method, method, True) for status in (301, 302) for method in ("PUT", "PATCH", "DELETE")],
    *[(status, method, method, True) for status in (307, 308) for method in ("POST", "PUT", "PATCH", "DELETE")],
    *[(status, "POST", "GET", False) for status in (301, 302, 303)],
    *[(303, method, "GET", False) for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS")],
    (303, "HEAD", "HEAD", False),
]


@pytest.mark.parametrize(("status", "method", "following", "keeps_body"), METHODS)
def test_methods_change_as_in_browsers(status: int, method: str, following: str, keeps_body: bool) -> None:
    hop = hop_to("/next", method, status)

    assert (hop.method, hop.keeps_body) == (following, keeps_body)


def test_what_describes_a_body_goes_with_it_and_host_never_goes() -> None:
    headers = {"content-type": "text/csv", "Content-MD5": "x", "Expect": "y", "HOST": "virtual", "X-Trace": "1"}

    assert carried(headers, hop_to("/next", "POST", 303)) == {"X-Trace": "1"}
    assert carried(headers, hop_to("/next", "POST", 307)) == {k: v for k, v in headers.items() if k != "HOST"}
    assert carried(None, hop_to("/next")) == {}


@pytest.mark.parametrize("status", [200, 201, 300, 304, 305, 306, 399, 404])
def test_other_answers_redirect_nowhere(status: int) -> None:
    assert not is_redirect(status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_these_answers_redirect(status: int) -> None:
    assert is_redirect(status)


BASE = parse_url("http://a/b/c/d;p?q")
REFERENCES = [  # RFC 3986 §5.4, without what is not http and without fragments, which are never sent
    ("http://g", "http://g/"),
    ("g", "http://a/b/c/g"),
    ("./g", "http://a/b/c/g"),
    ("g/", "http://a/b/c/g/"),
    ("/g", "http://a/g"),
    ("//g", "http://g/"),
    ("?y", "http://a/b/c/d;p?y"),
    ("g?y", "http://a/b/c/g?y"),
    ("#s", "http://a/b/c/d;p?q"),
    ("g#s", "http://a/b/c/g"),
    ("g?y#s", "http://a/b/c/g?y"),
    (";x", "http://a/b/c/;x"),
    ("g;x?y#s", "http://a/b/c/g;x?y"),
    ("", "http://a/b/c/d;p?q"),
    (".", "http://a/b/c/"),
    ("./", "http://a/b/c/"),
    ("..", "http://a/b/"),
    ("../", "http://a/b/"),
    ("../g", "http://a/b/g"),
    ("../..", "http://a/"),
    ("../../", "http://a/"),
    ("../../g", "http://a/g"),
    ("../../../g", "http://a/g"),
    ("../../../../g", "http://a/g"),
    ("/./g", "http://a/g"),
    ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."),
    (".g", "http://a/b/c/.g"),
    ("g..", "http://a/b/c/g.."),
    ("..g", "http://a/b/c/..g"),
    ("./../g", "http://a/b/g"),
    ("./g/.", "http://a/b/c/g/"),
    ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"),
    ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
    ("g;x=1/../y", "http://a/b/c/y"),
    ("g?y/./x", "http://a/b/c/g?y/./x"),
    ("g?y/../x", "http://a/b/c/g?y/../x"),
    # What servers send besides.
    ("HTTP://G:8080/x", "http://g:8080/x"),
    ("  /padded  ", "http://a/padded"),
    ("/two words", "http://a/two%20words"),
    ("/%2e%2E/kept", "http://a/%2e%2E/kept"),
    ("/a//b", "http://a/a//b"),
    ("//g//x", "http://g//x"),
    ("?", "http://a/b/c/d;p?"),
    ("/gr\xc3\xbc\xc3\x9fe", "http://a/gr%C3%BC%C3%9Fe"),
    ("/gr\xfc\xdfe", "http://a/gr%FC%DFe"),
    ("//m\xc3\xbcnchen.example/x", "http://xn--mnchen-3ya.example/x"),
    ("/\u4e2d", "http://a/%E4%B8%AD"),
    ("http://[::1]:81/", "http://[::1]:81/"),
]


@pytest.mark.parametrize(("location", "url"), REFERENCES)
def test_a_location_is_resolved_as_rfc_3986_says(location: str, url: str) -> None:
    assert str(hop_to(location, url=BASE).url) == url


def test_a_relative_location_under_an_ipv6_address_stays_there() -> None:
    assert str(hop_to("x", url=parse_url("http://[::1]:81/a/b")).url) == "http://[::1]:81/a/x"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        (None, 1031),
        ("javascript:alert(1)", 1031),
        ("file:///etc/passwd", 1031),
        ("ftp://example.com/", 1031),
        ("data:,x", 1031),
        ("https:", 1031),
        ("https:/one-slash", 1031),
        ("https:relative", 1031),
        ("https://", 1031),
        ("//", 1031),
        ("///x", 1031),
        ("/a\r\nX-Injected: 1", 1031),
        ("/a\nb", 1031),
        ("/a\tb", 1031),
        ("/a\0b", 1031),
        ("/" + "x" * (1 << 20), 1031),
        ("https://user:password@example.com/", 1031),
        ("//user@example.com/", 1031),
        ("https://example.com:0/", 1031),
        ("https://example.com:99999/", 1031),
        ("https://exa mple.com/", 1031),
        ("https://[::1/", 1031),
        ("https://[::1]x/", 1031),
        ("https://" + "a." * 200 + "com/", 1031),
        ("http://api.example.com/", 1114),
        ("http://other.example.org/", 1114),
        ("HTTP://other.example.org/", 1114),
    ],
)
def test_what_is_not_followed(location: str | None, code: int) -> None:
    with pytest.raises(RedirectError) as caught:
        next_hop("GET", FROM, 302, location)

    assert caught.value.code == code
    assert len(str(caught.value)) < 1000
    assert "password" not in str(caught.value).replace("user name or password", "")


def test_eight_kilobytes_are_enough_for_any_location() -> None:
    assert len(hop_to("/" + "x" * 8191).url.path_and_query) == 8192
    with pytest.raises(RedirectError, match="8,193 bytes"):
        hop_to("/" + "x" * 8192)
