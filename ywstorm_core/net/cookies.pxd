# The cookies of one virtual user: what servers set, and what goes back to them. Source: RFC 6265, RFC 6265bis.
cimport cython
from libc.stdint cimport int64_t

from ywstorm_core.net.set_cookie cimport Cookie
from ywstorm_core.net.url cimport Url


@cython.final
cdef class CookieJar:
    cdef public Url home                # for whom `set` sets a cookie when it is told neither url nor domain
    cdef object now_s                   # a clock of the tests; None: the system's
    cdef dict domains                   # domain -> {(name, path, is_host_only): Cookie}; None: no cookie at all
    cdef int n_cookies
    cdef int64_t n_made
    cdef double next_expiry_s           # no cookie expires before: may be too early, never too late
    # host -> its Cookie line, b"" for none; where the path of the request matters, (how many characters of it do,
    # {those characters: line}). One for plain HTTP, one for TLS.
    cdef dict plain_lines
    cdef dict tls_lines

    # The whole Cookie line for a request, b"Cookie: a=1; b=2\r\n", or None.
    cdef inline bytes header_for(self, Url url):
        return None if self.domains is None else self.line_for(url.host, url.path_and_query, url.is_tls)

    # The same for a target that was never made a Url, as most are not.
    cdef inline bytes header_for_target(self, str host, str target, bint is_tls):
        return None if self.domains is None else self.line_for(host, target, is_tls)

    # Takes the values of the Set-Cookie fields of the answer to `url`. What a server may not set is passed over.
    cdef int store(self, Url url, list values) except -1

    cdef bytes line_for(self, str host, str target, bint is_tls)
    cdef bytes line_for_path(self, dict lines, str host, str beginning, bint is_tls)
    cdef list cookies_for(self, str host, bint is_tls)
    cdef double now(self) except -1
    cdef bint hides_secure(self, Cookie cookie) except -1
    cdef int keep(self, Cookie cookie, double now) except -1
    cdef int make_room(self, str domain) except -1
    cdef int remove(self, Cookie cookie) except -1
    cdef int drop_expired(self) except -1
    cdef list all_cookies(self)
