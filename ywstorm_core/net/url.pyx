"""
Absolute http and https URLs, cut into what a request needs; and queries.

Strict about what would change the meaning of a request line (control characters, spaces), helpful about what only has
to be written differently (letters beyond ASCII). A URL is parsed once per script; `target_of` is what costs something,
for a script may name another path in every request, and it copies nothing when the path is fit to be sent as it is.

Source: RFC 3986; IDNA as in Python's "idna" codec.
"""

from cpython.unicode cimport PyUnicode_READ_CHAR
from libc.stdlib cimport free, malloc

import socket

from ywstorm_core.errors cimport URL_INVALID, URL_SCHEME

__all__ = ["Url", "UrlError", "encode_query", "join", "parse_url", "target_of"]

cdef enum:
    IN_TARGET = 1                  # bits of SAFE: sent as it is in a path or query
    IN_VALUE = 2                   # sent as it is in a name or value of a query

cdef unsigned char[128] SAFE
cdef const char* HEX_DIGITS = "0123456789ABCDEF"


cdef void fill_table():
    cdef int c
    for c in range(128):
        SAFE[c] = IN_TARGET if 32 < c < 127 else 0
    for c in b'"<>\\^`{|}':
        SAFE[c] = 0
    for c in b"-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        SAFE[c] |= IN_VALUE


fill_table()


class UrlError(ValueError):
    def __init__(self, message: str, code: int = URL_INVALID):
        super().__init__(message)
        self.code = code


cdef class Url:

    def __str__(self):
        return f"{self.scheme}://{self.host_header}{self.path_and_query}"

    def __repr__(self):
        return f"Url({str(self)!r})"

    def __eq__(self, other):
        return isinstance(other, Url) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


cpdef Url parse_url(str text):
    cdef Url url = Url.__new__(Url)
    scheme, separator, rest = text.partition("://")
    url.scheme = scheme.lower()
    if not separator:
        raise UrlError(f"{text!r} is no absolute URL: it has to begin with http:// or https://", URL_SCHEME)
    if url.scheme != "http" and url.scheme != "https":
        raise UrlError(f"only http and https URLs can be requested, not {scheme!r}", URL_SCHEME)
    authority, target = split_authority(rest)
    if "@" in authority:
        host = authority.rpartition("@")[2]
        raise UrlError(f"{url.scheme}://…@{host}: a URL may not hold a user name or password; send a header instead")
    host, port = split_port(text, authority)
    default_port = 443 if url.scheme == "https" else 80
    url.is_tls = url.scheme == "https"
    url.port = parse_port(text, port) if port is not None else default_port
    url.host = parse_host(text, host)
    shown = f"[{url.host}]" if ":" in url.host else url.host
    url.host_header = shown if url.port == default_port else f"{shown}:{url.port}"
    url.origin = (url.scheme, url.host, url.port)
    target = target.partition("#")[0]
    url.path_and_query = encoded_target(target if target.startswith("/") else "/" + target)
    url.prefix = url.path_and_query.rstrip("/")
    return url


cpdef Url join(Url base, str reference):
    cdef Url url
    if "://" in reference.partition("?")[0] and not reference.startswith("/"):
        return parse_url(reference)
    url = Url.__new__(Url)
    url.path_and_query = target_of(base, reference)
    url.scheme = base.scheme
    url.host = base.host
    url.port = base.port
    url.host_header = base.host_header
    url.origin = base.origin
    url.is_tls = base.is_tls
    url.prefix = url.path_and_query.rstrip("/")
    return url


cpdef str target_of(Url base, str reference):
    if base is None:
        raise UrlError(f"{reference!r} is no absolute URL, and there is no base_url to append it to")
    if "?" in base.prefix:
        raise UrlError(f"cannot append {reference!r} to {base}: a base_url may not have a query")
    if "#" in reference:
        reference = reference.partition("#")[0]
    if reference.startswith("/"):
        return base.prefix + encoded_target(reference)
    if not reference:
        return base.path_and_query
    if reference.startswith("?"):
        return (base.prefix or "/") + encoded_target(reference)
    return f"{base.prefix}/{encoded_target(reference)}"


