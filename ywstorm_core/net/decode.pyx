"""
Bodies without their Content-Encoding, bounded whatever they claim.

A few kilobytes can unpack to gigabytes, so every codec is fed piece by piece and stopped as soon as it has given more
than may come out. What is cut off, damaged or followed by something else is an error, never a shorter body. br and zstd
come with the extra `fast` and are loaded with the first body that needs them.

Source: RFC 9110 §8.4, RFC 1950–1952, RFC 7932, RFC 8878, RFC 9659 (the window of zstd).
"""

cimport cython

from ywstorm_core.errors cimport DECODE_BOMB, DECODE_FAILED, TOO_MANY_ENCODINGS

import sys
import zlib
from importlib import import_module

__all__ = ["MAX_BYTES", "DecodeError", "decode"]

cdef enum:
    MAX_ENCODINGS = 5
    MAX_MEMBERS = 1_024            # of a gzip body; frames of a zstd body
    FEED_BYTES = 64 * 1024         # into one call: a codec copies what it hands back unread
    GIVE_BYTES = 1024 * 1024       # out of one call
    GZIP = 31                      # zlib's window bits
    ZLIB = 15
    RAW = -15
    ZSTD_WINDOW_LOG = 23           # 8 MiB: the most that a client has to accept

MAX_BYTES = 64 * 1024 * 1024

cdef str NO_EXTRA = "decoding it needs an extra: pip install 'ywstorm[fast]'"


class DecodeError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Damaged(Exception):
    """What is wrong with an encoded body; the name of its encoding is added on the way out."""


@cython.final
cdef class Unpacked:
    """What has come out so far, and how much still may."""

    cdef list pieces
    cdef int64_t left

    def __cinit__(self, int64_t max_bytes):
        self.pieces = []
        self.left = max_bytes

    cdef Py_ssize_t add(self, bytes piece) except -1:
        cdef Py_ssize_t size = len(piece)
        self.left -= size
        if self.left < 0:
            self.pieces.clear()
            raise DecodeError(DECODE_BOMB, "the body unpacks to more than it may")
        if size:
            self.pieces.append(piece)
        return size

    cdef bytes whole(self):
        return self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)


cpdef bytes decode(bytes body, object encodings, int64_t max_bytes=64 * 1024 * 1024):
    cdef list names = names_of(encodings if isinstance(encodings, str) else ",".join(encodings))
    for name in reversed(names):
        if not body:
            return body            # the answer to a HEAD, a 304: there is nothing to decode
        try:
            body = decode_one(body, name, max_bytes)
        except (zlib.error, Damaged) as error:
            raise DecodeError(DECODE_FAILED, f"{name}: {error}") from error
    return body


cdef list names_of(str listed):
    cdef list names
    if listed.count(",") <= 10 * MAX_ENCODINGS:       # else nobody needs to look at them
        names = [name for name in [item.strip(" \t").lower() for item in listed.split(",")] if name]
        if len(names) <= MAX_ENCODINGS:
            return names
    raise DecodeError(TOO_MANY_ENCODINGS, f"more than {MAX_ENCODINGS} encodings of one body")


cdef bytes decode_one(bytes body, str name, int64_t max_bytes):
    if name == "gzip" or name == "x-gzip":
        return gunzip(body, max_bytes)
    if name == "deflate":
        return deflated(body, max_bytes)
    if name == "br":
        return brotli_decoded(body, max_bytes)
    if name == "zstd":
        return zstd_decoded(body, max_bytes)
    if name == "identity":
        return body
    raise Damaged("this encoding is not known")


# One zlib stream from body[at:]; returns where it ends.
cdef Py_ssize_t inflate(bytes body, Py_ssize_t at, int window_bits, Unpacked out) except -1:
    cdef object codec = zlib.decompressobj(window_bits), view = memoryview(body)
    cdef Py_ssize_t size
    while at < len(body):
        data = view[at:at + FEED_BYTES]
        at += len(data)
        while True:
            size = out.add(codec.decompress(data, GIVE_BYTES))
            if codec.eof:
                return at - len(codec.unused_data)
            data = codec.unconsumed_tail
            if not data and size < GIVE_BYTES:        # a full piece may leave some of itself inside the codec
                break
    raise Damaged("the body is cut off")


cdef bytes gunzip(bytes body, int64_t max_bytes):
    cdef Unpacked out = Unpacked(max_bytes)
    cdef Py_ssize_t at = 0
    for _ in range(MAX_MEMBERS):
        at = inflate(body, at, GZIP, out)
        if at == len(body):
            return out.whole()
    raise DecodeError(DECODE_BOMB, f"a gzip body of more than {MAX_MEMBERS:,} members")


# "deflate" means a zlib stream; servers that took the word for it send a raw one.
cdef bytes deflated(bytes body, int64_t max_bytes):
    cdef Unpacked out = Unpacked(max_bytes)
    cdef Py_ssize_t end
    try:
        end = inflate(body, 0, ZLIB, out)
    except zlib.error:
        out = Unpacked(max_bytes)
        end = inflate(body, 0, RAW, out)
    if end < len(body):
        raise Damaged(f"{len(body) - end:,} bytes follow its end")
    return out.whole()


cdef bytes brotli_decoded(bytes body, int64_t max_bytes):
    cdef object brotli = extra("brotli"), codec = brotli.Decompressor()
    cdef Unpacked out = Unpacked(max_bytes)
    cdef Py_ssize_t at = 0
    if not hasattr(codec, "can_accept_more_data"):
        raise Damaged("this Brotli cannot be stopped when a body is too large: version 1.2 can")
    try:
        while at < len(body):
            data = body[at:at + FEED_BYTES]
            at += len(data)
            while out.add(codec.process(data, output_buffer_limit=GIVE_BYTES)):
                data = b""         # until nothing is left inside; what `can_accept_more_data` says is too early
    except brotli.error as error:
        raise Damaged(str(error)) from error
    if not codec.is_finished():
        raise Damaged("the body is cut off")
    return out.whole()


cdef bytes zstd_decoded(bytes body, int64_t max_bytes):
    cdef object zstd = extra("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    cdef Unpacked out = Unpacked(max_bytes)
    cdef Py_ssize_t at = 0
    try:
        for _ in range(MAX_MEMBERS):
            at = unpack_frame(zstd, body, at, out)
            if at == len(body):
                return out.whole()
    except zstd.ZstdError as error:
        raise Damaged(str(error)) from error
    raise DecodeError(DECODE_BOMB, f"a zstd body of more than {MAX_MEMBERS:,} frames")


cdef Py_ssize_t unpack_frame(object zstd, bytes body, Py_ssize_t at, Unpacked out) except -1:
    cdef object codec = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
    while at < len(body):
        data = body[at:at + FEED_BYTES]
        at += len(data)
        while True:
            out.add(codec.decompress(data, GIVE_BYTES))
            if codec.eof:
                return at - len(codec.unused_data)
            if codec.needs_input:
                break
            data = b""
    raise Damaged("the body is cut off")


cdef object extra(str module):
    try:
        return import_module(module)
    except ImportError as error:
        raise Damaged(NO_EXTRA) from error
