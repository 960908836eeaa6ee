"""The table of request outcomes is complete, readable and tells the right exception."""

import pickle
import re
from pathlib import Path

import pytest

import ywstorm_core
from ywstorm_core.errors import (
    ERRORS,
    ConnectError,
    NoResponse,
    ProtocolError,
    ReadError,
    RequestError,
    RequestTimeout,
    ResolveError,
    WriteError,
    error_info,
    request_error,
)

DECLARED = {
    int(number)
    for number in re.findall(
        r"^    [A-Z0-9_]+ = (\d+)", (Path(ywstorm_core.__file__).parent / "errors.pxd").read_text(), re.MULTILINE
    )
}


def test_every_code_of_the_core_has_a_row() -> None:
    assert set(ERRORS) == DECLARED - {0}


def test_rows_are_fit_to_be_shown() -> None:
    """Names are unique and of one form; each hint is one line that a table has room for."""
    names = [info.name for info in ERRORS.values()]

    assert len(set(names)) == len(names)
    for code, info in ERRORS.items():
        assert info.code == code
        assert re.fullmatch(r"[a-z]+(\.[a-z0-9_]+)?", info.name)
        assert info.owner in {"target", "network", "generator", "script", "policy"}
        assert 20 <= len(info.hint) <= 140
        assert not info.hint.endswith(".")


@pytest.mark.parametrize(
    ("code", "name", "owner"),
    [
        (1212, "tcp.refused", "target"),
        (1050, "timeout.total", "target"),
        (1901, "gen.ports_exhausted", "generator"),
        (1802, "script.invalid_request", "script"),
        (1400, "http.400", "target"),
        (1404, "http.404", "target"),
        (1599, "http.599", "target"),
        (1399, "unknown", "network"),
        (1600, "unknown", "network"),
        (0, "unknown", "network"),
    ],
)
def test_error_info(code: int, name: str, owner: str) -> None:
    info = error_info(code)

    assert (info.code, info.name, info.owner) == (code, name, owner)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (1212, "is the server running at URL?"),
        (1401, "token"),
        (1403, "right"),
        (1404, "route"),
        (1429, "limit"),
        (1500, "log"),
        (1503, "load"),
    ],
)
def test_hints_say_what_to_do(code: int, word: str) -> None:
    assert word in error_info(code).hint


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1050, RequestTimeout),
        (1101, ResolveError),
        (1201, WriteError),
        (1212, ConnectError),
        (1902, ConnectError),
        (1200, ReadError),
        (1220, ReadError),
        (1222, ReadError),
        (1710, ProtocolError),
        (1728, ProtocolError),
        (1055, RequestError),
        (1404, RequestError),
    ],
)
def test_request_error_picks_the_class(code: int, kind: type[RequestError]) -> None:
    assert type(request_error(code)) is kind


def test_an_exception_says_what_happened() -> None:
    assert str(request_error(1212)) == "tcp.refused: nothing listens there: is the server running at URL?"
    assert str(NoResponse(1212, "GET http://h/: tcp.refused")) == "GET http://h/: tcp.refused"


def test_an_exception_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(request_error(1722, "5 of 6 bytes")))

    assert (type(error), error.code, error.name, str(error)) == (
        ProtocolError,
        1722,
        "http.body_truncated",
        "5 of 6 bytes",
    )