cdef tuple split_authority(str rest):
    cdef Py_ssize_t i
    for i in range(len(rest)):
        if rest[i] in "/?#":
            return rest[:i], rest[i:]
    return rest, ""


# Returns the host, brackets kept, and the port's text, None without a colon.
cdef tuple split_port(str text, str authority):
    if authority.startswith("["):
        host, bracket, after = authority.partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise UrlError(f"{text!r}: an IPv6 address stands in brackets, as in http://[::1]:8080/")
        return host + bracket, after[1:] if after else None
    host, colon, port = authority.partition(":")
    if ":" in port:
        raise UrlError(f"{text!r}: an IPv6 address stands in brackets, as in http://[::1]:8080/")
    return host, port if colon else None


cdef int parse_port(str text, str port) except -1:
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise UrlError(f"{text!r}: the port must be a number from 1 to 65535, not {port!r}")
    return int(port)


cdef str parse_host(str text, str host):
    if not host:
        raise UrlError(f"{text!r}: there is no host")
    if host.startswith("["):
        address = host.removeprefix("[").removesuffix("]")
        try:
            return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))
        except (OSError, UnicodeEncodeError) as exc:
            raise UrlError(f"{text!r}: {host} is no IPv6 address") from exc
    host = host.lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as exc:
            raise UrlError(f"{text!r}: {host!r} cannot be written as an internet name ({exc})") from exc
    if len(host) > 253 or not all(is_label(label) for label in host.removesuffix(".").split(".")):
        raise UrlError(f"{text!r}: {host!r} is no host name or address")
    return host


cdef bint is_label(str label):
    return 1 <= len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()


cdef str encoded_target(str target):
    cdef Py_ssize_t i
    cdef Py_UCS4 c
    cdef bint is_fit = True
    for i in range(len(target)):
        c = PyUnicode_READ_CHAR(target, i)
        if c <= 32 or c == 127:
            what = "a space: write %20, or use params=" if c == 32 else f"the control character U+{<int>c:04X}"
            raise UrlError(f"{target!r} contains {what}")
        if c > 127 or not SAFE[c] & IN_TARGET:
            is_fit = False
    return target if is_fit else percent_encoded(utf8_of(target), IN_TARGET)


cdef bytes utf8_of(str text):
    try:
        return text.encode()
    except UnicodeEncodeError as exc:
        raise UrlError(f"{text!r} is not text that can be sent ({exc.reason})") from exc


# Spaces become "+" in values; targets hold none.
cdef str percent_encoded(bytes raw, unsigned char safe):
    cdef const unsigned char* p = raw
    cdef Py_ssize_t n = len(raw), i, size = 0
    cdef char* out = <char*>malloc(3 * n + 1)
    if out == NULL:
        raise MemoryError
    for i in range(n):
        if p[i] < 128 and SAFE[p[i]] & safe:
            out[size] = p[i]
            size += 1
        elif p[i] == c" ":
            out[size] = c"+"
            size += 1
        else:
            out[size] = c"%"
            out[size + 1] = HEX_DIGITS[p[i] >> 4]
            out[size + 2] = HEX_DIGITS[p[i] & 15]
            size += 3
    try:
        return out[:size].decode("ascii")
    finally:
        free(out)


cpdef str encode_query(object params):
    if isinstance(params, str):
        return encoded_target(params.removeprefix("?"))
    pairs = params.items() if hasattr(params, "items") else params
    return "&".join([
        f"{encoded_value(name, name)}={encoded_value(name, item)}"
        for name, value in pairs
        for item in (value if isinstance(value, (list, tuple)) else (value,))
        if item is not None
    ])


cdef str encoded_value(object name, object value):
    if isinstance(value, str):
        return percent_encoded(utf8_of(value), IN_VALUE)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return percent_encoded(str(value).encode(), IN_VALUE)
    if isinstance(value, bytes):
        return percent_encoded(value, IN_VALUE)
    raise TypeError(f"params: {name!r} is {value!r}; str, bytes, int, float, bool, None and lists of them can be sent")
