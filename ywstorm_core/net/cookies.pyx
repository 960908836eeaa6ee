"""
The cookies of one virtual user: what servers set, and what goes back to them.

Kept by the rules of RFC 6265 and its revision; which server may set what is set_cookie's to say. Limits: 50 cookies a
domain, 1,000 in all, 4 KiB each, 8 KiB sent.

Sending is what has to be cheap, for a user who is logged in does it with each request: the finished line is kept by
host and, where a cookie of that host has another path than "/", by the beginning of the target too. Any change forgets
all lines; a server that sets the same cookie again changes nothing but its expiry.
"""

from libc.math cimport INFINITY

from ywstorm_core.clock cimport clock_gettime, timespec
from ywstorm_core.net.set_cookie cimport (
    MAX_COOKIE_SIZE, Cookie, is_address, is_allowed, is_below, is_path_below, parse_set_cookie, path_of,
)
from ywstorm_core.net.url cimport Url, join, parse_url

import re

__all__ = ["CookieJar"]

cdef extern from "<time.h>" nogil:
    int CLOCK_REALTIME_COARSE      # four milliseconds are close enough, and it costs a third

cdef enum:
    MAX_A_DOMAIN = 50
    MAX_COOKIES = 1_000
    MAX_LINE = 8192
    MAX_LINES = 256                # kept for hosts, and for the paths of a host

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")


def precedence(Cookie cookie not None):
    return -len(cookie.path), cookie.serial


def serial_of(Cookie cookie not None):
    return cookie.serial


# b"" for no cookies. What would make it longer than servers take stays behind.
cdef bytes line_of(list cookies):
    cdef list pairs = []
    cdef Py_ssize_t size = 0
    cdef Cookie cookie
    for cookie in cookies:
        pair = f"{cookie.name}={cookie.value}"
        if size + len(pair) <= MAX_LINE:
            size += len(pair) + 2
            pairs.append(pair)
    return f"Cookie: {'; '.join(pairs)}\r\n".encode("latin-1") if pairs else b""


