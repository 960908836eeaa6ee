# The record of one finished request: four instants, seven parts, two sizes and an outcome.
# due <= begin <= done holds for begin and done; due may precede begin by the lateness.
from libc.stdint cimport int32_t, int64_t

cdef struct Sample:
    int64_t due_ns              # instant at which the request should have begun
    int64_t begin_ns            # call of vu.get(...)
    int64_t done_ns             # last byte, or the instant of the failure
    # The parts of service = done - begin. They add up to it exactly.
    int64_t blocked_ns          # wait for a connection of the pool
    int64_t looking_up_ns       # DNS
    int64_t connecting_ns       # TCP handshake
    int64_t tls_ns              # TLS handshake
    int64_t sending_ns          # from having a connection to the last send(2)
    int64_t waiting_ns          # to the first byte of the answer
    int64_t receiving_ns        # to the last byte
    int64_t bytes_sent
    int64_t bytes_received
    int32_t status              # 0 when nothing was answered
    int32_t error               # ErrorCode; 0 when all is well; 1000 + status for 4xx and 5xx
    bint has_failed             # status not expected, or no answer: http_req_failed
    bint has_connection         # false: it never got one, so no trend may see it


cdef inline int64_t service_ns(const Sample* s) noexcept nogil:
    return s.done_ns - s.begin_ns


cdef inline int64_t latency_ns(const Sample* s) noexcept nogil:
    return s.done_ns - s.due_ns


cdef inline int64_t lateness_ns(const Sample* s) noexcept nogil:
    return s.begin_ns - s.due_ns


cdef inline int64_t duration_ns(const Sample* s) noexcept nogil:
    return s.sending_ns + s.waiting_ns + s.receiving_ns
