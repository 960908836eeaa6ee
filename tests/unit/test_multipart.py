"""Forms with files, as a parser of other people reads them."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ywstorm_core.net.multipart import File, Form, encode_multipart, is_multipart

Part = tuple[object, str | None, str, object]


def parts_of(form: Form) -> list[Part]:
    """(name, file name, content type, data) of each part, read by the standard library."""
    body, content_type = encode_multipart(form)
    head = f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    assert isinstance(message, EmailMessage)
    assert message.is_multipart()
    assert message.defects == []
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


def test_a_form_is_read_as_it_was_written() -> None:
    form = {
        "title": "Grüße",
        "n": 3,
        "ratio": 0.5,
        "yes": True,
        "no": False,
        "none": None,
        "raw": b"\0\xff",
        "t": ["a", "b"],
    }

    assert parts_of(form) == [
        ("title", None, "text/plain", "Grüße".encode()),
        ("n", None, "text/plain", b"3"),
        ("ratio", None, "text/plain", b"0.5"),
        ("yes", None, "text/plain", b"true"),
        ("no", None, "text/plain", b"false"),
        ("raw", None, "text/plain", b"\0\xff"),
        ("t", None, "text/plain", b"a"),
        ("t", None, "text/plain", b"b"),
    ]


def test_files_have_names_and_types(tmp_path: Path) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    avatar = File(path, content_type="image/png")
    path.unlink()

    assert parts_of([("a", avatar), ("b", File("text ü")), ("c", (File(b""), File(b"x", filename="x.bin")))]) == [
        ("a", "me.png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("b", "file", "application/octet-stream", "text ü".encode()),
        ("c", "file", "application/octet-stream", b""),
        ("c", "x.bin", "application/octet-stream", b"x"),
    ]


def test_the_bytes_on_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "0")

    body, content_type = encode_multipart({"a": 1, "f": File(b"data", "n.txt", "text/plain")})

    assert content_type == "multipart/form-data; boundary=ywstorm-0"
    assert body == (
        b'--ywstorm-0\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--ywstorm-0\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\n'
        b"data\r\n--ywstorm-0--\r\n"
    )
    assert encode_multipart({})[0] == b"--ywstorm-0--\r\n"


def test_names_are_escaped_as_browsers_do() -> None:
    body, _ = encode_multipart({'a"\r\nX-Injected: 1': File(b"", filename='"\r\n\r\n.exe')})

    assert b'name="a%22%0D%0AX-Injected: 1"; filename="%22%0D%0A%0D%0A.exe"\r\n' in body


def test_a_boundary_that_occurs_in_the_data_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter("0012")
    monkeypatch.setattr("secrets.token_hex", lambda _: next(drawn))
    body, content_type = encode_multipart({"a": "--ywstorm-0", "b": File(b"\r\n--ywstorm-1--\r\n")})

    assert content_type.endswith("ywstorm-2")
    assert body.endswith(b"--ywstorm-2--\r\n")


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), st.binary())))
def test_any_data_arrives_unchanged(fields: list[tuple[str, bytes]]) -> None:
    body, content_type = encode_multipart([(name, File(data)) for name, data in fields])
    line = b"--" + content_type.partition("boundary=")[2].encode()
    first, *parts, last = (b"\r\n" + body).split(b"\r\n" + line)

    assert (first, last) == (b"", b"--\r\n")
    assert [part.partition(b"\r\n\r\n")[2] for part in parts] == [data for _, data in fields]


@pytest.mark.parametrize(
    ("form", "has_file"),
    [
        ({"a": File(b"")}, True),
        ({"a": 1, "b": [1, File(b"")]}, True),
        ([("a", File(b""))], True),
        ([("a", ("x", File(b"")))], True),
        ([["a", File(b"")]], True),
        ([()], False),
        ({"a": "1"}, False),
        ([("a", "1")], False),
        ("a=1", False),
        (None, False),
        ({}, False),
    ],
)
def test_only_a_form_with_a_file_is_multipart(form: object, has_file: bool) -> None:
    assert is_multipart(form) is has_file


@pytest.mark.parametrize(
    "make",
    [
        lambda: encode_multipart({"a\0": "1"}),
        lambda: encode_multipart({"a\x7f": "1"}),
        lambda: File(b"", filename="a\0.txt"),
        lambda: File(b"", content_type="text/plain\r\nX-Injected: 1"),
        lambda: File(b"", content_type=""),
        lambda: File(b"", content_type="tëxt"),
    ],
)
def test_what_cannot_be_sent_is_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"control character|cannot be sent"):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "make",
    [
        lambda: encode_multipart({"a": object()}),
        lambda: encode_multipart({1: "a"}),  # type: ignore[arg-type]
        lambda: File(None),  # type: ignore[arg-type]
        lambda: File(bytearray(b"x")),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_form_or_file_is_refused(make: object) -> None:
    with pytest.raises(TypeError):
        make()  # type: ignore[operator]


def test_a_path_that_does_not_exist_is_told_when_the_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        File(tmp_path / "gone.png")


def test_a_file_is_a_value() -> None:
    assert File(b"x", "n") == File("x", "n")
    assert hash(File(b"x")) == hash(File(b"x"))
    assert repr(File(b"x" * 1000, "n")) == "File(filename='n', content_type='application/octet-stream')"
    with pytest.raises(AttributeError):
        File(b"x").filename = "other"  # type: ignore[misc]
