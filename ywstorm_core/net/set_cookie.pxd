# One Set-Cookie value: what it says, and whether its server may say so. Source: RFC 6265, RFC 6265bis.
cimport cython
from libc.stdint cimport int64_t

from ywstorm_core.net.url cimport Url

cdef enum:
    MAX_COOKIE_SIZE = 4096              # of name and value


@cython.final
cdef class Cookie:
    cdef readonly str name
    cdef readonly str value             # Latin-1 text: one character per byte
    cdef readonly str domain            # lower case, without a leading dot
    cdef readonly str path
    cdef readonly bint is_host_only     # for `domain` itself, not for the names below it
    cdef readonly bint is_secure        # for https alone
    cdef readonly double expires_s      # seconds since 1970; infinite for a session cookie
    cdef int64_t serial                 # which of the jar's cookies was made first; kept when one is set again


# The cookie of one Set-Cookie value, its domain and path as they were written; None for what is none.
cpdef Cookie parse_set_cookie(str text, double now_s)
# Whether the server at `url` may set it. Fills in what it left out: domain and path.
cdef bint is_allowed(Cookie cookie, Url url) except -1

cdef bint is_address(str host) except -1
# Whether host is domain, or a name below it. An address has none below it.
cdef bint is_below(str host, str domain) except -1
cdef bint is_path_below(str path, str parent) except -1
# A request target without its query.
cdef str path_of(str target)
