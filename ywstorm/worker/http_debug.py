"""
``--http-debug``: each request with its answer, as text, in the form that ``curl -v`` has made known.

    load, vu 1, iteration 0: POST http://localhost:3000/api/auth/login, 12.3 ms
    > POST /api/auth/login HTTP/1.1
    > Host: localhost:3000
    > Content-Type: application/json
    < 200
    < Set-Cookie: ***

A request is shown when it has ended, each hop of a redirect by itself. Values of fields and of query parameters whose
names sound like secrets are not; bodies are shown as they are. What aiohttp sends for `vu.session()` is not shown.
"""

import re
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator

from ywstorm_core.errors import RequestError
from ywstorm_core.loop.response import Response
from ywstorm_core.loop.vu import VirtualUser

__all__ = ["MAX_BODY_BYTES", "HttpDebug"]

MAX_BODY_BYTES = 2048

_SECRETS = "authorization|cookie|key|token|secret|password|session|signature"
_SECRET_FIELD = re.compile(rf"^([^:\s]*(?:{_SECRETS})[^:\s]*):.*", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(rf"([?&][^=&\s]*(?:{_SECRETS})[^=&\s]*=)[^&\s#]*", re.IGNORECASE)


class HttpDebug:
    """
    Prints what the engine tells of its requests to stderr: `Engine.on_exchange`.

    Args:
        has_bodies: Whether bodies are printed too, the first `MAX_BODY_BYTES` of each.
    """

    def __init__(self, *, has_bodies: bool) -> None:
        self._has_bodies = has_bodies

    def __call__(
        self, vu: VirtualUser, url: str, head: bytes, body: bytes | None, response: Response | None, answer_head: bytes
    ) -> None:
        """Print one request in one piece, so that those of other virtual users do not come in between."""
        took = ", cut off" if response is None else f", {response.timings.service_ms:.1f} ms"
        method = head.partition(b" ")[0].decode("latin-1")
        lines = [f"{vu.scenario}, vu {vu.id}, iteration {vu.iteration}: {method} {_without_secrets(url)}{took}"]
        lines += _marked(">", self._message(head, body or b""))
        if response is not None:
            lines.append(f"< {response.status or _without_secrets(_failure(response))}")
            lines += _marked("<", self._message(answer_head, response.body))
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()

    def _message(self, head: bytes, body: bytes) -> Iterator[str]:
        """The lines of a head and, if asked for, of its body."""
        yield from (_without_secrets(line) for line in head.decode("latin-1").split("\r\n") if line)
        if self._has_bodies and body:
            yield ""
            yield from _body_lines(body)


def _marked(mark: str, lines: Iterable[str]) -> list[str]:
    return [f"{mark} {line}".rstrip() for line in lines]


def _without_secrets(line: str) -> str:
    return _SECRET_PARAMETER.sub(r"\1***", _SECRET_FIELD.sub(r"\1: ***", line))


def _body_lines(body: bytes) -> list[str]:
    """The beginning of a body that is UTF-8; else its size."""
    try:
        text = getincrementaldecoder("utf-8")().decode(body[:MAX_BODY_BYTES])  # the end may stand inside a character
    except UnicodeDecodeError:
        return [f"({len(body):,} bytes that are no text)"]
    more = [] if len(body) <= MAX_BODY_BYTES else [f"… ({len(body):,} bytes in all)"]
    return [*text.splitlines(), *more]


def _failure(response: Response) -> str:
    """Why nothing was answered that could be used."""
    try:
        response.raise_for_error()
    except RequestError as error:
        return error.message
    return ""
