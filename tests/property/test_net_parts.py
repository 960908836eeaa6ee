"""What servers send can be anything: it is kept, followed or decoded by the rules, or refused by name; nothing else."""

import gzip
import re
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.cookies import SlowJar
from ywstorm_core.net.cookie_date import cookie_date_s
from ywstorm_core.net.cookies import CookieJar
from ywstorm_core.net.decode import DecodeError, decode
from ywstorm_core.net.redirect import RedirectError, carried, next_hop
from ywstorm_core.net.set_cookie import cookies_of, parse_set_cookie
from ywstorm_core.net.url import parse_url

URLS = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["h.test", "www.h.test", "a.www.h.test", "other.test"]),
    st.sampled_from(["/", "/a", "/a/", "/a/b", "/ab", "/a?x=/b", "/a/b/c/d"]),
)
VALUES = st.builds(
    lambda name, value, attributes: "; ".join([f"{name}={value}", *attributes]),
    st.sampled_from("ab"),
    st.sampled_from("123"),
    st.lists(
        st.sampled_from(
            [
                "Domain=h.test",
                "Domain=www.h.test",
                "Domain=test",
                "Domain=",
                "Path=/",
                "Path=/a",
                "Path=/a/",
                "Path=/a/b",
                "Secure",
                "Max-Age=0",
                "Max-Age=5",
                "Max-Age=50",
            ]
        ),
        max_size=3,
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), URLS, VALUES),
        st.tuples(st.just("ask"), URLS, st.just("")),
        st.tuples(st.just("wait"), st.just(""), st.sampled_from("1459")),
    ),
    max_size=30,
)
LATIN = st.text(st.characters(max_codepoint=255), max_size=60)
BASES = st.sampled_from(["http://h.test/a/b?c", "https://h.test:8443/", "http://[::1]/x/", "http://127.0.0.1:81/"])


@settings(max_examples=600)
@given(STEPS)
def test_a_jar_sends_what_one_without_memory_sends(steps: list[tuple[str, str, str]]) -> None:
    now_s = 1_700_000_000.0
    jar, slow = CookieJar(now_s=lambda: now_s), SlowJar()
    for what, url, text in steps:
        if what == "take":
            jar.take(url, [text])
            slow.take(url, text, now_s)
        elif what == "ask":
            assert jar.header(url) == slow.header(url, now_s)
        else:
            now_s += int(text)
    assert len(jar) == len([cookie for cookie in slow.cookies if cookie.expires_s > now_s])


@given(st.lists(st.one_of(LATIN, st.text()), max_size=5), BASES)
def test_whatever_a_server_sets_one_line_is_sent(values: list[str], url: str) -> None:
    jar = CookieJar()
    jar.take(url, values)
    header = jar.header(url)

    assert header is None or (header and not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", header))
    assert cookies_of(values).keys() >= {cookie.name for cookie in jar}
    for value in values:
        cookie = parse_set_cookie(value, 0.0)
        assert cookie is None or (cookie.name and ";" not in cookie.name + cookie.value)


@given(st.text())
def test_a_date_is_a_number_or_none(text: str) -> None:
    date_s = cookie_date_s(text)

    assert date_s is None or -11_700_000_000 < date_s < 254_000_000_000


@given(BASES, st.one_of(LATIN, st.text(), st.from_regex(r"(https?:)?(//[a-z.:@\[\]0-9]*)?[/.a-z%]*(\?[^#]*)?(#.*)?")))
def test_a_location_gives_a_url_that_can_be_sent_or_is_refused(base: str, location: str) -> None:
    """C14: the next request line holds nothing that could end it."""
    start = parse_url(base)
    try:
        hop = next_hop("GET", start, 302, location)
    except RedirectError as error:
        code = error.code
    else:
        code = 0
    assert code in {0, 1031, 1114}
    if code:
        return

    assert re.fullmatch(r"/[\x21-\x7e]*", hop.url.path_and_query)
    assert re.fullmatch(r"[\x21-\x7e]+", hop.url.host_header)
    assert parse_url(str(hop.url)) == hop.url
    assert hop.url.is_tls or not start.is_tls
    assert hop.keeps_secrets == (hop.url.origin == start.origin)
    kept = carried({"Cookie": "s", "cookie": "s", "aUTHORIZATION": "s"}, hop)
    assert len(kept) == (3 if hop.keeps_secrets else 0)


def decoded_or_code(body: bytes, encodings: list[str]) -> tuple[bytes, int]:
    """The body and 0, or nothing and the code with which it was refused."""
    try:
        return decode(body, encodings, 10_000), 0
    except DecodeError as error:
        return b"", error.code


@given(
    st.binary(max_size=300),
    st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd", "identity", "other", ""]), max_size=7),
)
def test_any_bytes_are_decoded_or_refused(body: bytes, encodings: list[str]) -> None:
    decoded, code = decoded_or_code(body, encodings)

    assert code in {0, 1701, 1702, 1703}
    assert len(decoded) <= 10_000


@given(st.data(), st.binary(min_size=1, max_size=2000))
def test_a_damaged_gzip_body_is_never_taken_for_another(data: st.DataObject, body: bytes) -> None:
    encoded = bytearray(gzip.compress(body, mtime=0))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    decoded, code = decoded_or_code(bytes(encoded), ["gzip"])

    assert code in {0, 1701, 1702}
    assert decoded == (b"" if code else body)  # no code: the damage was in what gzip's head says of the file


@given(st.binary(max_size=5000), st.integers(-1, 9))
def test_deflate_is_read_in_both_senses(body: bytes, level: int) -> None:
    raw = zlib.compressobj(level, wbits=-15)

    assert decode(zlib.compress(body, level), "deflate") == body
    assert decode(raw.compress(body) + raw.flush(), "deflate") == body
