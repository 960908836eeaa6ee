"""From a script and flags to a plan: selection, edits, numbers of VUs, thresholds, workers."""

from pathlib import Path
from typing import Any

import pytest

from tests.reference.scripts import load, plan, planning_problems
from ywstorm.errors import OptionsError
from ywstorm.plan import ConstantVUs, RampingVUs, SharedIterations, Stage
from ywstorm.script.capacity import Capacity
from ywstorm.script.flags import Flags
from ywstorm.script.loader import load_script
from ywstorm.script.run_plan import resolve

NS_PER_S = 1_000_000_000

THREE = """
    options(base_url="http://script/api", thresholds={"checks": ["rate==1"]}, tags={"team": "red", "site": "a"})

    @scenario(ConstantVUs(vus=2, duration="10s"), thresholds={"http_req_failed": ["rate<0.01"]})
    async def browse(vu): ...

    @scenario(RampingVUs(start_vus=1, stages=[Stage("5s", 10), Stage("5s", 10, name="peak")]))
    async def buy(vu): ...

    @scenario(PerVUIterations(vus=3, iterations=5))
    async def look(vu): ...
"""


def test_all_scenarios_of_a_script_are_selected_and_their_vus_numbered_in_order(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE)

    assert [(scenario.name, scenario.vu_base) for scenario in made.scenarios] == [
        ("browse", 0),
        ("buy", 2),
        ("look", 12),
    ]
    assert made.max_vus == 15


def test_only_named_scenarios_are_selected_in_the_order_of_the_script(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, scenarios=("look", "browse", "look"))

    assert [(scenario.name, scenario.vu_base) for scenario in made.scenarios] == [("browse", 0), ("look", 2)]


EDITS: dict[str, tuple[str, dict[str, Any], object, str]] = {
    "VUs of constant VUs": (
        "browse",
        {"vus": 7},
        ConstantVUs(vus=7, duration="10s"),
        "browse: 7 VUs for 10s, not 2 VUs for 10s (--vus)",
    ),
    "duration of constant VUs": (
        "browse",
        {"duration": "90"},
        ConstantVUs(vus=2, duration="1m30s"),
        "browse: 2 VUs for 1m30s, not 2 VUs for 10s (--duration)",
    ),
    "a ramp's peak": (
        "buy",
        {"vus": 20},
        RampingVUs(start_vus=2, stages=[Stage("5s", 20), Stage("5s", 20, name="peak")]),
        "buy: up to 20 VUs ramping over 10s in 2 stages, not up to 10 VUs ramping over 10s in 2 stages (--vus)",
    ),
    "a ramp's duration": (
        "buy",
        {"duration": "4s"},
        RampingVUs(start_vus=1, stages=[Stage("2s", 10), Stage("2s", 10, name="peak")]),
        "buy: up to 10 VUs ramping over 4s in 2 stages, not up to 10 VUs ramping over 10s in 2 stages (--duration)",
    ),
    "iterations, shared by as many VUs as there were": (
        "buy",
        {"iterations": 50},
        SharedIterations(vus=10, iterations=50),
        (
            "buy: 50 iterations shared by 10 VUs in at most 10m, not up to 10 VUs ramping over 10s in 2 stages"
            " (--iterations)"
        ),
    ),
    "fewer iterations than VUs": (
        "buy",
        {"iterations": 3},
        SharedIterations(vus=3, iterations=3),
        (
            "buy: 3 iterations shared by 3 VUs in at most 10m, not up to 10 VUs ramping over 10s in 2 stages"
            " (--iterations)"
        ),
    ),
    "iterations with VUs and a limit of time": (
        "look",
        {"iterations": 9, "vus": 4, "duration": "1m"},
        SharedIterations(vus=4, iterations=9, max_duration="1m"),
        (
            "look: 9 iterations shared by 4 VUs in at most 1m, not 5 iterations for each of 3 VUs in at most 10m"
            " (--vus, --duration, --iterations)"
        ),
    ),
    "stages for a ramp": (
        "buy",
        {"stages": ("1s:5", "1s:0")},
        RampingVUs(start_vus=1, stages=[Stage("1s", 5), Stage("1s", 0)]),
        "buy: up to 5 VUs ramping over 2s in 2 stages, not up to 10 VUs ramping over 10s in 2 stages (--stage)",
    ),
    "stages from a number of VUs": (
        "browse",
        {"stages": ("1s:5",), "vus": 8},
        RampingVUs(start_vus=8, stages=[Stage("1s", 5)]),
        "browse: up to 8 VUs ramping over 1s in 1 stage, not 2 VUs for 10s (--vus, --stage)",
    ),
}


