# Log-linear histogram: row 0 counts the values 0..1023 one by one, row r > 0 the octave [2^(9+r), 2^(10+r)) in 1024
# buckets of 2^(r-1), so half a bucket is at most 1/2048 (0.049 %) of any value in it.
cimport cython
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport abort

from ywstorm_core.debug cimport YWSTORM_DEBUG
from ywstorm_core.stats.delta cimport Reader, Writer

cdef extern from *:
    int leading_zeros "__builtin_clzll"(unsigned long long) noexcept nogil

cdef enum:
    ROW_SIZE = 1024                # counts of one row: 10 sub-bucket bits
    N_ROWS = 54                    # enough for every value below 2^63
    BLOCK_BITS = 4                 # one bit of Row.blocks stands for 16 counts, two cache lines

cdef struct Row:
    int64_t* counts                # ROW_SIZE of them; NULL until the first value of the octave
    uint64_t blocks                # which blocks of counts may be other than zero

cdef struct Head:                  # what an encoded histogram says before its buckets
    int64_t count, infinite, lost
    uint64_t sum_low, sum_high
    int64_t low, high


cdef inline int row_of(int64_t value) noexcept nogil:
    return N_ROWS - leading_zeros(value | (ROW_SIZE - 1))


cdef inline int slot_of(int64_t value, int row) noexcept nogil:
    return (value >> (row - (row > 0))) & (ROW_SIZE - 1)


@cython.final
cdef class Histogram:
    cdef readonly int64_t count     # finite observations that were stored
    cdef readonly int64_t infinite  # observations at +infinity: in ranks above all others, in no other figure
    cdef readonly int64_t lost      # observations that could not be stored: negative, or no memory for their row
    cdef uint64_t sum_low          # 128-bit sum of the finite observations
    cdef uint64_t sum_high
    cdef int64_t low               # smallest and largest value; INT64_MAX and -1 when empty
    cdef int64_t high
    cdef Row[N_ROWS] rows

    cdef int make_row(self, int row) noexcept nogil
    cdef void add_sum(self, uint64_t low, uint64_t high) noexcept nogil
    cdef bint is_empty(self) noexcept nogil
    cdef int expect(self, int64_t n, int64_t infinite) except -1
    cdef int64_t value_at(self, int64_t rank) noexcept nogil
    cdef int write(self, Writer writer) except -1
    cdef int write_buckets(self, Writer writer) except -1 nogil
    cdef int read(self, Reader reader) except -1
    cdef bint read_buckets(self, Reader reader, const Head* head, bint is_checked) except -1
    cpdef void clear(self) noexcept

    cdef inline void bump(self, int row, int slot, int64_t n) noexcept nogil:
        if YWSTORM_DEBUG and not (0 <= row < N_ROWS and 0 <= slot < ROW_SIZE and self.rows[row].counts != NULL):
            abort()
        self.rows[row].counts[slot] += n
        self.rows[row].blocks |= <uint64_t>1 << (slot >> BLOCK_BITS)

    cdef inline void record(self, int64_t value) noexcept nogil:
        cdef int row
        if value < 0:
            self.lost += 1
            return
        row = row_of(value)
        if self.rows[row].counts == NULL and self.make_row(row) < 0:
            self.lost += 1
            return
        self.bump(row, slot_of(value, row), 1)
        self.count += 1
        self.sum_low += <uint64_t>value
        self.sum_high += self.sum_low < <uint64_t>value
        if value < self.low:
            self.low = value
        if value > self.high:
            self.high = value
