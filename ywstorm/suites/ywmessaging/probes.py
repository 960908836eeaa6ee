"""
One probe for each user, before the load: can it log in, is it of the right church, has that anything to work with?

The probe is the request that the selected scenarios depend on: a message to all, and before the conversation scenario
the list of conversations. Its answer also tells the server's rate limits.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ywstorm import VU, Response
from ywstorm.suites.ywmessaging import settings
from ywstorm.suites.ywmessaging.client import reason, request_token, send
from ywstorm.suites.ywmessaging.limits import demand_of, foresee, limits_of
from ywstorm.suites.ywmessaging.shapes import json_of
from ywstorm.suites.ywmessaging.tokens import church_of
from ywstorm.suites.ywmessaging.users import User

__all__ = ["Probe", "judge", "probe_all"]

_LOG = logging.getLogger(__name__)
_NOBODY = "No valid recipients found"
_REFUSED = (400, 401, 403)
_PROBES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Probe:
    """What became of one user's login and, if that went well, of what it asked for then."""

    user: User
    login: Response
    token: str = ""
    answers: tuple[Response, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the server knows better than to let this user in; a server in trouble is another matter."""
        return not self.token and self.login.status in _REFUSED

    @property
    def has_nobody(self) -> bool:
        """Whether its church is empty."""
        return any(_NOBODY in answer.text or _is_empty_list(answer) for answer in self.answers)


async def probe_all(vu: VU, users: Sequence[User]) -> list[Probe]:
    """Probe every user, a few at a time."""
    probes: list[Probe] = []
    for first in range(0, len(users), _PROBES_AT_ONCE):
        some = enumerate(users[first : first + _PROBES_AT_ONCE], start=first + 1)
        probes += await asyncio.gather(*(_probe(vu, user, -number) for number, user in some))
    return probes


async def _probe(vu: VU, user: User, caller: int) -> Probe:
    token, login = await request_token(vu, user, caller)
    if not token:
        return Probe(user, login)
    answers = []
    if vu.scenarios.keys() - {"conversation"}:
        message = {"content": "Load test: probe", "targetType": "all"}
        path = "/messages/send"
        answers.append(await send(vu, "POST", path, endpoint="message", token=token, json=message, caller=caller))
    if "conversation" in vu.scenarios:
        path = "/messages/conversations"
        answers.append(await send(vu, "GET", path, endpoint="conversations", token=token, caller=caller))
    return Probe(user, login, token, tuple(answers))


def judge(vu: VU, probes: Sequence[Probe], *, n_registered: int) -> None:
    """
    Abort if the run cannot work; warn of what will make it less than it could be.

    Args:
        vu: Of setup.
        probes: Of all users.
        n_registered: How many of them this run has registered.
    """
    if all(probe.is_refused for probe in probes):
        vu.abort(f"no user could log in; {probes[0].user['email']}: {reason(probes[0].login)}")
    for probe in probes:
        _judge_one(vu, probe)
    answered = [answer for probe in probes for answer in (probe.login, *probe.answers)]
    sentence = foresee(
        limits_of(answer.headers for answer in answered),
        demand_of(vu.scenarios),
        users=len(probes),
        spent=len(answered) + n_registered,
        is_forwarded=settings.FORWARDED_FOR,
    )
    if sentence:
        _LOG.warning(sentence)


def _judge_one(vu: VU, probe: Probe) -> None:
    email = probe.user["email"]
    if not probe.token:
        _LOG.warning("%s could not log in: %s", email, reason(probe.login))
        return
    church = church_of(probe.token)
    for expected in filter(None, (probe.user.get("churchId"), settings.CHURCH_ID)):
        if church != expected:
            vu.abort(f"{email} belongs to the church {church}, not to {expected}: see CHURCH_ID and USERS_FILE")
    if probe.has_nobody:
        vu.abort(f"the church of {email} has no members or conversations: seed it, or name a seeded user in USERS_FILE")
    for answer in probe.answers:
        if not answer.ok:
            _LOG.warning("the probe of %s failed: %s", email, reason(answer))


def _is_empty_list(answer: Response) -> bool:
    body = json_of(answer)
    return isinstance(body, dict) and body.get("data") == []
