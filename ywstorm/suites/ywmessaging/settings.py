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
    "faults",
    "is_on",
    "root_of",
    "users_to_register",
]

_COUNT = re.compile(r"[1-9][0-9]{0,4}")


def root_of(url: str) -> str:
    """The server's root: *url* without a trailing ``/`` and ``/api``."""
    return url.rstrip("/").removesuffix("/api").rstrip("/")


ROOT = root_of(env("BASE_URL", "http://localhost:3000"))
USERS_FILE = env("USERS_FILE", "")
EMAIL = env("EMAIL", "")
PASSWORD = env("PASSWORD", "")
USERS = env("USERS", "5")
REGISTER = env("REGISTER", "")
CHURCH_ID = env("CHURCH_ID", "")
FORWARDED_FOR = env("FORWARDED_FOR", "")
ADMIN_TOKEN = env("ADMIN_TOKEN", "")


def users_to_register() -> int:
    """How many users this run registers; 0 if it is told who they are, or is told nonsense."""
    return 0 if USERS_FILE or EMAIL else count_of(USERS)


def count_of(text: str) -> int:
    """The number that *text* counts, from 1 to 99,999; 0 if it is no such number."""
    return int(text) if _COUNT.fullmatch(text) else 0


def is_on(switch: str) -> bool:
    """Whether a variable that is a switch is on."""
    return switch == "1"


def faults() -> list[str]:
    """What is wrong with the values, one sentence for each."""
    found = [
        f"{name}={value}: 1 turns it on, 0 off"
        for name, value in (("REGISTER", REGISTER), ("FORWARDED_FOR", FORWARDED_FOR))
        if value not in {"", "0", "1"}
    ]
    if USERS_FILE:
        return found
    if bool(EMAIL) != bool(PASSWORD):
        given, missing = (f"EMAIL={EMAIL}", "PASSWORD") if EMAIL else ("PASSWORD", "EMAIL")
        found.append(f"{given} is given without {missing}: one user needs both")
    elif not EMAIL and not count_of(USERS):
        found.append(f"USERS={USERS}: a whole number from 1 to 99,999 is needed")
    return found