cdef class CookieJar:
    def __init__(self, Url home=None, now_s=None):
        self.home = home
        self.now_s = now_s
        self.next_expiry_s = INFINITY

    cdef double now(self) except -1:
        cdef timespec ts
        if self.now_s is not None:
            return self.now_s()
        clock_gettime(CLOCK_REALTIME_COARSE, &ts)
        return ts.tv_sec + ts.tv_nsec * 1e-9

    # What goes back.

    cdef bytes line_for(self, str host, str target, bint is_tls):
        cdef dict lines
        cdef list cookies
        cdef object line
        if self.next_expiry_s != INFINITY:
            self.drop_expired()
        lines = self.tls_lines if is_tls else self.plain_lines
        line = lines.get(host) if lines is not None else None
        if line is None:
            if lines is None or len(lines) >= MAX_LINES:
                lines = {}
                if is_tls:
                    self.tls_lines = lines
                else:
                    self.plain_lines = lines
            cookies = self.cookies_for(host, is_tls)
            longest = max([len((<Cookie>cookie).path) for cookie in cookies], default=1)
            line = line_of(cookies) if longest == 1 else (longest + 1, {})
            lines[host] = line
        if type(line) is tuple:
            line = self.line_for_path((<tuple>line)[1], host, target[:(<tuple>line)[0]], is_tls)
        return <bytes>line or None

    cdef bytes line_for_path(self, dict lines, str host, str beginning, bint is_tls):
        """*beginning*: as much of the target as the paths of this host's cookies can be compared with."""
        cdef bytes line = lines.get(beginning)
        cdef str path
        if line is None:
            if len(lines) >= MAX_LINES:
                lines.clear()
            path = path_of(beginning)
            line = line_of([c for c in self.cookies_for(host, is_tls) if is_path_below(path, (<Cookie>c).path)])
            lines[beginning] = line
        return line

    cdef list cookies_for(self, str host, bint is_tls):
        """In the order in which they are sent: those of longer paths, then those made earlier, first."""
        cdef list found = []
        cdef Cookie cookie
        cdef str domain = host
        while self.domains is not None and domain:
            for cookie in self.domains.get(domain, {}).values():
                if (is_tls or not cookie.is_secure) and (not cookie.is_host_only or domain is host):
                    found.append(cookie)
            domain = "" if is_address(host) else domain.partition(".")[2]
        found.sort(key=precedence)
        return found

    # What comes in.

    cdef int store(self, Url url, list values) except -1:
        cdef double now = self.now()
        cdef Cookie cookie
        self.drop_expired()        # for an expired cookie hides none
        for value in values:
            cookie = parse_set_cookie(value, now)
            if cookie is not None and is_allowed(cookie, url) and (url.is_tls or not self.hides_secure(cookie)):
                self.keep(cookie, now)
        return 0

    cdef bint hides_secure(self, Cookie cookie) except -1:
        """Whether a cookie that came over plain HTTP would stand before a Secure one of its name."""
        cdef Cookie other
        for other in self.all_cookies():
            if other.is_secure and other.name == cookie.name and is_path_below(cookie.path, other.path) and (
                is_below(cookie.domain, other.domain) or is_below(other.domain, cookie.domain)
            ):
                return True
        return False

    cdef int keep(self, Cookie cookie, double now) except -1:
        cdef tuple key = (cookie.name, cookie.path, cookie.is_host_only)
        cdef dict cookies = self.domains.get(cookie.domain) if self.domains is not None else None
        cdef Cookie before = cookies.get(key) if cookies is not None else None
        if cookie.expires_s <= now:
            return 0 if before is None else self.remove(before)
        if before is None:
            self.make_room(cookie.domain)
            if self.domains is None:
                self.domains = {}
            cookies = self.domains.setdefault(cookie.domain, {})
            self.n_made += 1
            self.n_cookies += 1
            cookie.serial = self.n_made
            self.plain_lines = self.tls_lines = None
        else:
            cookie.serial = before.serial
            if cookie.value != before.value or cookie.is_secure != before.is_secure:
                self.plain_lines = self.tls_lines = None
        cookies[key] = cookie
        self.next_expiry_s = min(self.next_expiry_s, cookie.expires_s)
        return 0

    cdef int make_room(self, str domain) except -1:
        cdef dict cookies = self.domains.get(domain) if self.domains is not None else None
        if cookies is not None and len(cookies) >= MAX_A_DOMAIN:
            self.remove(next(iter(cookies.values())))
        elif self.n_cookies >= MAX_COOKIES:
            self.remove(min(self.all_cookies(), key=serial_of))
        return 0

    cdef int remove(self, Cookie cookie) except -1:
        cdef dict cookies = self.domains[cookie.domain]
        del cookies[cookie.name, cookie.path, cookie.is_host_only]
        self.n_cookies -= 1
        if not cookies:
            del self.domains[cookie.domain]
        if not self.domains:
            self.domains = None
        self.plain_lines = self.tls_lines = None
        return 0

    cdef int drop_expired(self) except -1:
        cdef double now
        cdef Cookie cookie
        if self.next_expiry_s == INFINITY:
            return 0
        now = self.now()
        if now < self.next_expiry_s:
            return 0
        self.next_expiry_s = INFINITY
        for cookie in self.all_cookies():
            if cookie.expires_s <= now:
                self.remove(cookie)
            else:
                self.next_expiry_s = min(self.next_expiry_s, cookie.expires_s)
        return 0

    cdef list all_cookies(self):
        return [cookie for cookies in self.domains.values() for cookie in cookies.values()] if self.domains else []

    # For scripts.

    def set(
        self, str name not None, str value not None, *, url=None, domain=None, path="/", secure=False, max_age_s=None,
    ):
        cdef Cookie cookie = Cookie.__new__(Cookie)
        if url is not None and domain is not None:
            raise ValueError(f"the cookie {name!r} is for url= or for domain=, not for both")
        if not NAME.fullmatch(name):
            raise ValueError(f"the cookie's name {name!r} is not an HTTP token")
        if not VALUE.fullmatch(value) or value != value.strip(" "):
            raise ValueError(
                f"the cookie {name!r} has the value {value!r}: ASCII without control characters, ';' and outer spaces "
                "can be sent; percent-encode the others"
            )
        if len(name) + len(value) > MAX_COOKIE_SIZE:
            raise ValueError(f"the cookie {name!r} is larger than {MAX_COOKIE_SIZE} bytes")
        if not path.startswith("/") or not VALUE.fullmatch(path):
            raise ValueError(f"the cookie {name!r} has the path {path!r}: it begins with '/' and is ASCII")
        cookie.name = name
        cookie.value = value
        cookie.path = path
        cookie.is_secure = secure
        if domain is not None:
            cookie.domain = parse_url(f"http://{domain.removeprefix('.')}").host
            cookie.is_host_only = "." not in cookie.domain or is_address(cookie.domain)
        else:
            if url is None and self.home is None:
                raise ValueError(f"the cookie {name!r} needs url= or domain=: there is no base_url")
            cookie.domain = join(self.home, url).host if url is not None else self.home.host
            cookie.is_host_only = True
        self.drop_expired()
        now = self.now()
        cookie.expires_s = INFINITY if max_age_s is None else now + max_age_s
        self.keep(cookie, now)

    def get(self, name, default=None):
        cdef Cookie cookie, found = None
        for cookie in self:
            if cookie.name == name and (found is None or cookie.serial > found.serial):
                found = cookie
        return default if found is None else found.value

    def delete(self, name):
        cdef Cookie cookie
        for cookie in self.all_cookies():
            if cookie.name == name:
                self.remove(cookie)

    def clear(self):
        self.domains = self.plain_lines = self.tls_lines = None
        self.n_cookies = 0
        self.next_expiry_s = INFINITY

    def header(self, str url not None):
        line = self.header_for(parse_url(url))
        return None if line is None else line.decode("latin-1").removeprefix("Cookie: ").removesuffix("\r\n")

    def take(self, str url not None, list values not None):
        self.store(parse_url(url), values)

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name):
        return self.get(name) is not None

    def __iter__(self):
        self.drop_expired()
        return iter(self.all_cookies())

    def __len__(self):
        self.drop_expired()
        return self.n_cookies

    def __repr__(self):
        return f"<CookieJar of {self.n_cookies} cookies>"
