# What may stand where in an HTTP/1 message, one byte at a time. Source: RFC 9110 §5.6, RFC 9112 §7.1.
from libc.string cimport memchr

cdef enum:
    LF = 10
    CR = 13
    TAB = 9
    SPACE = 32
    TOKEN = 1                      # bits of CHARACTERS: may stand in the name of a field
    TEXT = 2                       # may stand in the value of a field, or in a reason phrase

cdef unsigned char[256] CHARACTERS
cdef signed char[256] HEX_VALUE    # -1: not a hexadecimal digit


cdef inline bint is_blank(char c) noexcept nogil:
    return c == SPACE or c == TAB


cdef inline bint is_digit(char c) noexcept nogil:
    return c"0" <= c <= c"9"


cdef inline bint is_text(const char* p, Py_ssize_t n) noexcept nogil:
    cdef unsigned char common = TEXT
    cdef Py_ssize_t i
    for i in range(n):
        common &= CHARACTERS[<unsigned char>p[i]]
    return common != 0


# Letters in any case. p holds TEXT and `lower` no blank: then the bit that tells cases apart maps nothing else onto
# a letter, a digit, "-" or "=".
cdef inline bint is_word(const char* p, Py_ssize_t n, const char* lower, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    if n != size:
        return False
    for i in range(n):
        if (p[i] | 0x20) != lower[i]:
            return False
    return True


# Cuts the item at `at` off a comma-separated list, blanks trimmed. Returns where the next begins; > n: there is none.
cdef inline Py_ssize_t next_item(
    const char* p, Py_ssize_t n, Py_ssize_t at, Py_ssize_t* first, Py_ssize_t* last
) noexcept nogil:
    cdef const char* comma = <const char*>memchr(p + at, c",", n - at)
    cdef Py_ssize_t end = n if comma == NULL else comma - p
    first[0] = at
    last[0] = end
    while first[0] < last[0] and is_blank(p[first[0]]):
        first[0] += 1
    while last[0] > first[0] and is_blank(p[last[0] - 1]):
        last[0] -= 1
    return end + 1
