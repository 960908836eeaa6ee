"""Calls that come from another tool's habits, and what is said of them."""

from pathlib import Path

import pytest

from tests.reference.scripts import loading_problems


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ('ConstantVUs(10, "30s")', "write ConstantVUs(vus=…, duration=…)"),
        ('Stage("5s")', "write Stage(duration=…, target=…, name=…)"),
        ("scenario()", "write scenario(executor=…)"),
        ("RampingVUs(startVUs=1)", "did you mean 'start_vus'?"),
        ("PerVUIterations(colour=1)", "it takes vus, iterations, max_duration"),
    ],
)
def test_a_wrong_call_is_answered_with_the_right_one(tmp_path: Path, call: str, hint: str) -> None:
    [problem] = loading_problems(tmp_path, f"x = {call}")

    assert hint in problem
