"""
The histogram behind every percentile. `record` is in histogram.pxd, so that it compiles into its callers.

A row's `blocks` say which of its counts may differ from zero: merging, encoding and clearing look nowhere else, so a
window with few observations costs little, however wide their spread.
"""

cimport cython
from cpython.buffer cimport PyBUF_CONTIG_RO, PyBUF_FORMAT, Py_buffer, PyBuffer_Release, PyObject_GetBuffer
from libc.math cimport ceil
from libc.stdint cimport INT64_MAX, uint8_t
from libc.stdlib cimport free
from libc.string cimport memset

__all__ = ["Histogram"]

cdef extern from *:
    int trailing_zeros "__builtin_ctzll"(unsigned long long) noexcept nogil

cdef extern from "<stdlib.h>" nogil:
    void* aligned_alloc(size_t alignment, size_t size)

cdef enum:
    BLOCK_SIZE = 1 << BLOCK_BITS
    CACHE_LINE = 64                        # rows begin on one, so that a block is two of them and not three

cdef double BELOW_ONE = 1 - 2.0 ** -50     # four units in the last place


cdef inline int64_t floor_of(int row, int slot) noexcept nogil:
    """Smallest value of the bucket."""
    return slot if row == 0 else <int64_t>(ROW_SIZE + slot) << (row - 1)


cdef inline int64_t midpoint_of(int row, int slot) noexcept nogil:
    return floor_of(row, slot) + ((<int64_t>1 << (row - 1)) >> 1 if row > 1 else 0)


