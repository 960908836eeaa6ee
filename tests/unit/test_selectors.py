"""Which series a selector is about."""

import pytest

from tests.reference.runs import request_tags
from ywstorm.metrics.selectors import Selector, canonical, parse_selector


@pytest.mark.parametrize(
    ("text", "metric", "tags"),
    [
        ("http_reqs", "http_reqs", ()),
        ("  http_reqs  ", "http_reqs", ()),
        ("http_reqs{}", "http_reqs", ()),
        ("http_reqs{endpoint:message}", "http_reqs", (("endpoint", "message"),)),
        ("http_reqs { endpoint : message }", "http_reqs", (("endpoint", "message"),)),
        ("http_reqs{stage:peak,endpoint:auth}", "http_reqs", (("endpoint", "auth"), ("stage", "peak"))),
        ("group_duration{group:shop::pay}", "group_duration", (("group", "shop::pay"),)),
        ("http_reqs{name:GET /users/:id}", "http_reqs", (("name", "GET /users/:id"),)),
        ("http_reqs{a:b,a:b}", "http_reqs", (("a", "b"),)),
    ],
)
def test_selectors_that_can_be_read(text, metric, tags):
    assert parse_selector(text) == Selector(metric, tags)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' names no metric"),
        ("{a:b}", "'{a:b}' names no metric"),
        ("http_reqs{a:b", "'http_reqs{a:b' lacks the closing brace"),
        ("http_reqs{a:b} x", "'http_reqs{a:b} x' lacks the closing brace"),
        ("http_reqs{a}", "'a' in 'http_reqs{a}' is not a tag: write key:value"),
        ("http_reqs{a:}", "'a:' in 'http_reqs{a:}' is not a tag: write key:value"),
        ("http_reqs{a:b,}", "'' in 'http_reqs{a:b,}' is not a tag: write key:value"),
        ("http_reqs{a:b,a:c}", "the tag 'a' cannot be 'b' and 'c' at once"),
    ],
)
def test_selectors_that_cannot_be_read(text, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared below)
        parse_selector(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("selector", "tags", "is_match"),
    [
        ("http_reqs", request_tags(), True),
        ("http_reqs{status:200}", request_tags(), True),
        ("http_reqs{status:200,method:GET}", request_tags(), True),
        ("http_reqs{status:200,method:PUT}", request_tags(), False),
        ("http_reqs{status:20}", request_tags(), False),
        ("http_reqs{endpoint:auth}", request_tags(), False),
        ("http_reqs", request_tags(phase="setup"), False),
        ("http_reqs{phase:setup}", request_tags(phase="setup"), True),
        ("http_reqs{phase:setup}", request_tags(), False),
        ("http_reqs{status:200}", request_tags(phase="teardown"), False),
    ],
)
def test_a_selector_matches_series_with_all_its_tags_in_its_phase(selector, tags, is_match):
    assert parse_selector(selector).matches(tags) is is_match


def test_a_selector_reads_as_it_is_written():
    text = "http_reqs{endpoint:auth,stage:peak}"

    assert str(parse_selector(text)) == text


def test_narrowing_down_by_a_tag_that_is_there_with_another_value_is_refused():
    with pytest.raises(ValueError, match="cannot be 'a' and 'b' at once"):
        Selector("http_reqs", (("scenario", "a"),)).with_tag("scenario", "b")


def test_canonical_tags_are_sorted_by_key():
    assert canonical([("b", "1"), ("a", "2")]) == (("a", "2"), ("b", "1"))
