"""
Forms with files, as `multipart/form-data`.

Names and file names are escaped as browsers do it (the WHATWG standard), so that no form can end its own header line;
what could not be sent at all is a ValueError. The boundary is drawn at random until it occurs nowhere in the data.

Source: RFC 7578; WHATWG HTML, "multipart form data".
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["File", "Form", "encode_multipart", "is_multipart"]

Scalar: TypeAlias = str | bytes | int | float | bool | None
"""What a field holds besides a file."""

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # those that no escape exists for
_FIELD_TEXT = re.compile(r"[\t\x20-\x7e]+")


@dataclass(frozen=True, slots=True, init=False)
class File:
    """
    A file in a form: `form={"avatar": File(Path("me.png"), content_type="image/png")}`.

    Make it once, outside of the scenario: a path is read when the File is made.

    Args:
        data: The content, or the path of a file that holds it. Text is sent as UTF-8.
        filename: What the server is told; default: the name of the path, else "file".
        content_type: What the server is told; default: application/octet-stream.

    Raises:
        OSError: The path cannot be read.
        TypeError: *data* is something else.
        ValueError: A control character in *filename* or *content_type*.
    """

    data: bytes = field(repr=False)
    filename: str
    content_type: str

    def __init__(self, data: bytes | str | Path, filename: str | None = None, content_type: str | None = None) -> None:
        if isinstance(data, Path):
            filename = data.name if filename is None else filename
            data = data.read_bytes()
        elif isinstance(data, str):
            data = data.encode()
        elif not isinstance(data, bytes):
            raise TypeError(f"File: the data is bytes, text or a Path, not {data!r}")
        if content_type is not None and not _FIELD_TEXT.fullmatch(content_type):
            raise ValueError(f"File: {content_type!r} cannot be sent as a content type")
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "filename", "file" if filename is None else filename)
        object.__setattr__(self, "content_type", content_type or "application/octet-stream")
        _escaped(self.filename)


Form: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]
"""
Fields of a form: text, bytes, numbers, Files, or lists and tuples of these, which repeat the name. None is left out,
booleans are "true" and "false".
"""


def is_multipart(form: object) -> bool:
    """Whether a form holds a File, and so has to be sent as `multipart/form-data`. A mapping or a sequence of pairs."""
    if isinstance(form, Mapping):
        return any(_holds_file(value) for value in form.values())
    return isinstance(form, (list, tuple)) and any(pair and _holds_file(pair[-1]) for pair in form)


def encode_multipart(form: Form) -> tuple[bytes, str]:
    """
    Write a form.

    Returns:
        The body, and the value of its Content-Type.

    Raises:
        TypeError: A value of another type.
        ValueError: A control character in a name, other than CR and LF, which are escaped.
    """
    parts = [_part(name, item) for name, item in _items(form)]
    boundary = _boundary([data for _, data in parts])
    line = b"--" + boundary
    chunks = [chunk for head, data in parts for chunk in (line, b"\r\n", head, data, b"\r\n")]
    return b"".join([*chunks, line, b"--\r\n"]), f"multipart/form-data; boundary={boundary.decode()}"


def _holds_file(value: object) -> bool:
    return isinstance(value, File) or (isinstance(value, (list, tuple)) and any(isinstance(v, File) for v in value))


def _items(form: Form) -> Iterator[tuple[str, Scalar | File]]:
    for name, value in form.items() if isinstance(form, Mapping) else form:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if item is not None:
                yield name, item


def _part(name: str, item: Scalar | File) -> tuple[bytes, bytes]:
    """Header lines of one part, the empty line included, and its data."""
    head = f'Content-Disposition: form-data; name="{_escaped(name)}"'
    if isinstance(item, File):
        head += f'; filename="{_escaped(item.filename)}"\r\nContent-Type: {item.content_type}'
    return f"{head}\r\n\r\n".encode(), item.data if isinstance(item, File) else _bytes_of(name, item)


def _bytes_of(name: str, item: Scalar) -> bytes:
    match item:
        case bool():
            return b"true" if item else b"false"
        case bytes():
            return item
        case str() | int() | float():
            return str(item).encode()
    raise TypeError(
        f"form: {name!r} is {item!r}; str, bytes, int, float, bool, None, File and lists of them can be sent"
    )


def _escaped(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"form: the name {name!r} is no text")
    if _CONTROLS.search(name):
        raise ValueError(f"form: {name!r} holds a control character")
    return name.translate(_ESCAPES)


def _boundary(contents: list[bytes]) -> bytes:
    while True:
        boundary = f"ywstorm-{secrets.token_hex(16)}".encode()
        if not any(boundary in data for data in contents):
            return boundary
