"""Flags are checked by themselves, before any script is known."""

from pathlib import Path
from typing import Any

import pytest

from ywstorm.script.flags import Flags

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a variable without a value": ({"env": ("A",)}, "--env: 'A' has no name or no value (write -e NAME=VALUE)"),
    "a variable without a name": ({"env": ("=a",)}, "--env: '=a' has no name or no value (write -e NAME=VALUE)"),
    "a tag without a value": ({"tags": ("a",)}, "--tag: 'a' has no name or no value (write --tag key=value)"),
    "a threshold without a metric": (
        {"thresholds": ("p(95)<5",)},
        "--threshold: 'p(95)<5' is not a threshold (write --threshold 'http_req_duration: p(95)<500')",
    ),
    "a stage without a target": (
        {"stages": ("5s",)},
        "--stage: '5s' is not a stage: write DURATION:TARGET, such as '5s:50'",
    ),
    "no VUs": ({"vus": 0}, "--vus: 0 is not a number of at least 1"),
    "fewer than no iterations": ({"iterations": -1}, "--iterations: -1 is not a number of at least 1"),
    "a duration of nothing": ({"duration": "0"}, "--duration: '0' is no time at all: it must be more than 0"),
    "a graceful stop that is no duration": (
        {"graceful_stop": "soon"},
        "--graceful-stop: 'soon' is not a duration: write '1m30s', '500ms' or a number of seconds",
    ),
    "no workers": ({"workers": "0"}, "--workers: '0' is neither 'auto' nor a number of at least 1"),
    "many workers": ({"workers": "many"}, "--workers: 'many' is neither 'auto' nor a number of at least 1"),
    "iterations of a ramp": (
        {"iterations": 5, "stages": ("5s:5",)},
        "--iterations: together with --stage: a ramp has no number of iterations",
    ),
    "the duration of a ramp": (
        {"duration": "5s", "stages": ("5s:5",)},
        "--duration: together with --stage: the stages say how long it takes",
    ),
    "a statistic that is none": (
        {"trend_stats": "avg,p(101)"},
        "--summary-trend-stats: 'p(101)' is no statistic of a trend (avg, min, med, max, count, p(99))",
    ),
    "an export into nowhere": (
        {"summary_export": "no/such/folder/s.json"},
        "--summary-export: 'no/such/folder/s.json' cannot be written: there is no folder no/such/folder",
    ),
}


@pytest.mark.parametrize(("flags", "problem"), BAD.values(), ids=BAD.keys())
def test_a_bad_flag_is_one_problem_that_names_it(flags: dict[str, Any], problem: str) -> None:
    assert [str(found) for found in Flags(**flags).problems()] == [problem]


def test_an_export_onto_a_folder_is_a_problem(tmp_path: Path) -> None:
    assert [problem.where for problem in Flags(summary_export=str(tmp_path)).problems()] == ["--summary-export"]


def test_good_flags_have_no_problems(tmp_path: Path) -> None:
    flags = Flags(
        vus=5,
        duration="90",
        env=("A=b=c", "EMPTY="),
        tags=("a=b", "c:d"),
        thresholds=("http_reqs: count>5",),
        workers="2",
        graceful_stop="0",
        trend_stats="avg, p(99.9)",
        summary_export=str(tmp_path / "summary.json"),
    )

    assert flags.problems() == []


def test_a_variable_is_split_at_its_first_equals_sign() -> None:
    assert Flags(env=("A=b=c", "EMPTY=")).variables() == {"A": "b=c", "EMPTY": ""}


def test_a_tag_is_split_at_its_first_equals_sign_or_colon() -> None:
    assert Flags(tags=("a=b:c", "d:e=f")).run_tags() == {"a": "b:c", "d": "e=f"}


def test_a_threshold_is_split_at_its_last_colon_with_a_blank() -> None:
    flags = Flags(thresholds=("http_req_duration{a:b, c: d}: p(95)<5", "checks: rate==1", "checks: rate>0"))

    assert flags.declared_thresholds() == {
        "http_req_duration{a:b, c: d}": ["p(95)<5"],
        "checks": ["rate==1", "rate>0"],
    }


def test_a_script_sees_the_base_url_as_a_variable() -> None:
    assert Flags(base_url="http://h", env=("BASE_URL=http://other",)).variables() == {"BASE_URL": "http://h"}


def test_trend_statistics_may_have_blanks() -> None:
    assert Flags(trend_stats="avg, p(99.9)").text_trend_stats() == ("avg", "p(99.9)")
