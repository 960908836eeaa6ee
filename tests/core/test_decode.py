"""Bodies without their encoding: what is read, what is damaged, and what is a bomb (C6, T37, T64 to T66)."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import brotli
import pytest

from ywstorm_core.net.decode import MAX_BYTES, DecodeError, decode

zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

TEXT = b"".join(b"%d bottles of beer on the wall\n" % n for n in range(20_000))


def raw_deflate(data: bytes) -> bytes:
    """A stream without zlib's frame, as some servers send for "deflate"."""
    codec = zlib.compressobj(wbits=-15)
    return codec.compress(data) + codec.flush()


def brotli_quick(data: bytes) -> bytes:
    """Brotli without the seconds that its best compression takes."""
    return bytes(brotli.compress(data, quality=4))


def zstd_checked(data: bytes) -> bytes:
    """A frame with a checksum, so that every damage shows."""
    return bytes(zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}))


Encode = Callable[[bytes], bytes]
CODECS: dict[str, tuple[str, Encode]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli_quick),
    "zstd": ("zstd", zstd_checked),
}
EACH_CODEC = pytest.mark.parametrize(("name", "encode"), CODECS.values(), ids=CODECS.keys())


def code_of(body: bytes, encodings: str | list[str], max_bytes: int = MAX_BYTES) -> int:
    """The code with which this body is refused; 0: it is not."""
    try:
        decode(body, encodings, max_bytes)
    except DecodeError as error:
        return error.code
    return 0


@EACH_CODEC
@pytest.mark.parametrize("data", [b"", b"x", TEXT, TEXT * 5], ids=["empty", "tiny", "text", "large"])
def test_a_body_comes_out_as_it_went_in(name: str, encode: Encode, data: bytes) -> None:
    assert decode(encode(data), name) == data


@EACH_CODEC
def test_a_body_may_be_as_large_as_the_limit_and_not_a_byte_larger(name: str, encode: Encode) -> None:
    body = encode(TEXT)

    assert len(decode(body, name, len(TEXT))) == len(TEXT)
    assert code_of(body, name, len(TEXT) - 1) == 1702


