"""Who is taken from a pool: a connection to the same server, the one used last, as long as one idles there."""

import pytest

from tests.reference.drive import Loop, run_hook
from tests.reference.peer import Wire, answer, close, in_order
from ywstorm_core.loop.vu import VirtualUser


async def number(wire: Wire) -> None:
    """Answers with the number of the connection."""
    body = str(wire.number).encode()
    wire.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def at_once(vu: VirtualUser, n: int, url: str = "/") -> list[int]:
    """The connections that serve so many requests at once."""
    exchanges = [vu.get(url) for _ in range(n)]
    return [int((await exchange).body) for exchange in exchanges]


def test_the_connection_used_last_is_used_next(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> tuple[set[int], set[int]]:
        await at_once(vu, 4)
        await at_once(vu, 1)
        last = [await at_once(vu, 1) for _ in range(3)]
        return {connection for (connection,) in last}, set(await at_once(vu, 4))

    run = run_hook(script, number, loop=loop)
    again, all_four = run.value
    assert len(again) == 1
    assert all_four == {1, 2, 3, 4}
    assert run.peer.n_connections == 4


def test_each_server_has_its_own(loop: Loop) -> None:
    """To the pool, one process under three names is three servers."""

    async def script(vu: VirtualUser) -> list[list[int]]:
        urls = [f"http://{host}:{vu.data.port}/" for host in ("127.0.0.1", "localhost", "127.1")]
        return [[(await at_once(vu, 1, url))[0] for url in urls] for _ in range(3)]

    run = run_hook(script, number, loop=loop)
    assert run.value == [[1, 2, 3]] * 3


@pytest.mark.parametrize("place", range(3))
def test_one_that_the_server_closes_leaves_the_others_where_they_are(place: int, loop: Loop) -> None:
    wires: dict[int, Wire] = {}

    async def remembered(wire: Wire) -> None:
        wires[wire.number] = wire
        await number(wire)

    async def script(vu: VirtualUser) -> tuple[list[int], list[int]]:
        await at_once(vu, 3)
        used = await at_once(vu, 3)
        wires[used.pop(place)].writer.close()
        await vu.sleep(0.02)
        return used, await at_once(vu, 3)

    run = run_hook(script, remembered, loop=loop)
    survivors, after = run.value
    assert sorted(after) == [*sorted(survivors), 4]
    assert run.engine.requests_failed == 0


def test_no_connection_is_kept_that_may_not_be(loop: Loop) -> None:
    async def script(vu: VirtualUser) -> list[int]:
        return [(await vu.get("/")).status for _ in range(4)]

    run = run_hook(script, in_order(answer(Connection="close"), close(answer()), answer()), loop=loop)
    assert run.value == [200] * 4
    assert run.peer.n_connections == 3
