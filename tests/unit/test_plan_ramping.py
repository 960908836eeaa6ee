"""The ramp: hand-computed tables of starts and stops, names of stages, scaling, and what is refused."""

import pytest

from ywstorm.plan import RampingVUs, Segment, Stage
from ywstorm.units import NS_PER_S, Duration

S = NS_PER_S
WHOLE = Segment(0, 1)


def ramp(start_vus: int, *stages: tuple[Duration, int]) -> RampingVUs:
    return RampingVUs(start_vus=start_vus, stages=[Stage(duration, target) for duration, target in stages])


TABLES = {
    "going up, VU n starts when the line reaches n; the top is reached at the end, so VU 4 never runs": (
        ramp(0, ("4s", 4)),
        [(1 * S, 1), (2 * S, 2), (3 * S, 3), (4 * S, -1), (4 * S, -2), (4 * S, -3)],
    ),
    "going down, VU n stops when the line reaches n-1": (
        ramp(3, ("3s", 0)),
        [(0, 1), (0, 2), (0, 3), (1 * S, -3), (2 * S, -2), (3 * S, -1)],
    ),
    "up, hold and down": (
        ramp(1, ("2s", 3), ("5s", 3), ("2s", 1)),
        [(0, 1), (1 * S, 2), (2 * S, 3), (8 * S, -3), (9 * S, -1), (9 * S, -2)],
    ),
    "an instant between two nanoseconds is rounded up": (
        ramp(0, ("10ns", 3), ("1ns", 3)),
        [(4, 1), (7, 2), (10, 3), (11, -1), (11, -2), (11, -3)],
    ),
    "a stage without length is a jump, up": (
        ramp(1, ("1s", 1), ("0s", 3), ("1s", 3)),
        [(0, 1), (1 * S, 2), (1 * S, 3), (2 * S, -1), (2 * S, -2), (2 * S, -3)],
    ),
    "a stage without length is a jump, down": (
        ramp(3, ("1s", 3), (0, 1), ("1s", 1)),
        [(0, 1), (0, 2), (0, 3), (1 * S, -2), (1 * S, -3), (2 * S, -1)],
    ),
    "a first stage without length replaces start_vus": (
        ramp(1, (0, 2), ("1s", 2)),
        [(0, 1), (0, 2), (1 * S, -1), (1 * S, -2)],
    ),
    "jumps up and down at one instant leave only their sum": (
        ramp(1, ("1s", 1), (0, 9), (0, 2), ("1s", 2)),
        [(0, 1), (1 * S, 2), (2 * S, -1), (2 * S, -2)],
    ),
    "a VU that the ramp reaches in the instant of a jump down does not start": (
        ramp(0, ("2s", 2), (0, 1), ("1s", 1)),
        [(1 * S, 1), (3 * S, -1)],
    ),
    "a VU that the ramp leaves in the instant of a jump up goes on": (
        ramp(2, ("2s", 0), (0, 2), ("1s", 2)),
        [(0, 1), (0, 2), (1 * S, -2), (2 * S, 2), (3 * S, -1), (3 * S, -2)],
    ),
    "a VU may start again later": (
        ramp(0, ("2s", 2), ("2s", 0), ("2s", 2), ("1s", 2)),
        [(1 * S, 1), (2 * S, 2), (3 * S, -2), (4 * S, -1), (5 * S, 1), (6 * S, 2), (7 * S, -1), (7 * S, -2)],
    ),
    "nothing runs while the line is below 1": (
        ramp(0, ("2s", 0), ("1s", 1), ("1s", 0)),
        [(3 * S, 1), (4 * S, -1)],
    ),
}


@pytest.mark.parametrize(("executor", "events"), TABLES.values(), ids=TABLES.keys())
def test_starts_and_stops(executor: RampingVUs, events: list[tuple[int, int]]) -> None:
    assert list(executor.share(WHOLE, vu_base=0).events) == events


def test_the_spike_is_shared_by_two_workers() -> None:
    spike = RampingVUs(start_vus=1, stages=[Stage("4s", 5), Stage("10s", 5), Stage("4s", 1)], graceful_ramp_down="3s")

    even, odd = (spike.share(Segment(k, 2), vu_base=3) for k in range(2))

    assert (odd.vus, even.vus) == ((1, 3, 5), (2, 4))
    assert odd.events == ((0, 1), (2 * S, 3), (4 * S, 5), (15 * S, -5), (17 * S, -3), (18 * S, -1))
    assert even.events == ((1 * S, 2), (3 * S, 4), (16 * S, -4), (18 * S, -2))
    assert {plan.duration_ns for plan in (even, odd)} == {18 * S}
    assert {plan.graceful_ramp_down_ns for plan in (even, odd)} == {3 * S}


