"""Request bodies, checked field by field: every fault is reported at once, as the users' server does."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from ywstorm.servers.ywmessaging.answers import validation_failed

__all__ = ["Fields", "days_of", "is_uuid", "page_of"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_MAX_LIMIT = 100
_MAX_PAGE = 1_000_000


class Fields:
    """
    The fields of one body.

    Read each field with the method of its type, then call :meth:`done`, which raises a 400 that names every fault.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body
        self._faults: list[dict[str, str]] = []

    def text(self, field: str, low: int = 1, high: int = 200) -> str:
        """A string of *low* to *high* characters."""
        value = self._body.get(field)
        if not isinstance(value, str):
            return self._fault(field, "Required" if value is None else "Expected string", "invalid_type")
        if "\0" in value:  # which PostgreSQL cannot store
            return self._fault(field, "Invalid character", "invalid_string")
        if len(value) < low:
            return self._fault(field, f"Must be at least {low} characters", "too_small")
        if len(value) > high:
            return self._fault(field, f"Must be at most {high} characters", "too_big")
        return value

    def email(self, field: str) -> str:
        """An e-mail address, in lower case."""
        value = self.text(field)
        if value and not _EMAIL.fullmatch(value):
            return self._fault(field, "Invalid email address", "invalid_string")
        return value.lower()

    def new_password(self, field: str) -> str:
        """A password that may be chosen: eight characters, an upper-case letter and a digit."""
        value = self.text(field, low=8)
        if value and not re.search(r"[A-Z]", value):
            return self._fault(field, "Must contain an uppercase letter", "invalid_string")
        if value and not re.search(r"[0-9]", value):
            return self._fault(field, "Must contain a number", "invalid_string")
        return value

    def one_of(self, field: str, choices: Collection[str]) -> str:
        """One of a few words."""
        value = self._body.get(field)
        if isinstance(value, str) and value in choices:
            return value
        return self._fault(field, f"Expected one of {', '.join(sorted(choices))}", "invalid_enum_value")

    def optional_text(self, field: str) -> str | None:
        """A string, or None if the field is absent."""
        return None if self._body.get(field) is None else self.text(field)

    def uuids(self, field: str) -> list[str]:
        """A list of UUIDs; absent is empty. A form's single value counts as a list of one."""
        value = self._body.get(field)
        values = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(values, list):
            self._fault(field, "Expected array", "invalid_type")
        elif not all(isinstance(item, str) and is_uuid(item) for item in values):
            self._fault(field, "Invalid uuid", "invalid_string")
        else:
            return values
        return []

    def done(self) -> None:
        """Raise ApiError 400 if any field was wrong."""
        if self._faults:
            raise validation_failed(self._faults)

    def _fault(self, field: str, message: str, code: str) -> str:
        self._faults.append({"field": field, "message": message, "code": code})
        return ""


def is_uuid(text: str) -> bool:
    """Whether *text* is a UUID in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def page_of(query: Mapping[str, str], limit: int) -> tuple[int, int]:
    """The asked-for (page, limit), each at least 1; what cannot be read falls back, as the users' server does."""
    return _number(query, "page", 1, most=_MAX_PAGE), _number(query, "limit", limit, most=_MAX_LIMIT)


def days_of(query: Mapping[str, str]) -> int:
    """The asked-for number of days, at most a year; 30 if it cannot be read."""
    return _number(query, "days", 30, most=365)


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, "")
    return min(int(text), most) if _WHOLE_NUMBER.fullmatch(text) else default
