"""Which series a sample lands in, and when a request was due."""

from typing import Any

import pytest

from tests.reference.drive import Run, play, run_hook
from tests.reference.peer import answer, close, in_order, pause
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.metric import Counter, Gauge, Metric, Rate, Trend
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

MS = 1_000_000


def tags_of(run: Run, metric: str) -> list[dict[str, str]]:
    """The tags of a metric's series, without those that every series here carries."""
    usual = {"scenario": "test", "phase": "main"}.items()
    return [dict(set(series.tags) - set(usual)) for series in run.series(metric)]


def test_a_request_carries_every_tag_the_special_ones_winning() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.tags["plan"] = "vu"
        vu.tags["level"] = "vu"
        with vu.group("outer"), vu.group("inner"):
            await vu.get("/", name="N", tags={"level": "request", "number": 7})

    run = play(script, tags={"plan": "scenario", "level": "scenario", "build": "42"})
    assert tags_of(run, "http_req") == [
        {
            "method": "GET",
            "name": "N",
            "status": "200",
            "expected_response": "true",
            "plan": "vu",
            "level": "request",
            "build": "42",
            "number": "7",
            "group": "outer::inner",
        }
    ]


def test_outcomes_are_told_apart() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.post("/")

    run = play(script, in_order(answer(), answer(status=404), close()), iterations=3)
    outcomes = [{"status", "expected_response", "error_code"} & tags.keys() for tags in tags_of(run, "http_req")]
    assert len(outcomes) == 3
    assert run.requests(status="200", expected_response="true") == 1
    assert run.requests(status="404", expected_response="false", error_code="1404") == 1
    assert run.requests(status="0", expected_response="false", error_code="1222") == 1


