"""
Flags that override the options of a script, and sentences that say what they changed.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from urllib.parse import urlsplit

from ywstorm.config import Options, Timeouts
from ywstorm.script.flags import Flags
from ywstorm.script.model import Script

__all__ = ["overridden"]

_SAME_NAME = ("max_redirects", "user_agent", "ca_file", "client_cert", "client_key", "dns_ttl", "seed", "http_debug")
_SWITCHES = ("insecure", "discard_bodies", "reset_cookies")


def overridden(script: Script, flags: Flags) -> tuple[Options, list[str]]:
    """
    Apply flags without problems to the options of a script.

    Returns:
        The options, which may now have problems, and a sentence for each option that is another one now; tags, which
        are added to the script's, need none.
    """
    was = script.options
    given: dict[str, Any] = {name: value for name in _SAME_NAME if (value := getattr(flags, name)) is not None}
    given |= {name: True for name in _SWITCHES if getattr(flags, name)}
    given |= _translated(script, flags)
    options = replace(was, **given, tags={**was.tags, **flags.run_tags()})
    changes = [
        f"{name}: {_shown(getattr(options, name))}, not {_shown(getattr(was, name))}"
        for name in (field.name for field in fields(Options))
        if name in given and getattr(options, name) != getattr(was, name)
    ]
    return options, changes


def _translated(script: Script, flags: Flags) -> dict[str, Any]:
    """Options whose flags have another form."""
    was = script.options
    given: dict[str, Any] = {}
    base_url = _base_url(script, flags)
    if base_url is not None:
        given["base_url"] = base_url
    if flags.timeout is not None:  # limits of phases stay as they are
        has_phases = isinstance(was.timeout, Timeouts | Mapping)
        given["timeout"] = replace(was.timeouts, total=flags.timeout) if has_phases else flags.timeout
    if flags.hosts:
        given["hosts"] = {**was.hosts, **flags.host_addresses()}
    if flags.expected_statuses is not None:
        given["expected_statuses"] = [text.strip() for text in flags.expected_statuses.split(",")]
    if flags.no_connection_reuse:
        given["connections"] = "per_request"
    elif flags.no_vu_connection_reuse:
        given["connections"] = "per_iteration"
    elif flags.connections is not None:
        given["connections"] = flags.connections
    return given


def _base_url(script: Script, flags: Flags) -> str | None:
    """
    Give the base URL of the flags, or None if the script's stands.

    A script that asks for BASE_URL has seen the flag's value. When it made its own base URL of it, such as one with
    ``/api`` at its end, it knew better.
    """
    url = flags.base_url
    if url is None or ("BASE_URL" in script.env_names and _origin(script.options.base_url) == _origin(url)):
        return None
    return url


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _shown(value: object) -> str:
    """An option as a sentence has it."""
    match value:
        case Timeouts():
            return f"{value.total} in all"
        case Mapping():
            parts = [f"{key}={item}" for key, item in value.items()]
        case list() | tuple():
            parts = [str(item) for item in value]
        case 0 if not isinstance(value, bool):
            return "0"
        case _:
            parts = [str(value)] if value else []
    return ", ".join(parts) or "none"
