"""Groups in selectors: our own way of writing them, and the one that people know from k6."""

import pytest

from ywstorm.metrics.selectors import parse_selector


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("group_duration{group:checkout}", "checkout"),
        ("group_duration{group:::checkout}", "checkout"),
        ("group_duration{group:checkout::pay}", "checkout::pay"),
        ("group_duration{group:::checkout::pay}", "checkout::pay"),
        ("http_req_duration{ group: ::checkout :: pay }", "checkout :: pay"),
    ],
)
def test_the_colons_that_k6_puts_before_a_group_may_stand_there(text: str, group: str) -> None:
    assert dict(parse_selector(text).tags) == {"group": group}


def test_only_groups_lose_their_colons() -> None:
    assert parse_selector("http_reqs{module:::core}").tags == (("module", "::core"),)


def test_the_root_group_of_k6_is_no_group() -> None:
    with pytest.raises(ValueError, match=r"'group:::' in .* is not a tag"):
        parse_selector("http_req_duration{group:::}")
