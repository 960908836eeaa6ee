"""An Exchange as the three things it is: an awaitable of the engine, a future of asyncio, and a coroutine."""

import asyncio
import contextvars
from typing import Any

import pytest

from tests.reference.drive import Loop, play, run_hook
from tests.reference.peer import answer, pause, silence
from ywstorm_core.loop.exchange import Exchange
from ywstorm_core.loop.pending import Sleep, install_next
from ywstorm_core.loop.vu import VirtualUser

ROUTES = {"/": answer(), "/slow": pause(0.02, answer()), "/never": silence}


def test_as_a_future_it_tells_how_it_stands(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        exchange = vu.get("/")
        assert (exchange.done(), exchange.cancelled()) == (False, False)
        for question in (exchange.result, exchange.exception):
            with pytest.raises(asyncio.InvalidStateError):
                question()
        assert exchange.get_loop() is asyncio.get_running_loop()
        assert repr(exchange) == f"<Exchange GET {vu.data.url}/ pending>"
        response = await exchange
        assert (exchange.done(), exchange.cancelled(), exchange.cancel()) == (True, False, False)
        assert exchange.result() is response
        assert exchange.exception() is None
        assert repr(exchange) == f"<Exchange GET {vu.data.url}/ done>"

    run_hook(script, loop=loop)


def test_as_a_cancelled_future_it_raises_whatever_it_is_asked(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        exchange = vu.get("/never")
        assert exchange.cancel("changed my mind")
        assert (exchange.done(), exchange.cancelled(), exchange.cancel()) == (True, True, False)
        for question in (exchange.result, exchange.exception):
            with pytest.raises(asyncio.CancelledError, match="changed my mind"):
                question()
        with pytest.raises(asyncio.CancelledError, match="changed my mind"):
            await exchange

    run = run_hook(script, ROUTES, loop=loop)
    assert run.observer.forgotten == []


def test_callbacks_come_through_the_loop_in_order_each_in_its_context(loop: Loop) -> None:
    place: contextvars.ContextVar[str] = contextvars.ContextVar("place", default="outside")
    called: list[tuple[str, str, bool]] = []

    async def script(vu: VirtualUser) -> None:
        exchange = vu.get("/")
        elsewhere = contextvars.copy_context()
        elsewhere.run(place.set, "elsewhere")
        place.set("inside")

        def first(future: Any) -> None:
            called.append(("first", place.get(), future is exchange))

        def second(future: Any) -> None:
            called.append(("second", place.get(), future is exchange))

        exchange.add_done_callback(first)
        exchange.add_done_callback(second, context=elsewhere)
        exchange.add_done_callback(third := lambda future: called.append(("third", "", True)))
        assert exchange.remove_done_callback(third) == 1
        assert exchange.remove_done_callback(third) == 0
        await exchange
        assert called == []
        exchange.add_done_callback(first)
        await asyncio.sleep(0.001)

    run_hook(script, loop=loop)
    assert called == [("first", "inside", True), ("second", "elsewhere", True), ("first", "inside", True)]


def test_as_a_coroutine_it_can_be_stepped_thrown_into_and_closed(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        exchange = vu.get("/never")
        assert asyncio.iscoroutine(exchange)
        assert exchange.send(None) is exchange
        with pytest.raises(LookupError, match="planted"):
            exchange.throw(LookupError("planted"))
        assert exchange.cancelled()
        with pytest.raises(LookupError):
            exchange.throw(LookupError)
        closed = vu.get("/never")
        closed.close()
        assert closed.cancelled()
        done = vu.get("/")
        response = await done
        with pytest.raises(StopIteration) as stop:
            done.send(None)
        assert stop.value.value is response
        with pytest.raises(StopIteration) as stop:
            next(iter(done))
        assert stop.value.value is response
        done.close()

    run = run_hook(script, ROUTES, loop=loop)
    assert run.engine.requests_cut_off == 2


def test_a_stop_iteration_that_somebody_keeps_is_not_used_again(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        kept = []
        for path in ("/a", "/b"):
            exchange = vu.get(path)
            await exchange
            try:
                next(exchange)
            except StopIteration as stop:
                kept.append(stop)
        assert [stop.value.url[-2:] for stop in kept] == ["/a", "/b"]

    run_hook(script, loop=loop)


def test_asyncio_wait_takes_no_coroutines_and_takes_it_for_one(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        exchange = vu.get("/")
        with pytest.raises(TypeError, match="coroutines"):
            await asyncio.wait([exchange])
        done, _ = await asyncio.wait([asyncio.create_task(exchange)])
        assert done.pop().result().ok

    run_hook(script, loop=loop)


def test_requests_run_from_their_call_on_side_by_side(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> tuple[float, list[float]]:
        exchanges = [vu.get("/slow") for _ in range(5)]
        services = [(await exchange).timings.service_ms for exchange in exchanges]
        return max(services), services

    run = run_hook(script, ROUTES, loop=loop)
    slowest, services = run.value
    assert slowest < sum(services) / 2
    assert run.engine.connections_opened == 5


def test_a_request_that_is_never_awaited_is_told_and_cut_off_at_the_end_of_its_iteration(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        vu.get("/never", name="the forgotten one")
        await vu.get("/")

    run = play(script, ROUTES, iterations=2, loop=loop)
    assert run.observer.forgotten == [("GET", "the forgotten one")] * 2
    assert run.engine.requests_cut_off == 2
    assert run.scenario.iterations == 2
    assert run.engine.connections_opened == 3


def test_a_request_that_was_answered_but_never_awaited_is_told_and_counted(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        vu.post("/", name="fire and forget")
        await vu.sleep(0.02)

    run = play(script, loop=loop)
    assert run.observer.forgotten == [("POST", "fire and forget")]
    assert run.requests(name="fire and forget") == 1


async def raises(vu: VirtualUser) -> None:
    exchange = vu.get("/")
    raise LookupError(repr(exchange))


async def is_cut_off(vu: VirtualUser) -> None:
    first, second = vu.get("/never"), vu.get("/")
    await first
    await second


async def uses_it_as_a_future(vu: VirtualUser) -> None:
    vu.get("/").add_done_callback(lambda future: None)
    await vu.get("/")


async def cancels_it(vu: VirtualUser) -> None:
    exchange = vu.get("/never")
    exchange.close()


@pytest.mark.parametrize("script", [raises, is_cut_off, uses_it_as_a_future, cancels_it], ids=lambda s: s.__name__)
def test_nobody_is_told_of_a_forgotten_await_when_the_script(script: Any) -> None:
    run = play(script, ROUTES, duration_s=0.03, graceful_stop_s=0.0)
    assert run.observer.forgotten == []


def test_a_sleep_is_a_future_too(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> None:
        nap = vu.sleep(0.002)
        assert isinstance(nap, Sleep)
        assert repr(nap) == "<Sleep pending>"
        assert await asyncio.wait_for(nap, 1) is None
        assert repr(nap) == "<Sleep over>"
        assert nap.done()
        assert await nap is None
        both = vu.sleep(0.004), vu.sleep(0.001)
        await both[0]
        assert both[1].done()

    run_hook(script, loop=loop)


def test_only_awaitables_of_ours_get_the_quick_hand_over() -> None:
    with pytest.raises(TypeError, match="is no Pending"):
        install_next(dict)  # type: ignore[arg-type]
    assert issubclass(Exchange, asyncio.Future) is False
