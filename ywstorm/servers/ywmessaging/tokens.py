"""Tokens: JSON Web Tokens that say who calls."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from ywstorm.servers.ywmessaging.answers import ApiError
from ywstorm.servers.ywmessaging.revocations import Revocations

__all__ = ["Identity", "Tokens"]

_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token speaks for. The church comes from here and from nowhere else."""

    admin_id: str
    church_id: str
    role: str


class Tokens:
    """
    Makes, reads and revokes tokens.

    Args:
        keys: What access and refresh tokens are signed with.
        revocations: Which of them no longer count.
        access_s: Life of an access token in seconds.
        refresh_s: Life of a refresh token in seconds.
    """

    def __init__(self, keys: Mapping[str, str], revocations: Revocations, access_s: int, refresh_s: int) -> None:
        self._keys = keys
        self._revocations = revocations
        self._lives = {"access": access_s, "refresh": refresh_s}

    def access(self, who: Identity) -> str:
        """A token for the ``Authorization`` header."""
        return self._make("access", who)

    def refresh(self, who: Identity) -> str:
        """A token that buys a new pair."""
        return self._make("refresh", who)

    async def read_access(self, token: str | None) -> Identity:
        """Who calls with *token*; ApiError 401 if nobody may."""
        return await self._read("access", token)

    async def read_refresh(self, token: str | None) -> Identity:
        """Who wants a new pair with *token*; ApiError 401 if nobody may."""
        return await self._read("refresh", token)

    async def revoke(self, *tokens: str) -> None:
        """Refuse *tokens* from now on."""
        await self._revocations.add(*map(_signature, tokens))

    async def close_church(self, church_id: str) -> None:
        """Refuse every token of a church that is gone."""
        await self._revocations.add(church_id)

    def _make(self, kind: str, who: Identity) -> str:
        now = int(time.time())
        claims = {"adminId": who.admin_id, "churchId": who.church_id, "role": who.role}
        return jwt.encode(claims | {"iat": now, "exp": now + self._lives[kind]}, self._keys[kind], _ALGORITHM)

    async def _read(self, kind: str, token: str | None) -> Identity:
        if not token:
            raise ApiError(401, {"error": "No token provided"})
        try:
            claims = jwt.decode(token, self._keys[kind], algorithms=[_ALGORITHM], options={"require": ["exp", "iat"]})
        except jwt.InvalidTokenError as exc:
            raise ApiError(401, {"error": "Invalid or expired token"}) from exc
        who = Identity(claims["adminId"], claims["churchId"], claims["role"])
        if await self._revocations.include(_signature(token), who.church_id):
            raise ApiError(401, {"error": "Token has been revoked. Please log in again."})
        return who


def _signature(token: str) -> str:
    """The last part of a token: as good a name for it as the whole, and shorter."""
    return token.rpartition(".")[2]
