"""What a script may say, and what it is told when it says it wrongly."""

import asyncio
from pathlib import Path

import pytest

from tests.reference.scripts import load, loading_problems
from ywstorm import Counter, env, scenario
from ywstorm.errors import OptionsError
from ywstorm.plan import ConstantVUs

NS_PER_S = 1_000_000_000


def test_a_scenario_has_its_defaults(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        """
        @scenario(ConstantVUs(vus=2, duration="5s"))
        async def browse(vu): ...
        """,
    )

    browse = script.scenarios["browse"]
    assert (browse.name, browse.executor, browse.start_time_ns, browse.graceful_stop_ns, dict(browse.tags)) == (
        "browse",
        ConstantVUs(vus=2, duration="5s"),
        0,
        30 * NS_PER_S,
        {},
    )
    assert browse.where == f"{tmp_path}/the_script.py:7"


def test_a_scenario_keeps_what_it_is_given(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        """
        async def hello(vu): ...
        async def bye(vu): ...

        @scenario(ConstantVUs(duration=1), name="b-1", start_time="2s", graceful_stop=0, tags={"a": "b"},
                  env={"C": "d"}, thresholds={"checks": "rate==1"}, on_start=hello, on_stop=bye)
        async def browse(vu): ...
        """,
    )

    made = script.scenarios["b-1"]
    assert (made.start_time_ns, made.graceful_stop_ns, made.tags, made.env, made.thresholds) == (
        2 * NS_PER_S,
        0,
        {"a": "b"},
        {"C": "d"},
        {"checks": "rate==1"},
    )
    assert made.on_start is not None
    assert made.on_stop is not None
    assert (made.on_start.__name__, made.on_stop.__name__) == ("hello", "bye")
    assert script.problems == ()


def test_stacked_scenarios_share_their_function_and_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        """
        @scenario(ConstantVUs(duration=1), name="first")
        @scenario(ConstantVUs(duration=1), name="second")
        async def browse(vu): ...

        @scenario(ConstantVUs(duration=1))
        async def third(vu): ...
        """,
    )

    assert list(script.scenarios) == ["first", "second", "third"]
    assert script.scenarios["first"].function is script.scenarios["second"].function


def test_setup_teardown_options_and_metrics_are_collected(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        """
        orders = Counter("orders")
        latency = Trend("latency_of_orders", unit="ms")
        options(base_url="http://h/api", timeout="5s", thresholds=None)

        @setup
        async def prepare(vu): ...

        @teardown
        async def tidy(vu): ...

        @scenario(ConstantVUs(duration=1))
        async def browse(vu): ...
        """,
    )

    assert script.setup is not None
    assert script.teardown is not None
    assert (script.setup.__name__, script.teardown.__name__) == ("prepare", "tidy")
    assert (script.options.base_url, script.options.timeout, script.options.thresholds) == ("http://h/api", "5s", {})
    assert [(metric.name, metric.kind, metric.unit) for metric in script.metrics] == [
        ("orders", "counter", ""),
        ("latency_of_orders", "trend", "ms"),
    ]
    assert script.metrics[0].where == f"{tmp_path}/the_script.py:7"
    assert script.problems == ()


SCENARIO = "@scenario(ConstantVUs(duration=1))\nasync def good(vu): ...\n"

BAD = {
    "a misspelt option of a scenario": (
        "@scenario(ConstantVUs(duration=1), start_tme=1)\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a': there is no option 'start_tme' (did you mean 'start_time'?)",
    ),
    "an executor by its name": (
        "@scenario('ramping_vus')\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a': 'ramping_vus' is not an executor (did you mean 'RampingVUs'?)",
    ),
    "an executor's class": (
        "@scenario(ConstantVUs)\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a': ConstantVUs is a class, not an executor (write ConstantVUs(…))",
    ),
    "a bad value of an executor": (
        "@scenario(PerVUIterations(vus=0))\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a': PerVUIterations: vus must be a whole number of at least 1, not 0",
    ),
    "no executor at all": (
        f"{SCENARIO}@scenario\nasync def a(vu): ...",
        "the_script.py:8: @scenario needs an executor (write @scenario(ConstantVUs(vus=10, duration='30s')))",
    ),
    "a function that is not async": (
        "@scenario(ConstantVUs(duration=1))\ndef a(vu): ...",
        "the_script.py:6 scenario 'a': a is not a coroutine function (write async def a(vu): without yield)",
    ),
    "a function without the VU": (
        "@scenario(ConstantVUs(duration=1))\nasync def a(): ...",
        (
            "the_script.py:6 scenario 'a': a cannot be called with the VU alone: too many positional arguments"
            " (write async def a(vu):)"
        ),
    ),
    "an on_start that is not async": (
        "@scenario(ConstantVUs(duration=1), on_start=print)\nasync def a(vu): ...",
        (
            "the_script.py:6 scenario 'a' on_start: print is not a coroutine function"
            " (write async def print(vu): without yield)"
        ),
    ),
    "a name with a blank": (
        "@scenario(ConstantVUs(duration=1), name='a b')\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a b': 'a b' is not a name for a scenario (use letters, digits, '_' and '-')",
    ),
    "the name of a phase": (
        "@scenario(ConstantVUs(duration=1), name='setup')\nasync def a(vu): ...",
        "the_script.py:6 scenario 'setup': 'setup' is the name of a phase (give the scenario another: name='…')",
    ),
    "a name that is taken": (
        f"{SCENARIO}{SCENARIO}",
        (
            "the_script.py:8: the scenario 'good' is declared a second time, first at the_script.py:6"
            " (give one of them another name: @scenario(…, name='…'))"
        ),
    ),
    "a start time that is no duration": (
        "@scenario(ConstantVUs(duration=1), start_time=-1)\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a' start_time: a duration cannot be negative, as -1 is",
    ),
    "tags that are a list": (
        "@scenario(ConstantVUs(duration=1), tags=['a'])\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a' tags: ['a'] is not a dict of names and text",
    ),
    "thresholds that are a list": (
        "@scenario(ConstantVUs(duration=1), thresholds=['a'])\nasync def a(vu): ...",
        "the_script.py:6 scenario 'a' thresholds: ['a'] is not a dict of selector: expressions",
    ),
    "a misspelt option": (
        f"options(base_ulr='http://h')\n{SCENARIO}",
        "the_script.py:6 options: there is no option 'base_ulr' (did you mean 'base_url'?)",
    ),
    "options twice": (
        f"options()\noptions()\n{SCENARIO}",
        "the_script.py:7: options() was called already, at the_script.py:6",
    ),
    "setup twice": (
        f"@setup\nasync def a(vu): ...\n@setup\nasync def b(vu): ...\n{SCENARIO}",
        "the_script.py:8: a second @setup: a script has one",
    ),
    "teardown twice": (
        f"@teardown\nasync def a(vu): ...\n@teardown\nasync def b(vu): ...\n{SCENARIO}",
        "the_script.py:8: a second @teardown: a script has one",
    ),
    "a setup that is not async": (
        f"@setup\ndef a(vu): ...\n{SCENARIO}",
        "the_script.py:6 setup: a is not a coroutine function (write async def a(vu): without yield)",
    ),
    "a variable that is missing": (
        f"env('SURELY_NOT_SET')\n{SCENARIO}",
        (
            "the_script.py:6 env('SURELY_NOT_SET'): the variable SURELY_NOT_SET is not set"
            " (give it with -e SURELY_NOT_SET=… or in the environment)"
        ),
    ),
    "a default that is a number": (
        f"env('SURELY_NOT_SET', 5)\n{SCENARIO}",
        (
            "the_script.py:6 env('SURELY_NOT_SET'): the default 5 is not text, as every variable is"
            " (write '5', or add read=int)"
        ),
    ),
    "no scenario": ("x = 1", "the_script.py: no scenario is declared"),
}


@pytest.mark.parametrize(("text", "problem"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_one_problem_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    found = loading_problems(tmp_path, text)

    assert len(found) == 1
    assert found[0].startswith(problem)


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    found = loading_problems(
        tmp_path, "options(timeut=1, timeout='x')\nenv('SURELY_NOT_SET')\n@scenario(5)\ndef a(): ...\n"
    )

    assert [problem.split(": ")[0] for problem in found] == [
        "the_script.py:6 options",
        "the_script.py:6 options timeout",
        "the_script.py:7 env('SURELY_NOT_SET')",
        "the_script.py:8 scenario 'a'",
        "the_script.py:8 scenario 'a'",
    ]


def test_a_variable_of_the_flag_wins_over_the_environment_and_that_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YW_A", "environment")
    monkeypatch.setenv("YW_B", "environment")
    names = "_".join(f"{{env({name!r}, 'default')}}" for name in ("YW_A", "YW_B", "YW_C"))
    text = f"@scenario(ConstantVUs(duration=1), tags={{'found': f\"{names}\"}})\nasync def a(vu): ..."

    script = load(tmp_path, text, env={"YW_A": "flag"})

    assert script.scenarios["a"].tags == {"found": "flag_environment_default"}
    assert script.env_names == {"YW_A", "YW_B", "YW_C"}


def test_iterations_still_see_the_variables_of_the_flag(tmp_path: Path) -> None:
    load(tmp_path, SCENARIO, env={"YW_LATER": "5"})

    assert env("YW_LATER") == "5"


def test_a_missing_variable_is_an_error_at_once_outside_an_import() -> None:
    with pytest.raises(OptionsError, match="SURELY_NOT_SET is not set"):
        env("SURELY_NOT_SET")


def test_a_script_can_be_imported_without_the_loader() -> None:
    @scenario(ConstantVUs(duration=1))
    async def browse(_vu: object) -> None: ...

    assert browse.__name__ == "browse"


def test_a_metric_cannot_be_declared_by_an_iteration() -> None:
    async def iteration() -> None:
        Counter("too_late")

    with pytest.raises(RuntimeError, match=r"Counter\('too_late'\) must stand at module level"):
        asyncio.run(iteration())