def test_more_outcomes_than_an_endpoint_remembers_are_all_recorded() -> None:
    statuses = [200 + n for n in range(10)] * 2

    async def script(vu: VirtualUser) -> None:
        await vu.get("/")

    run = play(script, in_order(*(answer(status=status) for status in statuses if status != 204)), iterations=18)
    assert [run.requests(status=str(status)) for status in range(200, 210)] == [2, 2, 2, 2, 0, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(("phase", "hook"), [("setup", True), ("teardown", True), ("main", False)])
def test_the_phase_is_a_tag_of_everything(phase: str, hook: bool) -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")
        vu.check("fine", True)

    run = run_hook(script, phase=phase) if hook else play(script)
    assert run.aggregate.series
    assert {series.tag("phase") for series in run.aggregate.series} == {phase}


def test_checks_are_counted_by_name_group_and_tags() -> None:
    async def script(vu: VirtualUser) -> None:
        assert vu.check("even", vu.iteration % 2 == 0) is (vu.iteration % 2 == 0)
        with vu.group("g"):
            assert vu.check("nothing", []) is False
            assert vu.check("something", "x", {"kind": "k"}) is True

    run = play(script, iterations=4)
    found = {str(s.tag("check")): (s.passes, s.total, s.tag("group"), s.tag("kind")) for s in run.series("checks")}  # type: ignore[attr-defined]
    assert found == {
        "even": (2, 4, None, None),
        "nothing": (0, 4, "g", None),
        "something": (4, 4, "g", "k"),
    }


def test_groups_nest_restore_themselves_and_do_not_outlive_their_iteration() -> None:
    async def script(vu: VirtualUser) -> None:
        with vu.group("a"):
            with vu.group("b"):
                vu.check("inside", True)
            vu.check("between", True)
        vu.check("outside", True)
        if vu.iteration == 0:
            vu.group("never left").__enter__()

    run = play(script, iterations=2)
    groups = {str(s.tag("check")): s.tag("group") for s in run.series("checks")}
    assert groups == {"inside": "a::b", "between": "a", "outside": None}
    assert {s.tag("group"): s.histogram.count for s in run.series("group_duration")} == {"a::b": 2, "a": 2}  # type: ignore[attr-defined]


def test_a_group_that_raises_is_measured_and_left() -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(LookupError), vu.group("g"):
            raise LookupError
        vu.check("outside", True)

    run = play(script)
    assert run.series("checks")[0].tag("group") is None
    assert len(run.series("group_duration", group="g")) == 1


def test_custom_metrics_take_values_and_tags() -> None:
    counter, gauge, rate, trend = Counter("c"), Gauge("g", "bytes"), Rate("r"), Trend("t", unit="ms")

    async def script(vu: VirtualUser) -> None:
        vu.tags["vu"] = "x"
        counter.add(vu)
        counter.add(vu, 2.5, tags={"kind": "k"})
        gauge.add(vu, 7 - vu.iteration)
        rate.add(vu, vu.iteration == 0)
        with vu.group("g"):
            trend.add(vu, 1.5)

    run = play(script, iterations=2)
    values: dict[str, Any] = {s.metric: s for s in run.aggregate.series if s.metric in "gr" or s.metric == "t"}
    assert [(s.value, s.tag("kind"), s.tag("vu")) for s in run.series("c")] == [(2, None, "x"), (5, "k", "x")]  # type: ignore[attr-defined]
    assert (values["g"].last, values["g"].min, values["g"].max) == (6, 6, 7)
    assert (values["r"].passes, values["r"].total) == (1, 2)
    assert (values["t"].histogram.sum, values["t"].tag("group")) == (3_000_000, "g")
    assert [(m.name, m.kind, m.unit) for m in (counter, gauge, rate, trend)] == [
        ("c", "counter", ""),
        ("g", "gauge", "bytes"),
        ("r", "rate", ""),
        ("t", "trend", "ms"),
    ]
    assert repr(trend) == "Trend('t')"


@pytest.mark.parametrize(
    ("metric", "value"),
    [(Counter("m"), float("nan")), (Trend("m"), -1), (Trend("m"), float("inf")), (Gauge("m"), float("inf"))],
    ids=repr,
)
def test_a_value_that_no_statistics_could_hold_is_refused(metric: Metric, value: float) -> None:
    async def script(vu: VirtualUser) -> None:
        with pytest.raises(ValueError, match=r"."):
            metric.add(vu, value)

    run_hook(script)


def test_the_stage_is_that_of_the_instant_at_which_the_request_was_due() -> None:
    stages = [(0, "up"), (30 * MS, "peak"), (60 * MS, "down")]

    async def script(vu: VirtualUser) -> None:
        await vu.get("/")  # due at 0, however long the answer takes
        await vu.sleep(0.035)
        await vu.get("/")
        vu.check("at the peak", True)
        await vu.sleep(0.5)
        await vu.get("/")

    run = play(script, stages=stages)
    assert [run.requests(stage=stage) for stage in ("up", "peak", "down")] == [1, 1, 1]
    assert [series.tag("stage") for series in run.series("checks")] == ["peak"]
    assert [series.tag("stage") for series in run.series("iterations")] == ["up"]


def test_a_stage_that_begins_past_the_clock_is_refused_at_once() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.check("is never run", False)

    with pytest.raises(OverflowError):
        play(script, stages=[(0, "up"), (1 << 63, "never")])


def test_without_stages_nothing_carries_one() -> None:
    async def script(vu: VirtualUser) -> None:
        await vu.get("/")

    assert {series.tag("stage") for series in play(script).aggregate.series} == {None}


def lateness_ms(response: Response) -> float:
    """How late the script began the request."""
    return response.timings.lateness_ms


def test_a_request_is_due_when_the_virtual_user_could_go_on() -> None:
    async def script(vu: VirtualUser) -> list[float]:
        first = await vu.get("/")
        busy_until = first.timings.service_ms
        await vu.sleep(0.01)
        second = await vu.get("/")
        together = [vu.get("/"), vu.get("/slow")]
        both = [await exchange for exchange in together]
        last = await vu.get("/")
        return [busy_until, *map(lateness_ms, [first, second, *both, last])]

    _, *late = run_hook(script, {"/": answer(), "/slow": pause(0.03, answer())}).value
    assert all(0 <= each < 15 for each in late), late


def test_time_that_the_script_itself_spends_makes_its_next_request_late() -> None:
    async def script(vu: VirtualUser) -> tuple[float, float]:
        await vu.get("/")
        until_ns = monotonic_ns() + 20 * MS
        while monotonic_ns() < until_ns:
            pass
        response = await vu.get("/")
        return response.timings.lateness_ms, response.timings.latency_ms - response.timings.service_ms

    late, difference = run_hook(script).value
    assert 20 <= late < 60
    assert abs(late - difference) < 1e-6


def test_an_answer_that_was_there_before_its_await_sets_the_next_due_to_when_it_came() -> None:
    async def script(vu: VirtualUser) -> float:
        early = vu.get("/")
        await vu.get("/slow")
        await early  # came long ago: the slow one still decides
        return (await vu.get("/")).timings.lateness_ms

    assert run_hook(script, {"/": answer(), "/slow": pause(0.03, answer())}).value < 15
