"""Durations, sizes and counts, in both directions."""

import math

import pytest

from ywstorm.units import (
    MAX_DURATION_NS,
    NS_PER_MS,
    NS_PER_S,
    format_bytes,
    format_count,
    format_duration,
    parse_duration,
    parse_stage,
)


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        ("1m30s", 90 * NS_PER_S),
        ("500ms", 500 * NS_PER_MS),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("7µs", 7_000),
        ("2d", 172_800 * NS_PER_S),
        ("1.5h", 5_400 * NS_PER_S),
        (".5s", 500 * NS_PER_MS),
        ("0s", 0),
        (" 5s ", 5 * NS_PER_S),
        ("90", 90 * NS_PER_S),
        ("0.25", 250 * NS_PER_MS),
        (90, 90 * NS_PER_S),
        (0, 0),
        (0.1, 100 * NS_PER_MS),
        (1e-9, 1),
        ("876000h", MAX_DURATION_NS),
        # no float on the way: 2^53 and some, to the nanosecond
        ("104d5h59m59.254740993s", 9_007_199_254_740_993),
    ],
)
def test_a_duration_is_text_with_units_or_a_number_of_seconds(value: str | float, ns: int) -> None:
    assert parse_duration(value) == ns


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "'' is not a duration"),
        ("s", "'s' is not a duration"),
        ("5x", "'5x' is not a duration"),
        ("1m 30s", "'1m 30s' is not a duration"),
        ("1e3", "'1e3' is not a duration"),
        ("٣s", "'٣s' is not a duration"),
        ("1/2", "'1/2' is not a duration"),
        ("-5s", "cannot be negative"),
        (-1, "cannot be negative"),
        (math.nan, "must be finite"),
        (math.inf, "must be finite"),
        ("101y", "'101y' is not a duration"),
        ("876001h", "longer than a hundred years"),
        (1e300, "longer than a hundred years"),
        (True, "True is not a duration"),
        (None, "None is not a duration"),
        ([1], "is not a duration"),
    ],
)
def test_anything_else_is_refused_with_its_value(value: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_duration(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (800_000, "800µs"),
        (35_120_000, "35.12ms"),
        (35_100_000, "35.1ms"),
        (35_124_999, "35.12ms"),
        (35_125_000, "35.13ms"),
        (999_999_999, "1s"),
        (2_500_000_000, "2.5s"),
        (59_994_999_999, "59.99s"),
        (59_999_999_999, "1m"),
        (90 * NS_PER_S, "1m30s"),
        (3_600 * NS_PER_S, "1h"),
        (3_605 * NS_PER_S, "1h5s"),
        (90_061_500_000_000, "25h1m1.5s"),
        (-5 * NS_PER_S, "-5s"),
    ],
)
def test_a_duration_is_written_for_people_without_needless_digits(ns: int, text: str) -> None:
    assert format_duration(ns) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.6, "1.0 kB"),
        (1_234, "1.2 kB"),
        (9_960, "10 kB"),
        (34_567, "35 kB"),
        (999_600, "1.0 MB"),
        (1_100_000_000, "1.1 GB"),
        (7_000_000_000_000, "7.0 TB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)
def test_a_size_has_two_or_three_figures_and_a_decimal_unit(n_bytes: float, text: str) -> None:
    assert format_bytes(n_bytes) == text


def test_a_count_has_commas() -> None:
    assert [format_count(n) for n in (0, 999, 1_234_567)] == ["0", "999", "1,234,567"]


@pytest.mark.parametrize(("text", "stage"), [("5s:50", ("5s", 50)), ("1m30s:0", ("1m30s", 0)), (" 10:7 ", ("10", 7))])
def test_a_stage_is_a_duration_and_a_target(text: str, stage: tuple[str, int]) -> None:
    assert parse_stage(text) == stage


@pytest.mark.parametrize("text", ["", "5s", "5s:", ":50", "5s:-1", "5s:1.5", "5s:ten", "5s:²", "x:50", "5s:50:60"])
def test_any_other_stage_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (stage|duration)"):
        parse_stage(text)
