"""URLs: what is taken apart, what is refused and why, and how a path is appended to a base."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ywstorm_core.net.url import UrlError, encode_query, join, parse_url, target_of

INVALID, SCHEME = 1020, 1021


@pytest.mark.parametrize(
    ("text", "host", "port", "target", "host_header"),
    [
        ("http://h", "h", 80, "/", "h"),
        ("http://h/", "h", 80, "/", "h"),
        ("https://h", "h", 443, "/", "h"),
        ("HTTP://Example.COM:80/A", "example.com", 80, "/A", "example.com"),
        ("https://h:80/", "h", 80, "/", "h:80"),
        ("http://h:8080/a?b=c&d", "h", 8080, "/a?b=c&d", "h:8080"),
        ("http://h?a=b", "h", 80, "/?a=b", "h"),
        ("http://h/a#b?c", "h", 80, "/a", "h"),
        ("http://h#b", "h", 80, "/", "h"),
        ("http://h/a%20b%zz", "h", 80, "/a%20b%zz", "h"),
        ("http://h/ä?ö=ü", "h", 80, "/%C3%A4?%C3%B6=%C3%BC", "h"),
        ('http://h/{a}|"<>^`\\', "h", 80, "/%7Ba%7D%7C%22%3C%3E%5E%60%5C", "h"),
        ("http://h/a;b=c,d:@!$'()*+~", "h", 80, "/a;b=c,d:@!$'()*+~", "h"),
        ("http://127.0.0.1:3000/api", "127.0.0.1", 3000, "/api", "127.0.0.1:3000"),
        ("http://[::1]/", "::1", 80, "/", "[::1]"),
        ("http://[0:0:0:0:0:0:0:1]:81/", "::1", 81, "/", "[::1]:81"),
        ("http://[2001:DB8::A]", "2001:db8::a", 80, "/", "[2001:db8::a]"),
        ("http://bücher.example/", "xn--bcher-kva.example", 80, "/", "xn--bcher-kva.example"),
        ("http://my_service-1.local./", "my_service-1.local.", 80, "/", "my_service-1.local."),
        ("http://h/a@b", "h", 80, "/a@b", "h"),
    ],
)
def test_parse(text: str, host: str, port: int, target: str, host_header: str) -> None:
    url = parse_url(text)

    assert (url.host, url.port, url.path_and_query, url.host_header) == (host, port, target, host_header)
    assert url.origin == (url.scheme, host, port)
    assert url.is_tls == (url.scheme == "https")
    assert parse_url(str(url)) == url
    assert len({url, parse_url(str(url))}) == 1


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("", SCHEME, "no absolute URL"),
        ("/me", SCHEME, "no absolute URL"),
        ("h:80/me", SCHEME, "no absolute URL"),
        ("ftp://h/", SCHEME, "not 'ftp'"),
        ("javascript://h/", SCHEME, "not 'javascript'"),
        (" http://h/", SCHEME, "not ' http'"),
        ("http://", INVALID, "there is no host"),
        ("http:///a", INVALID, "there is no host"),
        ("http://:80/", INVALID, "there is no host"),
        ("http://h:/", INVALID, "port must be a number"),
        ("http://h:0/", INVALID, "port must be a number"),
        ("http://h:65536/", INVALID, "port must be a number"),
        ("http://h:+80/", INVALID, "port must be a number"),
        ("http://h:٣/", INVALID, "port must be a number"),
        ("http://h:" + "0" * 5000 + "80/", INVALID, "port must be a number"),
        ("http://::1/", INVALID, "stands in brackets"),
        ("http://[::1/", INVALID, "stands in brackets"),
        ("http://[::1]x/", INVALID, "stands in brackets"),
        ("http://[::g]/", INVALID, "no IPv6 address"),
        ("http://[::ä]/", INVALID, "no IPv6 address"),
        ("http://[fe80::1%eth0]/", INVALID, "no IPv6 address"),
        ("http://a b/", INVALID, "no host name"),
        ("http://a..b/", INVALID, "no host name"),
        ("http://a%41/", INVALID, "no host name"),
        ("http://a\r\nb/", INVALID, "no host name"),
        ("http://" + "a" * 64 + "/", INVALID, "no host name"),
        ("http://" + "a." * 127 + "b/", INVALID, "no host name"),
        ("http://ä" + "b" * 70 + "/", INVALID, "internet name"),
        ("http://h/a b", INVALID, "a space: write %20"),
        ("http://h/a\r\nX: 1", INVALID, r"control character U\+000D"),
        ("http://h/\x7f", INVALID, r"control character U\+007F"),
        ("http://h/\udc80", INVALID, "not text that can be sent"),
    ],
)
def test_refuses(text: str, code: int, reason: str) -> None:
    with pytest.raises(UrlError, match=reason) as caught:
        parse_url(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["http://ann:secret@h/", "http://ann:secret@[::1]/a", "ftp://ann:secret@h/"])
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UrlError) as caught:
        parse_url(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "reference", "expected"),
    [
        ("http://h/api", "/me", "http://h/api/me"),
        ("http://h/api/", "/me", "http://h/api/me"),
        ("http://h", "/me", "http://h/me"),
        ("http://h/", "me", "http://h/me"),
        ("http://h/api", "me", "http://h/api/me"),
        ("http://h/api", "", "http://h/api"),
        ("http://h/api/", "", "http://h/api/"),
        ("http://h/api", "?page=2", "http://h/api?page=2"),
        ("http://h", "?page=2", "http://h/?page=2"),
        ("http://h/api", "/me?next=http://x/", "http://h/api/me?next=http://x/"),
        ("http://h/api", "/me#top", "http://h/api/me"),
        ("http://h/api", "//x/y", "http://h/api//x/y"),
        ("http://h/api", "/go/http://x/", "http://h/api/go/http://x/"),
        ("http://h/api", "/ä", "http://h/api/%C3%A4"),
        ("https://h:8443/api", "/me", "https://h:8443/api/me"),
        ("http://h/api", "https://x/me", "https://x/me"),
        (None, "https://x/me", "https://x/me"),
    ],
)
def test_join(base: str | None, reference: str, expected: str) -> None:
    """What has no scheme is appended; what has one replaces the base."""
    root = parse_url(base) if base is not None else None
    url = join(root, reference)

    assert url == parse_url(expected)
    assert (url.origin, url.host_header) == (parse_url(expected).origin, parse_url(expected).host_header)
    if root is not None and url.origin == root.origin:
        assert target_of(root, reference) == url.path_and_query


@pytest.mark.parametrize(
    ("base", "reference", "reason"),
    [
        (None, "/me", "no base_url to append it to"),
        ("http://h/api?key=1", "/me", "may not have a query"),
        ("http://h/api", "/a b", "a space"),
        ("http://h/api", "/a\r\nHost: x", "control character"),
        ("http://h/api", "ftp://x/", "not 'ftp'"),
    ],
)
def test_join_refuses(base: str | None, reference: str, reason: str) -> None:
    with pytest.raises(UrlError, match=reason):
        join(parse_url(base) if base is not None else None, reference)


@given(st.text(max_size=40))
def test_a_target_never_breaks_the_request_line(text: str) -> None:
    """Whatever a script passes: a line of visible ASCII that means the same, or a UrlError."""
    base = parse_url("http://h")
    try:
        target = target_of(base, "/" + text)
    except UrlError:
        assert any(c <= " " or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text.partition("#")[0])
        return

    assert target.startswith("/")
    assert all("!" <= c <= "~" for c in target)


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({}, ""),
        ({"a": 1, "b": "x y"}, "a=1&b=x+y"),
        ([("a", 1), ("a", 2)], "a=1&a=2"),
        ({"a": [1, "two", None, True]}, "a=1&a=two&a=true"),
        ({"a": (), "b": None, "c": ""}, "c="),
        ({"a": False, "b": 1.5, "c": b"\xff\x00", "ä&": "=%+"}, "a=false&b=1.5&c=%FF%00&%C3%A4%26=%3D%25%2B"),
        ("a=1&b=2", "a=1&b=2"),
        ("?a=1", "a=1"),
        ("a=ä", "a=%C3%A4"),
    ],
)
def test_encode_query(params: object, query: str) -> None:
    assert encode_query(params) == query  # type: ignore[arg-type]


def test_encode_query_refuses_what_it_cannot_write() -> None:
    with pytest.raises(TypeError, match=r"'a' is \{'b': 1\}"):
        encode_query({"a": {"b": 1}})  # type: ignore[arg-type]
    with pytest.raises(UrlError, match="a space"):
        encode_query("a=b c")
    with pytest.raises(UrlError, match="not text"):
        encode_query({"a": "\udc80"})


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))))
def test_encode_query_agrees_with_the_standard_library(pairs: list[tuple[str, str]]) -> None:
    query = encode_query(pairs)

    assert query == urlencode(pairs)
    assert parse_qsl(query, keep_blank_values=True) == pairs
    assert urlsplit(f"http://h/?{query}").query == query
