"""
What can be set from outside, with ``-e NAME=VALUE`` or in the environment.

    BASE_URL        the server's root, with or without /api         http://localhost:3000
    USERS_FILE      JSON list of {"email", "password", "churchId"?}
    EMAIL PASSWORD  one user, when there is no USERS_FILE
    USERS           how many users to register when there is neither  5
    REGISTER        1 registers them on a public address too
    CHURCH_ID       the church that every user must belong to
    FORWARDED_FOR   1 gives each virtual user an address of its own
    ADMIN_TOKEN     an admin's access token: the test data are deleted after the run
"""

import re

from ywstorm import env

__all__ = [
    "ADMIN_TOKEN",
    "CHURCH_ID",
    "EMAIL",
    "FORWARDED_FOR",
    "PASSWORD",
    "REGISTER",
    "ROOT",
    "USERS",
    "USERS_FILE",
    "count_of",
    "is_on",
    "missing_half",
    "root_of",
    "users_to_register",
]

_COUNT = re.compile(r"[1-9][0-9]{0,4}")


def root_of(url: str) -> str:
    """The server's root: *url* without a trailing ``/`` and ``/api``."""
    return url.rstrip("/").removesuffix("/api").rstrip("/")


def count_of(text: str) -> int:
    """The number that *text* counts, from 1 to 99,999; raises ValueError if it is no such number."""
    if _COUNT.fullmatch(text) is None:
        raise ValueError("a whole number from 1 to 99,999 is needed")
    return int(text)


def is_on(text: str) -> bool:
    """Whether a variable that is a switch is on; raises ValueError if that cannot be told."""
    if text not in {"", "0", "1"}:
        raise ValueError("1 turns it on, 0 off")
    return text == "1"


ROOT = env("BASE_URL", "http://localhost:3000", read=root_of)
USERS_FILE = env("USERS_FILE", "")
EMAIL = env("EMAIL", "")
PASSWORD = env("PASSWORD", "")
USERS = env("USERS", 5, read=count_of)
REGISTER = env("REGISTER", False, read=is_on)
CHURCH_ID = env("CHURCH_ID", "")
FORWARDED_FOR = env("FORWARDED_FOR", False, read=is_on)
ADMIN_TOKEN = env("ADMIN_TOKEN", "")


def users_to_register() -> int:
    """How many users this run registers; 0 if it is told who they are."""
    return 0 if USERS_FILE or EMAIL else USERS


def missing_half() -> str:
    """What is wrong if half of a user is given, as a sentence; else \"\"."""
    if USERS_FILE or bool(EMAIL) == bool(PASSWORD):
        return ""
    given, missing = (f"EMAIL={EMAIL}", "PASSWORD") if EMAIL else ("PASSWORD", "EMAIL")
    return f"{given} is given without {missing}: one user needs both"