@pytest.mark.parametrize(("name", "flags", "executor", "override"), EDITS.values(), ids=EDITS.keys())
def test_flags_edit_the_one_selected_scenario_and_say_so(
    tmp_path: Path, name: str, flags: dict[str, Any], executor: object, override: str
) -> None:
    made = plan(tmp_path, THREE, scenarios=(name,), **flags)

    assert made.scenarios[0].executor == executor
    assert list(made.overrides) == [override]


def test_the_graceful_stop_of_all_selected_scenarios_can_be_edited(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, graceful_stop="5s")

    assert [scenario.graceful_stop_ns for scenario in made.scenarios] == [5 * NS_PER_S] * 3
    assert made.overrides[0] == "browse: graceful stop 5s, not 30s (--graceful-stop)"


def test_flags_win_over_options_and_say_so(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, timeout="5s", insecure=True, base_url="http://flag", tags=("site=b", "run:7"))

    assert (made.options.timeout, made.options.insecure, made.options.base_url) == ("5s", True, "http://flag")
    assert made.tags == {"team": "red", "site": "b", "run": "7"}
    assert list(made.overrides) == [
        "base_url: http://flag, not http://script/api",
        "timeout: 5s, not 60s",
        "insecure: True, not none",
    ]


def test_a_script_that_makes_its_base_url_of_the_flag_keeps_its_own(tmp_path: Path) -> None:
    text = """
    options(base_url=env("BASE_URL", "http://default") + "/api")

    @scenario(ConstantVUs(duration=1))
    async def a(vu): ...
    """

    made = plan(tmp_path, text, base_url="http://flag:8080")

    assert made.options.base_url == "http://flag:8080/api"
    assert made.env == {"BASE_URL": "http://flag:8080"}


def test_a_script_that_only_looks_at_the_variable_gets_the_flag(tmp_path: Path) -> None:
    text = """
    env("BASE_URL", "")
    options(base_url="http://fixed/api")

    @scenario(ConstantVUs(duration=1))
    async def a(vu): ...
    """

    assert plan(tmp_path, text, base_url="http://flag").options.base_url == "http://flag"


def test_thresholds_are_those_of_the_run_of_selected_scenarios_and_of_flags(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, scenarios=("browse",), thresholds=("http_req_duration{stage:peak}: p(95)<5",))

    assert [(threshold.metric, threshold.scenario, threshold.expression) for threshold in made.thresholds] == [
        ("checks", None, "rate==1"),
        ("http_req_failed", "browse", "rate<0.01"),
        ("http_req_duration", None, "p(95)<5"),
    ]


def test_thresholds_of_other_scenarios_do_not_count(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, scenarios=("look",))

    assert [threshold.metric for threshold in made.thresholds] == ["checks"]


def test_thresholds_can_be_left_out(tmp_path: Path) -> None:
    assert plan(tmp_path, THREE, has_thresholds=False).thresholds == ()


def test_thresholds_may_name_custom_metrics(tmp_path: Path) -> None:
    text = """
    orders = Counter("orders")
    options(thresholds={"orders": ["count>5"]})

    @scenario(ConstantVUs(duration=1))
    async def a(vu): ...
    """

    made = plan(tmp_path, text)

    assert [threshold.metric for threshold in made.thresholds] == ["orders"]
    assert "orders" in made.registry


WORKERS = {
    "auto: one per core": ({"workers": "auto"}, 4),
    "auto, but never more than VUs": ({"workers": "auto", "scenarios": ("browse",)}, 2),
    "as many as asked for": ({"workers": "9"}, 9),
    "as many as asked for, but never more than VUs": ({"workers": "99"}, 15),
}


@pytest.mark.parametrize(("flags", "workers"), WORKERS.values(), ids=WORKERS.keys())
def test_number_of_workers(tmp_path: Path, flags: dict[str, Any], workers: int) -> None:
    assert plan(tmp_path, THREE, **flags).workers == workers


CROWD = "@scenario(ConstantVUs(vus=1000, duration=1))\nasync def a(vu): ..."


