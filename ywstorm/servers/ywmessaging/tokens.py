"""Tokens: JSON Web Tokens that say who calls, and the list of those that no longer count."""

import secrets
import time
from dataclasses import dataclass

import jwt

from ywstorm.servers.ywmessaging.answers import ApiError

__all__ = ["Identity", "Tokens"]

_ALGORITHM = "HS256"
_PRUNE_ABOVE = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token speaks for. The church comes from here and from nowhere else."""

    admin_id: str
    church_id: str
    role: str


class Tokens:
    """
    Makes, reads and revokes tokens; the keys live as long as the server.

    Args:
        access_s: Life of an access token in seconds.
        refresh_s: Life of a refresh token in seconds.
    """

    def __init__(self, access_s: int, refresh_s: int) -> None:
        self._lives = {"access": access_s, "refresh": refresh_s}
        self._keys = {kind: secrets.token_hex(32) for kind in self._lives}
        self._revoked: dict[str, float] = {}
        self._closed_churches: set[str] = set()

    def access(self, who: Identity) -> str:
        """A token for the ``Authorization`` header."""
        return self._make("access", who)

    def refresh(self, who: Identity) -> str:
        """A token that buys a new pair."""
        return self._make("refresh", who)

    def read_access(self, token: str | None) -> Identity:
        """Who calls with *token*; ApiError 401 if nobody may."""
        return self._read("access", token)

    def read_refresh(self, token: str | None) -> Identity:
        """Who wants a new pair with *token*; ApiError 401 if nobody may."""
        return self._read("refresh", token)

    def revoke(self, token: str) -> None:
        """Refuse *token* from now on."""
        now = time.time()
        if len(self._revoked) > _PRUNE_ABOVE:
            self._revoked = {known: until for known, until in self._revoked.items() if until > now}
        self._revoked[token] = now + max(self._lives.values())

    def close_church(self, church_id: str) -> None:
        """Refuse every token of a church that is gone."""
        self._closed_churches.add(church_id)

    def _make(self, kind: str, who: Identity) -> str:
        now = int(time.time())
        claims = {"adminId": who.admin_id, "churchId": who.church_id, "role": who.role}
        return jwt.encode(claims | {"iat": now, "exp": now + self._lives[kind]}, self._keys[kind], _ALGORITHM)

    def _read(self, kind: str, token: str | None) -> Identity:
        if not token:
            raise ApiError(401, {"error": "No token provided"})
        try:
            claims = jwt.decode(token, self._keys[kind], algorithms=[_ALGORITHM], options={"require": ["exp", "iat"]})
        except jwt.InvalidTokenError as exc:
            raise ApiError(401, {"error": "Invalid or expired token"}) from exc
        who = Identity(claims["adminId"], claims["churchId"], claims["role"])
        if token in self._revoked or who.church_id in self._closed_churches:
            raise ApiError(401, {"error": "Token has been revoked. Please log in again."})
        return who
