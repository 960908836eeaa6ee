"""
Addresses of names as a script gives them, past DNS: what `options(hosts=…)` means.

Keys are a name or "*.name", each with or without a port; "*.example.com" stands for every name below it, at any
depth. The most exact one wins: a name before a wildcard, a longer wildcard before a shorter one, and of two that differ
in nothing else the one with the port.
"""

import socket
from collections.abc import Iterator, Mapping
from typing import TypeAlias

__all__ = ["HostTable", "parse_host"]

_Key: TypeAlias = tuple[str, int | None]
_Address: TypeAlias = tuple[socket.AddressFamily, str, int | None]


def parse_host(name: str, address: str) -> tuple[_Key, _Address]:
    """
    Read one entry, such as ("api.example.com:443", "127.0.0.1:8443"); an IPv6 address with a port stands in brackets.

    Returns:
        (name in lower case, port or None), (family, address, port or None).

    Raises:
        ValueError: A name, address or port that is none; the message says which.
    """
    host, port = _cut_port(name, name)
    bare = host.removeprefix("*.").lower()
    if not bare or not bare.isascii() or "*" in bare or any(c in bare for c in ":/[]@ "):
        raise ValueError(f"hosts: {name!r} is no name; write 'api.example.com', '*.example.com' or 'name:port'")
    numeric, new_port = _cut_port(address, name)
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, numeric)
        except (OSError, ValueError):
            continue
        return (f"*.{bare}" if host.startswith("*.") else bare, port), (
            family,
            socket.inet_ntop(family, packed),
            new_port,
        )
    raise ValueError(
        f"hosts: {address!r} for {name!r} is no address; write '10.0.0.1', '10.0.0.1:8443' or '[::1]:8443'"
    )


def _cut_port(text: str, name: str) -> tuple[str, int | None]:
    """Host without brackets, and the port or None."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    elif text.count(":") > 1:  # an IPv6 address without brackets
        return text, None
    else:
        host, colon, port = text.partition(":")
    if not colon:
        return host, None
    if colon != ":" or not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError(f"hosts: {text!r} in the entry of {name!r} has no port from 1 to 65535 behind its colon")
    return host, int(port)


class HostTable:
    """
    The entries of one run.

    Args:
        hosts: As `parse_host` reads them.

    Raises:
        ValueError: An entry that cannot be read.
    """

    def __init__(self, hosts: Mapping[str, str] | None = None) -> None:
        self._addresses = dict(parse_host(name, address) for name, address in (hosts or {}).items())

    def address_of(self, host: str, port: int) -> tuple[socket.AddressFamily, str, int] | None:
        """Family, address and port to connect to instead of *host* (in lower case) and *port*; None: ask DNS."""
        if not self._addresses:
            return None
        for name in _names_for(host):
            found = self._addresses.get((name, port)) or self._addresses.get((name, None))
            if found is not None:
                family, address, new_port = found
                return family, address, port if new_port is None else new_port
        return None


def _names_for(host: str) -> Iterator[str]:
    yield host
    above = host.partition(".")[2]
    while above:
        yield f"*.{above}"
        above = above.partition(".")[2]
