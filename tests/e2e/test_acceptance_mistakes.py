"""A mistake of the user's ends with 104 before any load: with the place, what is wrong, and what was meant."""

from pathlib import Path

import pytest

from tests.e2e.run_of import DEAD_URL, run

RAMP = """
@scenario(RampingVUs(stages=[Stage("1s", 5, name="peak"), Stage("1s", 0)]))
async def spike(vu: VU) -> None: ...
"""


def threshold(selector: str, expression: str = "p(95)<5") -> str:
    return f"options(thresholds={{{selector!r}: [{expression!r}]}})\n{RAMP}"


# What the script says in its first lines after the imports, where it is, what is wrong with it, what was meant.
MISSPELT = {
    "an executor": ("\nfrom ywstorm import ConstantVU\n", "spike.py:8:", "'ConstantVU'", "'ConstantVUs'"),
    "an attribute": ("\nimport ywstorm\nywstorm.RampingVU()\n", "spike.py:9:", "'RampingVU'", "'RampingVUs'"),
    "an executor's option": (
        '\n@scenario(ConstantVUs(vuss=1, duration="1s"))\nasync def spike(vu: VU) -> None: ...\n',
        "spike.py:8:",
        "'vuss'",
        "'vus'",
    ),
    "an option": (f"\noptions(base_ur='http://h')\n{RAMP}", "spike.py:8 options:", "'base_ur'", "'base_url'"),
    "a scenario's option": (
        "\n@scenario(ConstantVUs(duration=1), gracefull_stop=1)\nasync def spike(vu: VU) -> None: ...\n",
        "spike.py:8",
        "'gracefull_stop'",
        "'graceful_stop'",
    ),
    "a metric": (threshold("http_req_durations"), "spike.py:7 thresholds:", "'http_req_durations'", "_duration'"),
    "a custom metric": (
        "\nsent = Trend('message_sent')\n" + threshold("mesage_sent"),
        "spike.py:9 thresholds:",
        "'mesage_sent'",
        "'message_sent'",
    ),
    "a stage": (threshold("http_req_duration{stage:peek}"), "spike.py:7 thresholds:", "'peek'", "'peak'"),
    "a scenario": (threshold("http_req_duration{scenario:spik}"), "spike.py:7 thresholds:", "'spik'", "'spike'"),
    "a phase": (threshold("http_req_duration{phase:setu}"), "spike.py:7 thresholds:", "'setu'", "'setup'"),
    "an aggregate": (threshold("http_req_duration", "averge<5"), "spike.py:7 thresholds:", "'averge'", "'avg'"),
    "an aggregate of another kind": (
        threshold("http_req_failed", "p(95)<5"),
        "spike.py:7 thresholds:",
        "'p(95)'",
        "rate",
    ),
    "a threshold of a scenario": (
        '\n@scenario(ConstantVUs(duration=1), thresholds={"http_reqs": "cuont>1"})\nasync def spike(vu): ...\n',
        "spike.py:8 scenario 'spike' thresholds:",
        "'cuont'",
        "'count'",
    ),
}


@pytest.mark.parametrize(("script", "place", "wrong", "meant"), MISSPELT.values(), ids=MISSPELT)
def test_what_is_misspelt_is_named_with_its_place_and_a_suggestion(
    tmp_path: Path, script: str, place: str, wrong: str, meant: str
) -> None:
    ended = run(tmp_path, script, code=104)

    assert ended.out == ""
    assert "Traceback" not in ended.err
    problem, hint = ended.lines[1:]
    assert problem.strip().startswith(place)
    assert wrong in problem
    assert meant in hint


# The arguments after SCRIPT, and what is said about them.
FLAGS = {
    "a scenario that the script does not have": (("--scenario", "spiek"), "'spike'"),
    "a stage without a target": (("--stage", "5s"), "--stage"),
    "a duration that is none": (("-d", "soon"), "soon"),
    "a metric": (("--threshold", "http_req: count>1"), "'http_req"),
    "a threshold without a metric": (("--threshold", "p(95)<5"), "--threshold 'http_req_duration: p(95)<500'"),
    "no VUs": (("-u", "0"), "--vus"),
    "both iterations and stages": (("-i", "3", "--stage", "1s:1"), "--iterations"),
    "a variable without a value": (("-e", "TOKEN"), "-e NAME=VALUE"),
    "a statistic": (("--summary-trend-stats", "avg,p95"), "p95"),
    "no number of workers": (("--workers", "many"), "'many'"),
    "two targets": (("--with-target", "--base-url", DEAD_URL), "--with-target"),
}


@pytest.mark.parametrize(("flags", "said"), FLAGS.values(), ids=FLAGS)
def test_a_wrong_flag_is_told_before_any_load(tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    ended = run(tmp_path, RAMP, *flags, code=104)

    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert said in ended.err


def test_a_suite_needs_a_scenario_and_lists_them(tmp_path: Path) -> None:
    ended = run(tmp_path, "ywmessaging", "--base-url", DEAD_URL, code=104)

    assert "smoke" in ended.err
    assert "load" in ended.err
    assert "spike" in ended.err


@pytest.mark.parametrize(
    ("tag", "scenario"), [("name=spike", "spike"), ("scenario:load", "load"), ("scenario=spike", "spike")]
)
def test_a_tag_that_was_meant_to_select_is_seen(tmp_path: Path, tag: str, scenario: str) -> None:
    ended = run(tmp_path, "ywmessaging", "--base-url", DEAD_URL, "--tag", tag, code=104)

    assert f"tags do not select; did you mean --scenario {scenario}?" in ended.err


def test_an_unknown_script_is_told_with_the_suites_there_are(tmp_path: Path) -> None:
    ended = run(tmp_path, "ywmesaging", code=104)

    assert "'ywmesaging'" in ended.err
    assert "ywmessaging" in ended.err


def test_a_variable_that_nobody_gave_is_told_with_how_to_give_it(tmp_path: Path) -> None:
    ended = run(tmp_path, f"\nTOKEN = env('API_TOKEN')\n{RAMP}", code=104)

    assert ended.lines[1].strip().startswith("spike.py:8")
    assert "API_TOKEN" in ended.lines[1]
    assert "-e API_TOKEN=" in ended.err


def test_a_line_that_click_cannot_parse_is_2(tmp_path: Path) -> None:
    ended = run(tmp_path, RAMP, "--duratoin", "1s", code=2)

    assert "--duration" in ended.err
