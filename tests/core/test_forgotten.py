"""What scripts forget is told, with what to write instead."""

import pytest

from tests.reference.drive import run_hook
from ywstorm_core.loop.metric import Counter
from ywstorm_core.loop.vu import VirtualUser


def test_a_pause_that_nobody_awaits_is_told() -> None:
    async def script(vu: VirtualUser) -> None:
        vu.sleep(0)
        await vu.sleep(0.01)

    assert run_hook(script).observer.forgotten == [("", "vu.sleep")]


def test_a_pause_that_is_awaited_later_is_no_mistake() -> None:
    async def script(vu: VirtualUser) -> None:
        pause = vu.sleep(0.001)
        await vu.sleep(0.01)
        await pause

    assert run_hook(script).observer.forgotten == []


def test_a_request_that_was_not_awaited_has_no_status() -> None:
    async def script(vu: VirtualUser) -> None:
        exchange = vu.get("/")
        with pytest.raises(AttributeError, match=r"no 'status': is an `await` missing"):
            _ = exchange.status  # type: ignore[attr-defined]
        await exchange

    run_hook(script)


def test_a_metric_wants_its_virtual_user_first() -> None:
    sent = Counter("sent")

    async def script(vu: VirtualUser) -> None:
        with pytest.raises(TypeError, match=r"sent.add: .* write add\(vu, 1\)"):
            sent.add(1)  # type: ignore[arg-type]

    run_hook(script)