def test_vus_that_fit_the_descriptors_of_each_worker_are_accepted(tmp_path: Path) -> None:
    made = resolve(load(tmp_path, CROWD), Flags(), Capacity(cores=2, descriptors=500 + 64))

    assert made.workers == 2


def test_more_vus_than_descriptors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="500 in one worker need a connection each, and a process may have 499"):
        resolve(load(tmp_path, CROWD), Flags(), Capacity(cores=2, descriptors=500 + 63))


def test_a_tag_that_names_a_scenario_does_not_select_and_says_so(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, tags=("name:buy", "scenario=browse", "team=buy"))

    assert len(made.scenarios) == 3
    assert list(made.warnings) == [
        "tags do not select; did you mean --scenario browse?",
        "tags do not select; did you mean --scenario buy?",
    ]


def test_a_tag_beside_the_selection_it_names_is_not_worth_a_warning(tmp_path: Path) -> None:
    assert plan(tmp_path, THREE, scenarios=("buy",), tags=("name=buy",)).warnings == ()


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown scenario": (
        {"scenarios": ("brwse",)},
        "--scenario: there is no scenario 'brwse' (did you mean 'browse'?)",
    ),
    "a scenario that resembles none": (
        {"scenarios": ("xyz",)},
        "--scenario: there is no scenario 'xyz' (one of browse, buy, look)",
    ),
    "an edit of several scenarios": (
        {"vus": 5, "duration": "1s"},
        "--vus --duration: edits one scenario, not 3 (name it: --scenario, one of browse, buy, look)",
    ),
    "a ramp to nothing": (
        {"scenarios": ("browse",), "stages": ("0s:5",)},
        "scenario 'browse': RampingVUs: ",
    ),
    "a timeout of nothing": ({"timeout": "0"}, "flags timeout: '0' is no time at all: it must be more than 0"),
    "a base URL that is none": ({"base_url": "h"}, "flags base_url: 'h' is not an http or https URL"),
    "a threshold on an unknown metric": (
        {"thresholds": ("http_req_duraton: p(95)<5",)},
        "--threshold: there is no metric 'http_req_duraton' (did you mean 'http_req_duration'?)",
    ),
    "a threshold on an unknown stage": (
        {"thresholds": ("http_req_duration{stage:peek}: p(95)<5",)},
        "--threshold: there is no stage 'peek' (did you mean 'peak'?)",
    ),
    "a bad flag": ({"workers": "x"}, "--workers: 'x' is neither"),
}


@pytest.mark.parametrize(("flags", "problem"), BAD.values(), ids=BAD.keys())
def test_a_bad_flag_is_one_problem(tmp_path: Path, flags: dict[str, Any], problem: str) -> None:
    found = planning_problems(tmp_path, THREE, **flags)

    assert len(found) == 1
    assert found[0].startswith(problem)


def test_problems_of_script_thresholds_metrics_and_flags_are_found_at_once(tmp_path: Path) -> None:
    text = """
    Counter("http_reqs")
    options(timeout=0, thresholds={"checks": ["p(95)<5"]})

    @scenario(ConstantVUs(duration=1), thresholds={"nonsense": ["rate<1"]})
    async def a(vu): ...
    """

    found = planning_problems(tmp_path, text, vus=0, scenarios=("b",))

    assert [problem.split(": ")[0] for problem in found] == [
        "the_script.py:8 options timeout",
        "--scenario",
        "--vus",
        "the_script.py:7",
        "the_script.py:8 thresholds",
        "the_script.py:10 scenario 'a' thresholds",
    ]


def test_a_suite_needs_to_know_which_scenario() -> None:
    with pytest.raises(OptionsError, match=r"the suite ywmessaging needs to know .* \(one of smoke, load, spike"):
        resolve(load_script("ywmessaging", {}), Flags())


def test_a_suite_whose_scenario_was_named_by_a_tag_suggests_the_flag() -> None:
    with pytest.raises(OptionsError, match=r"did you mean --scenario spike\?"):
        resolve(load_script("ywmessaging", {}), Flags(tags=("scenario:spike",)))


def test_the_plan_carries_what_flags_say_about_hooks_and_output(tmp_path: Path) -> None:
    made = plan(tmp_path, THREE, run_setup=False, run_teardown=False, trend_stats="avg,p(99)", verbosity=1)

    assert (made.run_setup, made.run_teardown, made.trend_stats, made.verbosity) == (False, False, ("avg", "p(99)"), 1)
    assert made.script_argument == f"{tmp_path}/the_script.py"
