"""The tables of grammar.pxd, filled once."""


cdef void fill_tables():
    cdef int c
    for c in range(256):
        HEX_VALUE[c] = -1
        CHARACTERS[c] = TEXT if c == TAB or (c >= SPACE and c != 127) else 0
    for c in b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        CHARACTERS[c] |= TOKEN
    for c in range(10):
        HEX_VALUE[c"0" + c] = c
    for c in range(6):
        HEX_VALUE[c"a" + c] = HEX_VALUE[c"A" + c] = 10 + c


fill_tables()
