"""
The shared table read by h11 and by llhttp: all three agree on what is an answer and where it ends, or the case is
listed here with the reason. A listed case on which they have come to agree fails too, so that the lists stay true.
"""

import pytest

from tests.reference.http1 import Outcome, read, read_by_h11, read_by_llhttp
from tests.reference.http1_cases import BAD, GOOD

H11 = {
    "one empty line first (T21)": "it tolerates none; RFC 9112 §2.2 lets requests have them, and servers do it",
    "HTTP/1.0 that keeps alive": "it never keeps an HTTP/1.0 connection",
    "two equal lengths (T33)": "it reports them as one field",
    "a list of equal lengths (T33)": "it reports them as one number",
    "a version of the future (T13)": "it leaves the version to its caller",
    "HTTP/2.0": "it leaves the version to its caller",
    "a control byte in a folded line": "it checks lines before it joins them, and folded ones less",
    "a header line of 1 MiB (T27)": "its limit is for heads that are incomplete, and this came whole",
    "many headers (T28)": "it has no limit for their number",
    "a folded trailer (T54)": "it reads trailers like headers; we take no chances behind a body",
    "a trailer ended by LF": "it reads trailers like headers; we take no chances behind a body",
}
LLHTTP = {
    "line feeds alone (T22)": "it became strict about them; real servers still send them, and they are not ambiguous",
    "a folded harmless field (T25)": "it refuses all of them; RFC 9112 §5.2 lets a user agent join them",
    "two equal lengths (T33)": "it refuses any repetition; RFC 9110 §8.6 allows equal ones",
    "a list of equal lengths (T33)": "it refuses lists; RFC 9110 §8.6 allows equal ones",
    "trailers, ignored (T54)": "it reads Content-Length in a trailer as one beside chunked; we never look at trailers",
    "HTTP/1.0 that says both": "to it the last word counts, not close",
    "50 empty lines first (T21)": "it skips any number of them",
}
CASES = [(case[0], case[1]) for case in GOOD] + [(case[0], case[1]) for case in BAD]


def accepted(outcome: Outcome) -> tuple[object, ...]:
    """What two parsers have to agree on; how they refuse is their own business."""
    if outcome.error:
        return ()
    headers = [(name.lower(), value) for name, value in outcome.headers]
    return (outcome.status, headers, outcome.body, outcome.n_used, outcome.is_keep_alive)


@pytest.mark.parametrize(("name", "data"), CASES, ids=[name for name, _ in CASES])
def test_h11_agrees(name: str, data: bytes) -> None:
    agrees = accepted(read_by_h11(data)) == accepted(read(data))

    assert agrees == (name not in H11), H11.get(name)


@pytest.mark.parametrize(("name", "data"), CASES, ids=[name for name, _ in CASES])
def test_llhttp_agrees(name: str, data: bytes) -> None:
    agrees = accepted(read_by_llhttp(data)) == accepted(read(data, closes=False))

    assert agrees == (name not in LLHTTP), LLHTTP.get(name)


def test_the_lists_name_cases() -> None:
    assert set(H11) | set(LLHTTP) <= {name for name, _ in CASES}
