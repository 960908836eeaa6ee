"""Keywords of scenario() and options() that shape how virtual users go on and how they connect."""

from pathlib import Path
from typing import get_type_hints

import pytest

from tests.reference.scripts import load, loading_problems
from ywstorm.config import Options
from ywstorm.master.brief import configuration
from ywstorm.script.declare import OptionKeywords, options
from ywstorm.script.flags import Flags
from ywstorm.script.run_plan import resolve

NS_PER_S = 1_000_000_000
BROWSE = "async def browse(vu): ..."


@pytest.mark.parametrize(
    ("keywords", "pace_ns"),
    [("", 0), (", pace=None", 0), (", pace='1s'", NS_PER_S), (", pace=0.25", NS_PER_S // 4)],
)
def test_a_pace_reaches_the_workers(tmp_path: Path, keywords: str, pace_ns: int) -> None:
    script = load(tmp_path, f"@scenario(ConstantVUs(duration='1s'){keywords})\n{BROWSE}")

    assert script.scenarios["browse"].pace_ns == pace_ns
    [spec] = configuration(resolve(script, Flags()), 0).scenarios
    assert spec.pace_ns == pace_ns


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("ConstantVUs(duration='1s'), pace=0", "pace: 0 is no time at all: it must be more than 0"),
        ("ConstantVUs(duration='1s'), pace='soon'", "pace: 'soon' is not a duration"),
        (
            "ConstantArrivalRate(rate=5, duration='1s'), pace='1s'",
            "pace: an arrival rate sets the pace already (leave pace out, or use ConstantVUs)",
        ),
    ],
)
def test_a_pace_that_cannot_be_kept_is_told(tmp_path: Path, declared: str, problem: str) -> None:
    text = f"from ywstorm import ConstantArrivalRate\n@scenario({declared})\n{BROWSE}"

    [found] = loading_problems(tmp_path, text)

    assert found.startswith(f"the_script.py:7 scenario 'browse' {problem}")


def test_every_option_can_be_declared_and_is_explained() -> None:
    names = list(Options.__dataclass_fields__)

    assert sorted(get_type_hints(OptionKeywords)) == sorted(names)
    assert [name for name in names if name not in (options.__doc__ or "")] == []


def test_none_stands_for_the_default_but_where_it_means_something(tmp_path: Path) -> None:
    declared = "options(timeout=None, ca_file=None, hosts=None, expected_statuses=None, dns_ttl=None)"

    script = load(tmp_path, f"{declared}\n@scenario(ConstantVUs(duration=1))\n{BROWSE}")

    assert script.problems == ()
    assert script.options == Options(dns_ttl=None)
