"""Who logs in: users from a file, one from the environment, or users registered for this run."""

import asyncio
import ipaddress
import json
import secrets
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from ywstorm import VU

__all__ = ["User", "is_nearby", "new_user", "read_users", "user_of"]


class User(TypedDict):
    """One account, as it stands in USERS_FILE."""

    email: str
    password: str
    churchId: NotRequired[str]


def user_of(vu: VU) -> User:
    """The account of a virtual user: there may be fewer accounts than virtual users."""
    if vu.data is None:
        vu.abort("nobody to log in as: the users come from setup, so run without --no-setup")
    users: list[User] = vu.data["users"]
    user: User = users[vu.id % len(users)]
    return user


def read_users(path: Path) -> list[User]:
    """
    The accounts of a USERS_FILE.

    Raises:
        ValueError: the file cannot be read, or does not hold a list of accounts; the text says where.
    """
    try:
        entries = json.loads(path.read_bytes())
    except OSError as exc:
        raise ValueError(f"USERS_FILE {path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise ValueError(f"USERS_FILE {path} is no JSON: {exc}") from exc
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"USERS_FILE {path}: a JSON list with at least one account is needed")
    return [_account(entry, f"USERS_FILE {path}, entry {number}") for number, entry in enumerate(entries, start=1)]


def _account(entry: Any, where: str) -> User:
    if not isinstance(entry, dict):
        raise ValueError(f'{where}: {{"email", "password"}} is needed')  # noqa: TRY004 - a fault of the file
    for field in ("email", "password"):  # their values are not shown: they may be secret
        if not isinstance(entry.get(field), str) or not entry[field]:
            raise ValueError(f"{where}: {field} is missing or is not text")
    user = User(email=entry["email"], password=entry["password"])
    church = entry.get("churchId")
    if church is not None:
        if not isinstance(church, str) or not church:
            raise ValueError(f"{where}: churchId is {church!r}; leave it out, or give the id as text")
        user["churchId"] = church
    return user


def new_user() -> User:
    """An account that nobody has yet, with a password that the API accepts."""
    return User(email=f"load-{secrets.token_hex(8)}@example.com", password=f"Storm-1-{secrets.token_hex(8)}")


async def is_nearby(host: str) -> bool:
    """Whether *host* is this machine or in a private network, by every address it has."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return False
    addresses = [_address(str(address[0]).partition("%")[0]) for *_, address in found]
    return bool(addresses) and all(address.is_loopback or address.is_private for address in addresses)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address, out of the IPv6 dress that an IPv4 address may wear: in it even a public one looks private."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
