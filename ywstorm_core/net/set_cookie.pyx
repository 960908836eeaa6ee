"""
One Set-Cookie value: what it says, and whether the server that sent it may set that cookie.

Source: RFC 6265 §5, and its revision (6265bis) where that is stricter: a Secure cookie cannot be set over plain HTTP,
and the names `__Host-` and `__Secure-` keep their promise.
"""

from libc.math cimport INFINITY

from ywstorm_core.net.url cimport Url

import re

from ywstorm_core.net.cookie_date import cookie_date_s

__all__ = ["Cookie", "cookies_of", "parse_set_cookie"]

cdef enum:
    MAX_ATTRIBUTE_SIZE = 1024
    MAX_AGE_S = 400 * 86_400       # a longer Max-Age counts as this

CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]")  # the last of them never came over a wire


cdef class Cookie:
    def __repr__(self):
        return f"<Cookie {self.name}={self.value} {self.domain}{self.path}>"


cdef bint is_address(str host) except -1:
    last = host.removesuffix(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.startswith("0x")


cdef bint is_below(str host, str domain) except -1:
    return host == domain or (host.endswith(f".{domain}") and not is_address(host))


cdef bint is_path_below(str path, str parent) except -1:
    return path.startswith(parent) and (
        len(path) == len(parent) or parent.endswith("/") or path[len(parent)] == "/"
    )


cdef str path_of(str target):
    return target.partition("?")[0]


cpdef Cookie parse_set_cookie(str text, double now_s):
    cdef Cookie cookie = Cookie.__new__(Cookie)
    cdef bint has_max_age = False
    if CONTROLS.search(text):
        return None
    pair, _, rest = text.partition(";")
    name, separator, value = pair.partition("=")
    cookie.name = name.strip(" \t")
    cookie.value = value.strip(" \t")
    if not separator or not cookie.name or len(cookie.name) + len(cookie.value) > MAX_COOKIE_SIZE:
        return None
    cookie.domain = cookie.path = ""
    cookie.expires_s = INFINITY
    for attribute in rest.split(";") if rest else ():
        name, _, value = attribute.partition("=")
        name = name.strip(" \t").lower()
        value = value.strip(" \t")
        if len(value) > MAX_ATTRIBUTE_SIZE:
            continue
        if name == "domain":
            cookie.domain = value.removeprefix(".").lower()
        elif name == "path":
            cookie.path = value if value.startswith("/") else ""
        elif name == "secure":
            cookie.is_secure = True
        elif name == "max-age":
            digits = value.removeprefix("-")
            if digits.isascii() and digits.isdigit():
                has_max_age = True
                age_s = 0 if value.startswith("-") else min(int(digits[:9]), MAX_AGE_S)
                cookie.expires_s = now_s + age_s if age_s else -INFINITY
        elif name == "expires" and not has_max_age:
            date_s = cookie_date_s(value)
            if date_s is not None:
                cookie.expires_s = date_s
    cookie.is_host_only = not cookie.domain
    return cookie


def cookies_of(list values not None):
    cookies = [parse_set_cookie(value, 0.0) for value in values]
    return {(<Cookie>cookie).name: (<Cookie>cookie).value for cookie in cookies if cookie is not None}


cdef bint is_allowed(Cookie cookie, Url url) except -1:
    cdef bint has_root_path = cookie.path == "/"
    if not cookie.path:
        path = path_of(url.path_and_query)
        cookie.path = path[:path.rindex("/")] or "/"
    if "." not in cookie.domain.removesuffix(".") or is_address(url.host):
        if cookie.domain and cookie.domain != url.host:
            return False
        cookie.domain = url.host
        cookie.is_host_only = True
    elif not is_below(url.host, cookie.domain):
        return False
    if cookie.is_secure and not url.is_tls:
        return False
    prefix = cookie.name[:9].lower()
    if prefix.startswith("__host-"):
        return cookie.is_secure and cookie.is_host_only and has_root_path
    return cookie.is_secure or prefix != "__secure-"