@pytest.mark.parametrize(
    ("t_ns", "vus"),
    [
        (-1, 0),
        (0, 1),
        (1 * S - 1, 1),
        (1 * S, 2),
        (2 * S, 3),  # the line turns here
        (2 * S + 1, 3),  # going down, a part of a VU is a VU
        (3 * S, 2),
        (4 * S - 1, 2),
        (4 * S, 9),  # a jump
        (5 * S - 1, 9),
        (5 * S, 0),  # the end
    ],
)
def test_vus_at_an_instant(t_ns: int, vus: int) -> None:
    assert ramp(1, ("2s", 3), ("2s", 1), (0, 9), ("1s", 9)).vus_at(t_ns) == vus


def test_stages_without_a_name_are_named_by_their_place() -> None:
    executor = RampingVUs(stages=[Stage("5s", 5), Stage(0, 9), Stage("10s", 9, name="peak"), Stage("5s", 0)])

    assert executor.stage_bounds() == ((0, "0"), (5 * S, "1"), (5 * S, "peak"), (15 * S, "3"))


@pytest.mark.parametrize(
    ("vus", "start_vus", "targets"),
    [
        (100, 2, [20, 100, 0]),  # exactly twice
        (25, 1, [5, 25, 0]),  # 0.5 is rounded up
        (10, 1, [2, 10, 0]),  # 0.2 would be 0: what is above 0 stays there
        (1, 1, [1, 1, 0]),
        (50, 1, [10, 50, 0]),
    ],
)
def test_with_vus_scales_to_the_peak(vus: int, start_vus: int, targets: list[int]) -> None:
    scaled = ramp(1, ("5s", 10), ("5s", 50), ("5s", 0)).with_vus(vus)

    assert (scaled.start_vus, [stage.target for stage in scaled.stages]) == (start_vus, targets)
    assert [stage.duration for stage in scaled.stages] == ["5s", "5s", "5s"]


def test_with_no_vus_is_a_problem_not_a_ramp_of_one() -> None:
    problems = ramp(1, ("5s", 10)).with_vus(0).problems("--vus")

    assert [problem.message for problem in problems] == [
        "RampingVUs: start_vus or the target of a stage must be above 0"
    ]


def test_with_duration_scales_every_stage_and_keeps_names_and_jumps() -> None:
    executor = RampingVUs(stages=[Stage("5s", 50), Stage(0, 60), Stage("10s", 60, name="peak"), Stage("5s", 0)])

    stretched = executor.with_duration(10 * S + 1)

    assert [stage.duration_ns for stage in stretched.stages] == [2_500_000_000, 0, 5_000_000_000, 2_500_000_001]
    assert [(stage.target, stage.name) for stage in stretched.stages] == [
        (50, None),
        (60, None),
        (60, "peak"),
        (0, None),
    ]


def test_the_ramp_does_not_change_with_the_list_it_was_made_from() -> None:
    stages = [Stage("5s", 5)]
    executor = RampingVUs(stages=stages)

    stages.append(Stage("5s", 500))

    assert executor.max_vus == 5
    assert hash(executor) == hash(RampingVUs(stages=[Stage("5s", 5)]))


@pytest.mark.parametrize(
    ("executor", "complaints"),
    [
        (RampingVUs(), ["stages are missing"]),
        (RampingVUs(stages=[]), ["stages are missing"]),
        (RampingVUs(stages=Stage("5s", 5)), ["stages must be a list of stages, not Stage("]),  # type: ignore[arg-type]
        (RampingVUs(stages=[("5s", 5)]), ["stages[0] must be a stage, not ('5s', 5)"]),  # type: ignore[list-item]
        (ramp(0, ("5s", 0)), ["start_vus or the target of a stage must be above 0"]),
        (ramp(1, (0, 5), ("0s", 6)), ["the stages last 0s in all"]),
        (ramp(-1, ("5s", 5)), ["start_vus must be a whole number of at least 0, not -1"]),
        (
            ramp(1, ("5s", 5), ("5z", -5)),
            ["RampingVUs: stages[1]: duration: '5z' is not a duration", "RampingVUs: stages[1]: target must be"],
        ),
        (RampingVUs(stages=[Stage("5s", 5, name="a,b")]), ["name must be text without a comma or braces, not 'a,b'"]),
        (RampingVUs(stages=[Stage("5s", 5, name=" ")]), ["name must be text"]),
        (RampingVUs(stages=[Stage("5s", 5, name=7)]), ["name must be text"]),  # type: ignore[arg-type]
        (RampingVUs(stages=[Stage("5s", 5)], graceful_ramp_down="soon"), ["graceful_ramp_down: 'soon' is not"]),
    ],
)
def test_all_problems_are_listed_at_once(executor: RampingVUs, complaints: list[str]) -> None:
    problems = executor.problems("spike.py:12")

    assert {problem.where for problem in problems} == {"spike.py:12"}
    assert len(problems) == len(complaints)
    for problem, complaint in zip(problems, complaints, strict=True):
        assert complaint in problem.message


def test_ramping_down_without_grace_and_to_nothing_is_no_problem() -> None:
    executor = RampingVUs(start_vus=5, stages=[Stage(0.5, 0)], graceful_ramp_down=0)

    assert executor.problems("") == []
    assert executor.graceful_ramp_down_ns == 0