@cython.final
cdef class Histogram:
    def __cinit__(self):
        self.low = INT64_MAX
        self.high = -1

    def __dealloc__(self):
        cdef int row
        for row in range(N_ROWS):
            free(self.rows[row].counts)

    # -- recording ----------------------------------------------------------------------------------------------------

    cdef int make_row(self, int row) noexcept nogil:
        """Allocate the counts of a row; -1 if there is no memory."""
        cdef void* counts = aligned_alloc(CACHE_LINE, ROW_SIZE * sizeof(int64_t))
        if counts == NULL:
            return -1
        memset(counts, 0, ROW_SIZE * sizeof(int64_t))
        self.rows[row].counts = <int64_t*>counts
        return 0

    cdef void add_sum(self, uint64_t low, uint64_t high) noexcept nogil:
        self.sum_low += low
        self.sum_high += high + (self.sum_low < low)

    cdef bint is_empty(self) noexcept nogil:
        return self.count == 0 and self.infinite == 0 and self.lost == 0

    cdef int expect(self, int64_t n, int64_t infinite) except -1:
        """Refuse observations that would take the number of all past 63 bits; no bucket can exceed that."""
        cdef int64_t room = INT64_MAX - self.count - self.infinite
        if n > room or infinite > room - n:
            raise OverflowError("histogram: more than 2^63 - 1 observations")
        return 0

    def add(self, int64_t value, int64_t n=1):
        if n < 0:
            raise ValueError(f"histogram: cannot record {n} observations")
        self.expect(n, 0)
        if value < 0 or n == 0:
            self.lost += n
            return
        cdef int row = row_of(value)
        if self.rows[row].counts == NULL and self.make_row(row) < 0:
            raise MemoryError
        self.bump(row, slot_of(value, row), n)
        self.count += n
        total = int(value) * n
        self.add_sum(total & 0xFFFF_FFFF_FFFF_FFFF, total >> 64)
        self.low = min(self.low, value)
        self.high = max(self.high, value)

    def add_infinite(self, int64_t n=1):
        if n < 0:
            raise ValueError(f"histogram: cannot record {n} observations")
        self.expect(0, n)
        self.infinite += n

    def record_all(self, values):
        cdef Py_buffer view
        cdef Py_ssize_t i
        PyObject_GetBuffer(values, &view, PyBUF_CONTIG_RO | PyBUF_FORMAT)
        try:
            if view.itemsize != sizeof(int64_t) or view.format[0] not in b"ql":
                raise ValueError(f"histogram: int64 values wanted, not format {view.format.decode()!r}")
            with nogil:
                for i in range(view.len // <Py_ssize_t>sizeof(int64_t)):
                    self.record((<int64_t*>view.buf)[i])
        finally:
            PyBuffer_Release(&view)

    # -- the figures --------------------------------------------------------------------------------------------------

    @property
    def sum(self):
        return (int(self.sum_high) << 64) + self.sum_low

    @property
    def min(self):
        return self.low if self.count else 0

    @property
    def max(self):
        return self.high if self.count else 0

    @property
    def mean(self):
        return self.sum / self.count if self.count else 0.0

    def quantile(self, double q):
        if not 0 <= q <= 1:
            raise ValueError(f"histogram: a quantile lies in [0, 1], not {q}")
        if self.count + self.infinite == 0:
            return 0
        cdef int64_t rank = max(1, <int64_t>ceil(q * (self.count + self.infinite) * BELOW_ONE))
        return self.value_at(rank) if rank <= self.count else None

    cdef int64_t value_at(self, int64_t rank) noexcept nogil:
        """Value of the observation with this rank, 1 … count."""
        cdef int row, slot, first
        cdef uint64_t blocks
        cdef int64_t seen = 0
        for row in range(N_ROWS):
            blocks = self.rows[row].blocks
            while blocks:
                first = trailing_zeros(blocks) << BLOCK_BITS
                blocks &= blocks - 1
                for slot in range(first, first + BLOCK_SIZE):
                    seen += self.rows[row].counts[slot]
                    if seen >= rank:
                        return min(max(midpoint_of(row, slot), self.low), self.high)
        return self.high

    def count_at_or_below(self, int64_t value):
        if value < self.low:
            return 0
        if value >= self.high:
            return self.count
        cdef int last_row = row_of(value)
        cdef int last_slot = slot_of(value, last_row)
        cdef int row, slot
        cdef int64_t seen = 0
        for row in range(last_row + 1):
            if self.rows[row].blocks:
                for slot in range(ROW_SIZE if row < last_row else last_slot + 1):
                    seen += self.rows[row].counts[slot]
        return seen

    # -- merging ------------------------------------------------------------------------------------------------------

    def merge(self, Histogram other not None):
        cdef int row, slot, first
        cdef uint64_t blocks
        self.expect(other.count, other.infinite)
        for row in range(N_ROWS):
            if other.rows[row].blocks and self.rows[row].counts == NULL and self.make_row(row) < 0:
                raise MemoryError
        for row in range(N_ROWS):
            blocks = other.rows[row].blocks
            self.rows[row].blocks |= blocks
            while blocks:
                first = trailing_zeros(blocks) << BLOCK_BITS
                blocks &= blocks - 1
                for slot in range(first, first + BLOCK_SIZE):
                    self.rows[row].counts[slot] += other.rows[row].counts[slot]
        self.count += other.count
        self.infinite += other.infinite
        self.lost += other.lost
        self.add_sum(other.sum_low, other.sum_high)
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)

    cpdef void clear(self) noexcept:
        cdef int row
        cdef uint64_t blocks
        for row in range(N_ROWS):
            blocks = self.rows[row].blocks
            while blocks:
                memset(self.rows[row].counts + (trailing_zeros(blocks) << BLOCK_BITS), 0, BLOCK_SIZE * sizeof(int64_t))
                blocks &= blocks - 1
            self.rows[row].blocks = 0
        self.count = self.infinite = self.lost = 0
        self.sum_low = self.sum_high = 0
        self.low = INT64_MAX
        self.high = -1

    def copy(self):
        cdef Histogram twin = Histogram()
        twin.merge(self)
        return twin

    # -- bytes --------------------------------------------------------------------------------------------------------
    # count, infinite, lost; and if count > 0: sum (low, high), min, max, then for each bucket in use the gap to the
    # one before it (bucket = row · 1024 + slot; the first counts from -1) and its count, until they add up to count.

    def encode(self):
        cdef Writer writer = Writer()
        self.write(writer)
        return writer.take()

    cdef int write(self, Writer writer) except -1:
        writer.put(self.count)
        writer.put(self.infinite)
        writer.put(self.lost)
        if self.count:
            writer.put(self.sum_low)
            writer.put(self.sum_high)
            writer.put(self.low)
            writer.put(self.high)
            with nogil:
                self.write_buckets(writer)
        return 0

    cdef int write_buckets(self, Writer writer) except -1 nogil:
        cdef int row, slot, first
        cdef uint64_t blocks
        cdef int64_t n
        cdef int previous = -1
        for row in range(N_ROWS):
            blocks = self.rows[row].blocks
            while blocks:
                first = trailing_zeros(blocks) << BLOCK_BITS
                blocks &= blocks - 1
                for slot in range(first, first + BLOCK_SIZE):
                    n = self.rows[row].counts[slot]
                    if n:
                        writer.put(row * ROW_SIZE + slot - previous)
                        writer.put(n)
                        previous = row * ROW_SIZE + slot
        return 0

    def merge_encoded(self, bytes data not None):
        # A second histogram, so that bytes left over at the end are found before anything is added.
        cdef Reader reader = Reader(data)
        cdef Histogram decoded = Histogram()
        decoded.read(reader)
        reader.finish()
        self.merge(decoded)

    cdef int read(self, Reader reader) except -1:
        """Add the next histogram of the reader; whatever is wrong with it is found before anything is added."""
        cdef Head head
        cdef const uint8_t* buckets
        head.count = reader.next_count()
        head.infinite = reader.next_count()
        head.lost = reader.next_count()
        self.expect(head.count, head.infinite)
        if head.count:
            if reader.next(&head.sum_low) < 0 or reader.next(&head.sum_high) < 0:
                raise ValueError("histogram: the bytes end inside the sum")
            head.low = reader.next_count()
            head.high = reader.next_count()
            buckets = reader.at
            if not self.read_buckets(reader, &head, False):
                raise ValueError("histogram: its buckets do not fit its count, min and max")
            reader.at = buckets
            self.read_buckets(reader, &head, True)
            self.add_sum(head.sum_low, head.sum_high)
            self.low = min(self.low, head.low)
            self.high = max(self.high, head.high)
        self.count += head.count
        self.infinite += head.infinite
        self.lost += head.lost
        return 0

    cdef bint read_buckets(self, Reader reader, const Head* head, bint is_checked) except -1:
        """Walk the buckets, to check them or (once checked) to add them."""
        cdef uint64_t gap, n
        cdef int64_t index = -1
        cdef int64_t left = head.count
        cdef int row = row_of(head.low)
        cdef int64_t first = row * ROW_SIZE + slot_of(head.low, row)
        row = row_of(head.high)
        cdef int64_t last = row * ROW_SIZE + slot_of(head.high, row)
        while left > 0:
            if reader.next(&gap) < 0 or reader.next(&n) < 0:
                return False
            if gap == 0 or gap > <uint64_t>(last - index) or n == 0 or n > <uint64_t>left:
                return False
            if index == -1 and <int64_t>gap - 1 != first:
                return False
            index += <int64_t>gap
            left -= <int64_t>n
            row = <int>(index // ROW_SIZE)
            if is_checked:
                self.bump(row, <int>(index % ROW_SIZE), <int64_t>n)
            elif self.rows[row].counts == NULL and self.make_row(row) < 0:
                raise MemoryError
        return index == last and head.low <= head.high
