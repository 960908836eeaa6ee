"""Whatever servers and scripts do: started = ok + failed + cut off, and every record and part adds up."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference.drive import LOOPS, play
from tests.reference.peer import Act, answer, close, half_close, in_order, pause, raw, reset, silence
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.stats.series import RequestSeries

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

ACTS: dict[str, Act] = {
    "answer": answer(),
    "not found": answer(status=404),
    "error": answer(status=503, Connection="close"),
    "slowly": pause(0.004, answer()),
    "large": answer(b"x" * 200_000),
    "in pieces": raw(OK[:10], OK[10:-1], OK[-1:]),
    "until closed": close(raw(b"HTTP/1.1 200 OK\r\n\r\nab")),
    "too much": raw(OK + b"?"),
    "truncated": close(raw(OK[:-1])),
    "goodbye": half_close(raw(OK[:20]), silence),
    "closed": close(),
    "reset": reset(),
    "reset late": reset(raw(OK[:30])),
    "nonsense": raw(b"?\r\n\r\n"),
    "silence": silence,
}


async def one(vu: VirtualUser) -> None:
    await vu.get("/", timeout=0.01)


async def several(vu: VirtualUser) -> None:
    first, second = vu.get("/", timeout=0.01), vu.post("/", body=b"x" * 1000, timeout=0.005)
    await second
    await first


async def gathered(vu: VirtualUser) -> None:
    await asyncio.gather(vu.get("/", timeout=0.01), vu.get("/", timeout=0.01), vu.sleep(0.001))


async def impatient(vu: VirtualUser) -> None:
    try:
        async with asyncio.timeout(0.003):
            await vu.get("/")
    except TimeoutError:
        pass


async def in_a_task(vu: VirtualUser) -> None:
    task = asyncio.create_task(vu.get("/", timeout=0.01))
    await vu.sleep(0.002)
    task.cancel()


async def forgetful(vu: VirtualUser) -> None:
    vu.get("/")
    await vu.sleep(0.001)


async def failing(vu: VirtualUser) -> None:
    await vu.get("/", timeout=0.01)
    raise LookupError("planted")


async def to_nobody(vu: VirtualUser) -> None:
    await vu.get("http://127.0.0.1:1/")


SCRIPTS = {
    script.__name__: script for script in (one, several, gathered, impatient, in_a_task, forgetful, failing, to_nobody)
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=12),
    scripts=st.lists(st.sampled_from(sorted(SCRIPTS)), min_size=1, max_size=5),
    vus=st.integers(1, 4),
    loop=st.sampled_from(sorted(LOOPS)),
    duration_ms=st.sampled_from([2, 15, 60]),
)
def test_the_accounts_balance(acts: list[str], scripts: list[str], vus: int, loop: str, duration_ms: int) -> None:
    """`play` checks the counters of every run; here the figures inside the records follow."""

    async def script(vu: VirtualUser) -> None:
        await SCRIPTS[scripts[(vu.id + vu.iteration) % len(scripts)]](vu)

    run = play(
        script,
        in_order(*(ACTS[name] for name in acts)),
        vus=vus,
        iterations=4,
        duration_s=duration_ms / 1000,
        graceful_stop_s=0.005,
        loop=LOOPS[loop],
    )
    scenario = run.scenario
    assert scenario.iterations + scenario.interrupted == scenario.iterations_started
    assert scenario.iterations_started + scenario.dropped == 4 * vus
    assert scenario.vus_started == vus
    requests: list[Any] = [series for series in run.series("http_req") if isinstance(series, RequestSeries)]
    parts = [(t.blocked, t.looking_up, t.connecting, t.tls, t.sending, t.waiting, t.receiving) for t in run.timings()]
    assert sum(part.sum for timing in parts for part in timing) == sum(series.service.sum for series in requests)
    assert sum(timing[0].count for timing in parts) == sum(series.service.count for series in requests)
    for series in requests:
        assert series.latency.sum == series.service.sum + series.lateness.sum
        assert series.duration.sum <= series.service.sum