@EACH_CODEC
def test_a_body_that_is_cut_off_is_no_shorter_body(name: str, encode: Encode) -> None:
    body = encode(TEXT)

    assert {code_of(body[:size], name) for size in (1, 2, 5, 10, 100, len(body) // 2, len(body) - 1)} == {1701}


@EACH_CODEC
def test_a_body_with_something_behind_it_is_refused(name: str, encode: Encode) -> None:
    body = encode(TEXT)

    assert {code_of(body + junk, name) for junk in (b"x", b"\0", b"junk" * 50_000)} == {1701}


@EACH_CODEC
def test_what_is_not_encoded_at_all_is_refused(name: str, encode: Encode) -> None:
    assert encode(b"") != b""
    assert {code_of(body, name) for body in (b'{"ok": true}', b"<html>", b"\0" * 50, b"\xff" * 50)} == {1701}


@pytest.mark.parametrize(("name", "encode"), [CODECS["gzip"], CODECS["deflate"], CODECS["zstd"]])
def test_a_wrong_checksum_is_seen(name: str, encode: Encode) -> None:
    body = bytearray(encode(TEXT))
    body[-5 if name == "gzip" else -1] ^= 1

    assert code_of(bytes(body), name) == 1701


@pytest.mark.parametrize(("name", "encode"), [CODECS["gzip"], CODECS["zstd"]])
def test_a_body_of_many_parts_is_one_body(name: str, encode: Encode) -> None:
    assert decode(encode(b"a") + encode(b"") + encode(TEXT) + encode(b"z"), name) == b"a" + TEXT + b"z"
    assert decode(encode(b"a") * 1024, name) == b"a" * 1024
    assert code_of(encode(b"") * 1025, name) == 1702


MEASURE = """
import sys
from pathlib import Path
from ywstorm_core.net.decode import DecodeError, decode

def peak_kb():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

body, name = Path(sys.argv[1]).read_bytes(), sys.argv[2]
codes = set()
def defuse(max_bytes):
    try:
        decode(body, name, max_bytes)
    except DecodeError as error:
        codes.add(error.code)

defuse(1 << 20)
before_kb = peak_kb()
for _ in range(3):
    defuse(64 << 20)
print(*codes, peak_kb() - before_kb)
"""


@EACH_CODEC
def test_a_bomb_is_stopped_near_the_limit(name: str, encode: Encode, tmp_path: Path) -> None:
    """Of 128 MiB that it claims, memory sees the 64 MiB that a body may have, however many bombs come."""
    bomb = tmp_path / "bomb"
    bomb.write_bytes(encode(bytes(128 << 20)))
    command = [sys.executable, "-c", MEASURE, str(bomb), name]
    code, growth_kb = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()

    assert bomb.stat().st_size < 1 << 20
    assert code == "1702"
    assert int(growth_kb) < (MAX_BYTES >> 10) + 8 * 1024


@EACH_CODEC
def test_a_bomb_inside_a_bomb_is_stopped_at_the_first(name: str, encode: Encode) -> None:
    assert code_of(encode(encode(bytes(32 << 20))), [name, name], 1 << 20) == 1702


@pytest.mark.parametrize(
    ("encodings", "layers"),
    [
        ("gzip, br", [gzip.compress, brotli_quick]),
        (["gzip", "br"], [gzip.compress, brotli_quick]),
        (["deflate", "gzip , br", "zstd"], [zlib.compress, gzip.compress, brotli_quick, zstd_checked]),
        ("GZip", [gzip.compress]),
        (" ,gzip,, identity, ", [gzip.compress]),
        ("identity", []),
        ("", []),
        ([], []),
    ],
)
def test_several_encodings_are_undone_from_the_last_to_the_first(
    encodings: str | list[str], layers: list[Encode]
) -> None:
    body = TEXT
    for encode in layers:
        body = encode(body)

    assert decode(body, encodings) == TEXT


@pytest.mark.parametrize(
    "encodings",
    [
        "gzip, gzip, gzip, gzip, gzip, gzip",
        ["gzip"] * 6,
        ["gzip, gzip, gzip", "gzip, gzip, gzip"],
        ", ".join(["gzip"] * 1000),
        ["identity"] * 1000,
        "," * 1_000_000,
    ],
)
def test_more_than_five_encodings_are_not_even_tried(encodings: str | list[str]) -> None:
    assert code_of(b"anything", encodings) == 1703


def test_five_encodings_are() -> None:
    body = TEXT
    for _ in range(5):
        body = gzip.compress(body)

    assert decode(body, ["gzip"] * 5) == TEXT


@pytest.mark.parametrize("encodings", ["gzip", "br", "zstd", "deflate", "unheard-of", "gzip, br"])
def test_no_body_is_no_error(encodings: str) -> None:
    """What answers a HEAD, and a 304, may be labelled and has no body (T66)."""
    assert decode(b"", encodings) == b""


@pytest.mark.parametrize("name", ["compress", "unheard-of", "aws-chunked", "gzip;q=1"])
def test_an_encoding_that_nobody_knows_is_named(name: str) -> None:
    with pytest.raises(DecodeError, match=f"^{name}: this encoding is not known") as caught:
        decode(b"data", name)

    assert caught.value.code == 1701


@pytest.mark.parametrize(("name", "module"), [("br", "brotli"), ("zstd", zstd.__name__)])
def test_without_the_extra_it_is_told_how_to_get_it(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DecodeError, match=r"pip install 'ywstorm\[fast\]'") as caught:
        decode(b"data", name)

    assert caught.value.code == 1701


def test_a_zstd_window_larger_than_browsers_take_is_refused() -> None:
    parameter = zstd.CompressionParameter
    options = {parameter.window_log: 24, parameter.enable_long_distance_matching: 1, parameter.content_size_flag: 0}
    codec = zstd.ZstdCompressor(options=options)
    body = codec.compress(TEXT) + codec.flush()

    assert code_of(body, "zstd") == 1701
