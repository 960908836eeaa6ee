"""Dates of cookies: what browsers read, and what nobody can."""

import pytest

from ywstorm_core.net.cookie_date import cookie_date_s

NOON_S = 784_111_777  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 november 1994 8:49:37",
        "1994 Nov 6 08:49:37 +0100",
        "08:49:37 nov-06-94",
        "Sun, 06 Nov 1994 08:49:37.123 GMT",
        '"Sun/06/Nov/1994/08:49:37"',
    ],
)
def test_one_instant_in_many_ways(text: str) -> None:
    assert cookie_date_s(text) == NOON_S


@pytest.mark.parametrize(
    ("year", "is_year"), [("69", 2069), ("70", 1970), ("99", 1999), ("00", 2000), ("1601", 1601), ("9999", 9999)]
)
def test_years(year: str, is_year: int) -> None:
    first, second = cookie_date_s(f"1 Jan {year} 00:00:00"), cookie_date_s(f"1 Jan {is_year} 00:00:00")

    assert first == second
    assert first is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "soon",
        "Sun, 06 Nov 1994",
        "06 Nov 08:49:37",
        "Nov 1994 08:49:37",
        "32 Jan 2020 00:00:00",
        "30 Feb 2020 00:00:00",
        "1 Jan 1600 00:00:00",
        "1 Jan 2020 24:00:00",
        "1 Jan 2020 00:60:00",
        "1 Jan 20201 00:00:00",
        "1 Jänner 2020",
        "٠١ Jan 2020 00:00:00",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert cookie_date_s(text) is None
