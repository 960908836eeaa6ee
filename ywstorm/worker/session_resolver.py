"""aiohttp's names looked up by the engine: the same cache, threads and `hosts` as for `vu.get`."""

import asyncio
import socket
import struct

from aiohttp.abc import AbstractResolver, ResolveResult

from ywstorm_core.errors import error_info
from ywstorm_core.net.dns import Resolver

__all__ = ["EngineResolver", "LookUpError"]


class LookUpError(OSError):
    """
    A name without an address.

    Args:
        code: ErrorCode of the failure.
    """

    def __init__(self, code: int, host: str) -> None:
        super().__init__(None, f"{host}: {error_info(code).name}")
        self.code = code


class EngineResolver(AbstractResolver):
    """
    A resolver for aiohttp. Numeric addresses do not come here: aiohttp connects to them as they are.

    Args:
        resolver: The engine's.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """
        Look *host* up.

        Raises:
            LookUpError: It has no address of that family.
        """
        origin = self._resolver.origin("http", host, port, f"{host}:{port}")
        if not self._resolver.addresses_of(origin):
            found: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._resolver.resolve(origin, lambda: _wake(found))
            await found
            if origin.error:
                raise LookUpError(origin.error, host)
        results = [_result(host, address) for address in self._resolver.addresses_of(origin)]
        wanted = [result for result in results if family in {socket.AF_UNSPEC, result["family"]}]
        if not wanted:
            raise LookUpError(1104, host)
        return wanted

    async def close(self) -> None:
        """Do nothing: the engine's resolver is not aiohttp's to close."""


def _wake(found: asyncio.Future[None]) -> None:
    if not found.done():  # else nobody waits any more
        found.set_result(None)


def _result(host: str, address: bytes) -> ResolveResult:
    """What aiohttp wants to know of a packed ``sockaddr``."""
    (family,) = struct.unpack_from("=H", address)
    (port,) = struct.unpack_from(">H", address, 2)
    numeric = address[4:8] if family == socket.AF_INET else address[8:24]
    return ResolveResult(
        hostname=host,
        host=socket.inet_ntop(family, numeric),
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )
