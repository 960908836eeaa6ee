"""
`vu.session()`: sessions of aiohttp whose requests land in the same metrics as ours.

A session lives as long as its virtual user, or until the script closes it. What it takes from the options of the run:
the base URL (a path is appended to it, as in `vu.get`), certificates, names of hosts, the User-Agent and the time-outs
(total, and connect, which here includes TLS; first_byte and body_idle only together, as their greater one, for aiohttp
does not tell them apart). Everything else is aiohttp's: its cookies, connections and limit of redirects are its own,
and an idempotent request that lost its connection is sent again once, counted as resent.

`trace_request_ctx={"name": …, "tags": {…}, "expected_statuses": …}` of a request says what these arguments say in
`vu.get`; without a name it is the path below the base URL. How aiohttp's instants become ours: see `session_trace`.
"""

import asyncio
import ssl
import warnings
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from ywstorm.config import Options
from ywstorm.worker.session_resolver import EngineResolver
from ywstorm.worker.session_trace import MeasuredResponse, Owner, trace_config
from ywstorm_core.loop.vu import VirtualUser
from ywstorm_core.net.dns import Resolver
from ywstorm_core.net.url import join, parse_url

if TYPE_CHECKING:
    from ywstorm_core.loop.foreign import ForeignRequest

__all__ = ["Session", "SessionMaker", "Sessions"]

with warnings.catch_warnings():
    # aiohttp discourages subclasses, but has no other place where a path could be appended to a base URL.
    warnings.simplefilter("ignore", DeprecationWarning)

    class Session(aiohttp.ClientSession):
        """A session of aiohttp that knows whose it is."""

        ATTRS = aiohttp.ClientSession.ATTRS | {"owner"}

        def __init__(self, owner: Owner, **named: Any) -> None:
            super().__init__(**named)
            self.owner = owner

        def _build_url(self, str_or_url: str | URL) -> URL:
            url = URL(str_or_url)
            return url if url.absolute else URL(str(join(self.owner.base, str(url))), encoded=True)


class SessionMaker:
    """
    Makes the sessions of one worker's virtual users.

    Args:
        resolver: The engine's.
        base_url: What a path is appended to; "" when every request names an absolute URL.
        options: Of the run, without problems.
    """

    def __init__(self, resolver: Resolver, base_url: str, options: Options) -> None:
        limits = {name: None if ns is None else ns / 1e9 for name, ns in options.timeouts.in_ns().items()}
        reads = [limit for limit in (limits["first_byte"], limits["body_idle"]) if limit is not None]
        self.base = parse_url(base_url) if base_url else None
        self._timeout = aiohttp.ClientTimeout(
            total=limits["total"],
            sock_connect=limits["connect"],
            sock_read=max(reads) if len(reads) == 2 else None,
        )
        self._user_agent = options.user_agent
        self._opens_each = options.connections == "per_request"
        self._ssl = _ssl_of(options)
        self._resolver = EngineResolver(resolver)
        self._trace = trace_config()
        self._closing: set[asyncio.Future[None]] = set()

    def sessions_of(self, vu: VirtualUser) -> "Sessions":
        """Make the keeper of *vu*'s sessions."""
        return Sessions(self, vu)

    def make(self, owner: Owner, named: dict[str, Any]) -> Session:
        """
        Open a session.

        Args:
            owner: To whom its requests belong.
            named: Arguments of aiohttp.ClientSession, which go before what the options say.
        """
        usual: dict[str, Any] = {
            "timeout": self._timeout,
            "cookie_jar": aiohttp.CookieJar(unsafe=True),  # "unsafe" ones are those of hosts without a name
            "response_class": MeasuredResponse,
        }
        if "connector" not in named:
            usual["connector"] = aiohttp.TCPConnector(
                ssl=self._ssl, resolver=self._resolver, use_dns_cache=False, force_close=self._opens_each
            )
        if not self._user_agent:
            usual["skip_auto_headers"] = ["User-Agent"]
        usual.update(named)
        if self._user_agent:
            usual["headers"] = CIMultiDict(named.get("headers") or ())
            usual["headers"].setdefault("User-Agent", self._user_agent)
        usual["trace_configs"] = [*(named.get("trace_configs") or ()), self._trace]
        return Session(owner, **usual)

    def see_to(self, closing: Awaitable[None]) -> None:
        """Wait for *closing* in the background."""
        task = asyncio.ensure_future(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class Sessions:
    """The sessions of one virtual user, and their requests under way."""

    def __init__(self, maker: SessionMaker, vu: VirtualUser) -> None:
        self.vu = vu
        self.base = maker.base
        self.open_requests: set[ForeignRequest] = set()
        self._maker = maker
        self._usual: Session | None = None
        self._sessions: list[Session] = []

    def open(self, named: dict[str, Any]) -> Session:
        """Give the session of this virtual user, or a new one if there are arguments."""
        if not named and self._usual is not None and not self._usual.closed:
            return self._usual
        session = self._maker.make(self, named)
        if not named:
            self._usual = session
        self._sessions = [*(known for known in self._sessions if not known.closed), session]
        return session

    def close(self) -> None:
        """Cut off what is under way and close every session; the last bytes of its connections go in the background."""
        for request in self.open_requests:
            request.cut_off()
        self.open_requests.clear()
        for session in self._sessions:
            connector, is_ours = session.connector, session.connector_owner
            session.detach()
            if connector is not None and is_ours:
                self._maker.see_to(connector.close())


def _ssl_of(options: Options) -> ssl.SSLContext | bool:
    """What aiohttp shall know of certificates; True: verify them by those of the system."""
    if not options.insecure and options.ca_file is options.client_cert is None:
        return True
    context = ssl.create_default_context(cafile=options.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.client_cert is not None:
        context.load_cert_chain(options.client_cert, options.client_key)
    return context
