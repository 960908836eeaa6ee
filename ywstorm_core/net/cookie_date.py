"""
The dates of cookies: read as browsers do, which is far more forgiving than any grammar of dates.

Source: RFC 6265 §5.1.1.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["cookie_date_s"]

_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?")
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?")
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@lru_cache(maxsize=256)
def cookie_date_s(text: str) -> float | None:
    """
    Seconds since 1970 of the value of an Expires attribute; None if it is no date.

    The order of day, month, year and time does not matter, nor does anything that is none of these. Years of two digits
    are 1970 to 2069.
    """
    time = day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (match := _TIME.fullmatch(token)):
            time = int(match[1]), int(match[2]), int(match[3])
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    try:
        return datetime(year, month, day, *time, tzinfo=UTC).timestamp() if year >= 1601 else None
    except ValueError:
        return None
