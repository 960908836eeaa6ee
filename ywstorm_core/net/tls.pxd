# TLS as bytes to bytes: what the socket brought goes in, what it shall take comes out. Nothing here touches a socket.
#
# All channels of a client share one pair of memory BIOs, for these never shrink. So whatever a call leaves in
# `outgoing` is taken before another connection has its turn, and `incoming` is empty by then.

cdef enum:
    SEAL_SIZE = 65536               # bytes encrypted at a time, so that the shared BIO stays small


cdef class TlsClient:
    cdef object context                     # ssl.SSLContext, one for all connections
    cdef bint has_certificate               # of its own
    cdef object incoming, outgoing          # ssl.MemoryBIO
    cdef str failure_text                   # what the last failure was, in words

    # A channel to *origin*, resuming *session* unless that is None. None: failure_text says why not.
    cdef TlsChannel open(self, object origin, object session)
    # What a call of a channel has left for the peer; None: nothing.
    cdef bytes take_outgoing(self)
    cdef int drain(self) except -1


cdef class TlsChannel:
    cdef TlsClient client
    cdef object tls                         # ssl.SSLObject
    cdef int n_feeds                        # during the handshake
    cdef bint is_shaken                     # the handshake is done
    cdef bint is_ended                      # the peer has said goodbye properly: close_notify
    cdef bint is_broken
    cdef bint has_read                      # application data has come: the session can be resumed

    # One step of the handshake: 0 (is_shaken says whether it was the last), else an ErrorCode.
    cdef int shake(self) except -1
    # Takes n bytes off the socket.
    cdef int feed(self, const char* data, Py_ssize_t n) except -1
    # Decrypts what was fed: the number of bytes in *room*, and 0 or the ErrorCode of what follows them.
    cdef Py_ssize_t unseal(self, char* room, Py_ssize_t size, int* code) except -1
    # Encrypts: what the peer is to be sent, and 0 or an ErrorCode.
    cdef bytes seal(self, const char* data, Py_ssize_t n, int* code)
    # What says goodbye to the peer; None: nothing.
    cdef bytes goodbye(self)
    # The ssl.SSLSession to resume; None: there is none yet.
    cdef object session(self)
    cdef str version(self)

    cdef int fail(self, object error) except -1


# Whether a server that begins like this speaks TLS: an alert or a handshake record of version 3.
cdef inline bint begins_as_tls(const char* data, Py_ssize_t n) noexcept nogil:
    return (data[0] == 21 or data[0] == 22) and (n == 1 or data[1] == 3)


cdef str ANSWERS_IN_HTTP, ANSWERS_IN_TLS    # what to tell the user who took one for the other
