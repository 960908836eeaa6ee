"""
What can be set from outside, with ``-e NAME=VALUE`` or in the environment.

    BASE_URL        the server's root, with or without /api         http://localhost:3000
    USERS_FILE      JSON list of {"email", "password", "churchId"?}
    EMAIL PASSWORD  one user, when there is no USERS_FILE
    USERS           how many users to register when there is neither  5
    REGISTER        1 registers them on a public address too
    CHURCH_ID       the church that every user must belong to
    FORWARDED_FOR   1 gives each virtual user an address of its own
"""

from ywstorm import env

__all__ = [
    "CHURCH_ID",
    "EMAIL",
    "FORWARDED_FOR",
    "PASSWORD",
    "REGISTER",
    "ROOT",
    "USERS_FILE",
    "USERS_TO_REGISTER",
    "root_of",
    "whole_number",
]


def root_of(url: str) -> str:
    """The server's root: *url* without a trailing ``/`` and ``/api``."""
    return url.rstrip("/").removesuffix("/api").rstrip("/")


def whole_number(name: str, text: str) -> int:
    """The value of a variable that counts something; ValueError unless it is at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"{name}={text}: a whole number of at least 1 is needed")
    return int(text)


ROOT = root_of(env("BASE_URL", "http://localhost:3000"))
USERS_FILE = env("USERS_FILE", "")
EMAIL = env("EMAIL", "")
PASSWORD = env("PASSWORD", "")
CHURCH_ID = env("CHURCH_ID", "")
REGISTER = env("REGISTER", "") == "1"
FORWARDED_FOR = env("FORWARDED_FOR", "") == "1"
USERS_TO_REGISTER = 0 if USERS_FILE or EMAIL else whole_number("USERS", env("USERS", "5"))
