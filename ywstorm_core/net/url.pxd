# Absolute http and https URLs, cut into what a request needs. All parts are ASCII.
cimport cython


@cython.final
cdef class Url:
    cdef readonly str scheme           # "http" or "https"
    cdef readonly str host             # lower case, IDNA-encoded; an IPv6 address without brackets
    cdef readonly int port
    cdef readonly str path_and_query   # begins with "/", percent-encoded: the request target
    cdef readonly str host_header      # with brackets, and with the port unless it is the scheme's own
    cdef readonly tuple origin         # (scheme, host, port)
    cdef readonly bint is_tls
    cdef str prefix                    # path without its last "/": what references are appended to


# Both raise UrlError (a ValueError with `code`: URL_INVALID or URL_SCHEME).
cpdef Url parse_url(str text)
# A reference with a scheme replaces the base (which may then be None); any other is appended to the base's path.
cpdef Url join(Url base, str reference)
# The request target alone of a reference without scheme: join(base, reference).path_and_query, but cheaper.
cpdef str target_of(Url base, str reference)
# "a=1&b=x+y" of a mapping, of pairs, or of a query that is encoded already.
cpdef str encode_query(object params)
