"""The deadline heap against a sorted list, and alarms of the engine: never early, in order, forgotten when removed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.drive import Loop, Observer
from ywstorm_core.clock import monotonic_ns
from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.timer import Alarm, HeapProbe

MS = 1_000_000


def alarm() -> Alarm:
    """An alarm that nobody lets ring."""
    return Alarm(lambda now_ns: None)


def rings(loop: Loop, *delays_ms: float) -> list[tuple[int, int]]:
    """Let alarms ring that were set in this order; (index, ns after its deadline) in the order of ringing."""
    rung: list[tuple[int, int]] = []

    async def main() -> None:
        engine = Engine(asyncio.get_running_loop(), Observer())
        over = asyncio.Event()
        start_ns = monotonic_ns()

        def set_alarm(index: int, deadline_ns: int) -> None:
            def ring(now_ns: int) -> None:
                rung.append((index, now_ns - deadline_ns))
                if len(rung) == len(delays_ms):
                    over.set()

            engine.call_at(deadline_ns, ring)

        for index, delay_ms in enumerate(delays_ms):
            set_alarm(index, start_ns + round(delay_ms * MS))
        await asyncio.wait_for(over.wait(), 10)
        engine.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())
    return rung


def test_the_earliest_deadline_comes_first() -> None:
    heap, late, early, middle = HeapProbe(), alarm(), alarm(), alarm()
    for member, deadline_ns in ((late, 30), (early, 10), (middle, 20)):
        heap.schedule(member, deadline_ns)
    assert [heap.pop_due(100) for _ in range(4)] == [early, middle, late, None]


def test_a_deadline_is_due_at_its_very_nanosecond_and_not_before() -> None:
    heap, member = HeapProbe(), alarm()
    heap.schedule(member, 10)
    assert heap.pop_due(9) is None
    assert heap.pop_due(10) is member


@pytest.mark.parametrize(("first", "second"), [(10, 50), (50, 10)], ids=["later", "sooner"])
def test_a_second_deadline_replaces_the_first(first: int, second: int) -> None:
    heap, member = HeapProbe(), alarm()
    heap.schedule(member, first)
    heap.schedule(member, second)
    assert heap.pop_due(second - 1) is None
    assert heap.pop_due(second) is member
    assert heap.pop_due(1000) is None


def test_a_removed_alarm_is_let_go_of_at_once() -> None:
    heap, member, other = HeapProbe(), alarm(), alarm()
    heap.schedule(member, 10)
    heap.schedule(other, 20)
    heap.remove(member)
    heap.remove(member)
    assert len(heap) == 1
    assert heap.pop_due(100) is other


@given(
    st.lists(
        st.tuples(st.sampled_from(["schedule", "remove", "pop"]), st.integers(0, 15), st.integers(0, 100)), max_size=80
    )
)
def test_it_does_what_a_sorted_list_does(steps: list[tuple[str, int, int]]) -> None:
    heap, members = HeapProbe(), [alarm() for _ in range(16)]
    wanted: dict[Alarm, int] = {}
    for what, index, instant in steps:
        member = members[index]
        if what == "schedule":
            heap.schedule(member, instant)
            wanted[member] = instant
        elif what == "remove":
            heap.remove(member)
            wanted.pop(member, None)
        else:
            due = [deadline for deadline in wanted.values() if deadline <= instant]
            popped = heap.pop_due(instant)
            assert (popped is None) == (due == [])
            if popped is not None:
                assert wanted.pop(popped) == min(due)


def test_alarms_ring_in_the_order_of_their_deadlines_and_never_early(loop: Loop) -> None:
    rung = rings(loop, 8, 2, 5, 0.3)
    assert [index for index, _ in rung] == [3, 1, 2, 0]
    assert all(late_ns >= 0 for _, late_ns in rung)


def test_an_instant_that_has_passed_rings_at_once(loop: Loop) -> None:
    assert [index for index, _ in rings(loop, -1000, -2000)] == [1, 0]


def test_an_alarm_set_by_an_alarm_for_the_same_instant_rings_too(loop: Loop) -> None:
    rung: list[int] = []

    async def main() -> None:
        engine = Engine(asyncio.get_running_loop(), Observer())
        over = asyncio.Event()
        deadline_ns = monotonic_ns() + MS

        def ring(now_ns: int) -> None:
            rung.append(now_ns)
            if len(rung) == 3:
                over.set()
            else:
                engine.call_at(deadline_ns, ring)

        engine.call_at(deadline_ns, ring)
        await asyncio.wait_for(over.wait(), 10)
        engine.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())
    assert len(rung) == 3


def test_an_alarm_that_raises_is_told_and_stops_no_other(loop: Loop) -> None:
    observer = Observer()

    async def main() -> None:
        engine = Engine(asyncio.get_running_loop(), observer)
        over = asyncio.Event()

        def ring(now_ns: int) -> None:
            raise LookupError("planted")

        engine.call_at(0, ring)
        engine.call_at(1, lambda now_ns: over.set())
        await asyncio.wait_for(over.wait(), 10)
        engine.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())
    assert [str(error) for error in observer.engine_errors] == ["planted"]
