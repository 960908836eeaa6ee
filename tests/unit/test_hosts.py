"""Addresses past DNS: which entry of `hosts` a connection follows, and what is no entry."""

import socket

import pytest

from ywstorm_core.net.hosts import HostTable, parse_host

HOSTS = {
    "api.example.com": "10.0.0.1",
    "api.example.com:8443": "10.0.0.2:443",
    "*.example.com": "10.0.0.3",
    "*.deep.example.com": "10.0.0.4:81",
    "*.deep.example.com:99": "10.0.0.5",
    "V6.Example.Org": "::1",
    "v6.example.org:80": "[::2]:8080",
}


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("api.example.com", 443, ("10.0.0.1", 443)),
        ("api.example.com", 8443, ("10.0.0.2", 443)),
        ("www.example.com", 443, ("10.0.0.3", 443)),
        ("a.b.example.com", 443, ("10.0.0.3", 443)),
        ("x.deep.example.com", 443, ("10.0.0.4", 81)),
        ("x.deep.example.com", 99, ("10.0.0.5", 99)),
        ("deep.example.com", 99, ("10.0.0.3", 99)),
        ("example.com", 443, None),
        ("badexample.com", 443, None),
        ("api.example.com.evil.org", 443, None),
        ("v6.example.org", 443, ("::1", 443)),
        ("v6.example.org", 80, ("::2", 8080)),
        ("com", 443, None),
    ],
)
def test_the_most_exact_entry_wins(host: str, port: int, address: tuple[str, int] | None) -> None:
    found = HostTable(HOSTS).address_of(host, port)

    assert (found and found[1:]) == address
    assert found is None or found[0] == (socket.AF_INET6 if ":" in found[1] else socket.AF_INET)


def test_without_entries_dns_is_asked() -> None:
    assert HostTable().address_of("example.com", 80) is None
    assert HostTable({}).address_of("example.com", 80) is None


@pytest.mark.parametrize(
    ("name", "address", "told"),
    [
        ("", "10.0.0.1", "'' is no name"),
        ("*", "10.0.0.1", "is no name"),
        ("*.", "10.0.0.1", "is no name"),
        ("a.*.com", "10.0.0.1", "is no name"),
        ("**.com", "10.0.0.1", "is no name"),
        ("http://api.example.com", "10.0.0.1", "no port from 1 to 65535"),
        ("api.example.com/x", "10.0.0.1", "is no name"),
        ("bücher.example", "10.0.0.1", "is no name"),
        ("a:b:c", "10.0.0.1", "is no name"),
        ("api.example.com:0", "10.0.0.1", "no port from 1 to 65535"),
        ("api.example.com:http", "10.0.0.1", "no port from 1 to 65535"),
        ("api.example.com:", "10.0.0.1", "no port from 1 to 65535"),
        ("api.example.com", "", "'' for 'api.example.com' is no address"),
        ("api.example.com", "localhost", "is no address"),
        ("api.example.com", "10.0.0", "is no address"),
        ("api.example.com", "10.0.0.1:x", "no port from 1 to 65535"),
        ("api.example.com", "10.0.0.1:65536", "no port from 1 to 65535"),
        ("api.example.com", "[::1]8080", "no port from 1 to 65535"),
        ("api.example.com", "[::1]:", "no port from 1 to 65535"),
        ("api.example.com", "10.0.0.1\0", "is no address"),
    ],
)
def test_what_is_no_entry_is_told(name: str, address: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_host(name, address)
