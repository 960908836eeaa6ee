"""Access tokens, as far as a client can read them: the claims of a JSON Web Token are plain base64."""

import base64
import json
from typing import Any

__all__ = ["church_of", "claims_of", "lifetime_s", "renewal_s"]

_DEFAULT_LIFETIME_S = 900.0
_MARGIN_S = 60.0


def claims_of(token: str) -> dict[str, Any]:
    """What *token* says about itself, unverified; empty if it cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def church_of(token: str) -> str | None:
    """The church that *token* speaks for."""
    church = claims_of(token).get("churchId")
    return church if isinstance(church, str) else None


def lifetime_s(token: str) -> float:
    """
    How long *token* is good for, in seconds from its receipt; 900 if it does not say.

    Its two times are compared with each other and not with our clock, which may differ from the server's.
    """
    claims = claims_of(token)
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float) or expires <= issued:
        return _DEFAULT_LIFETIME_S
    return float(expires - issued)


def renewal_s(token: str) -> float:
    """Seconds from its receipt to the next login: a minute before the end, or half-way if it lives no longer."""
    lifetime = lifetime_s(token)
    return lifetime - _MARGIN_S if lifetime > _MARGIN_S else lifetime / 2
