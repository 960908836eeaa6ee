"""Scripts that use `vu.session()`, on the real engine in this process."""

from collections.abc import Callable
from typing import Any

from tests.reference.drive import Run, play, run_hook
from tests.reference.peer import answer, pause, raw, silence
from ywstorm.config import Options
from ywstorm.worker.session import SessionMaker, Sessions
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.dns import Resolver
from ywstorm_core.stats.series import RequestSeries

__all__ = ["HALF", "ROUTES", "codes", "play_session", "request_series", "run_session", "sessions_of"]

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
ROUTES = {
    "/": answer(),
    "/big": answer(b"x" * 300_000),
    "/late": pause(0.02, answer()),
    "/never": silence,
    "/missing": answer(b"no", 404),
    "/chunked": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    "/moved": answer(b"", 302, Location="/target"),
    "/target": answer(b"there"),
    "/again": answer(b"", 302, Location="/again"),
    "/away": answer(b"", 302, Location="ftp://nowhere/"),
    "/no-location": answer(b"", 302),
    "/cookie": answer(b"", Set_Cookie="a=1"),
}


def sessions_of(
    options: Options | None = None, base_url: str | None = None, hosts: dict[str, str] | None = None
) -> Callable[[VirtualUser], Sessions]:
    """Make what a Scenario wants; the base URL is the peer's, unless there is another one."""
    makers: list[SessionMaker] = []  # one, made when the first script asks: only then are there a loop and a peer

    def keeper_of(vu: VirtualUser) -> Sessions:
        if not makers:
            resolver = Resolver(vu.get_loop().call_soon_threadsafe, hosts=hosts or {})
            makers.append(SessionMaker(resolver, vu.data.url if base_url is None else base_url, options or Options()))
        return makers[0].sessions_of(vu)

    return keeper_of


def run_session(
    script: Any,
    route: Any = None,
    *,
    options: Options | None = None,
    base_url: str | None = None,
    hosts: dict[str, str] | None = None,
    **named: Any,
) -> Run:
    """Run *script* once as virtual user 0, as `run_hook` does."""
    return run_hook(script, route, sessions_of=sessions_of(options, base_url, hosts), **named)


def play_session(script: Any, route: Any = None, *, options: Options | None = None, **named: Any) -> Run:
    """Run iterations of *script*, as `play` does."""
    return play(script, route, sessions_of=sessions_of(options), **named)


def request_series(run: Run, **tags: str) -> RequestSeries:
    """The only request series with these tags."""
    (found,) = run.series("http_req", **tags)
    assert isinstance(found, RequestSeries)
    return found


def codes(run: Run) -> list[int]:
    """Error codes of the failed requests, in order."""
    return [response.error_code for response in run.observer.failed]
