"""
TLS by OpenSSL over memory: `ssl.SSLObject`, and the rules that make it cheap.

Every failure comes out as an ErrorCode, with OpenSSL's words in `TlsClient.failure_text`. A read that finds nothing
costs an exception, so there is none once the shared BIO is empty. The session of a connection is worth keeping only
after its first answer: TLS 1.3 sends the ticket behind the handshake.
"""
cimport cython
from cpython.buffer cimport PyBUF_READ, PyBUF_WRITE
from cpython.memoryview cimport PyMemoryView_FromMemory

import ssl

from ywstorm_core.net.tls_rules import context_for, failure_of

__all__ = ["TlsChannel", "TlsClient"]

cdef object WantRead = ssl.SSLWantReadError
cdef object TlsError = ssl.SSLError

cdef str ANSWERS_IN_HTTP = "the server answers in plain HTTP: should the URL begin with http://?"
cdef str ANSWERS_IN_TLS = "the server answers in TLS: should the URL begin with https://?"


@cython.final
cdef class TlsClient:
    def __cinit__(self, *, bint insecure=False, str ca_file=None, str client_cert=None, str client_key=None):
        self.context = context_for(insecure, ca_file, client_cert, client_key)
        self.has_certificate = client_cert is not None
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()

    cdef TlsChannel open(self, object origin, object session):
        cdef TlsChannel channel = TlsChannel.__new__(TlsChannel)
        cdef str host = origin.host
        channel.client = self
        try:
            # OpenSSL sends no server name that is an address, and compares it with the certificate's addresses.
            channel.tls = self.context.wrap_bio(self.incoming, self.outgoing, False, host.rstrip("."), session)
        except (TlsError, ValueError) as error:
            self.failure_text = f"{host}: {error}"
            return None
        return channel

    cdef bytes take_outgoing(self):
        return self.outgoing.read() if self.outgoing.pending else None

    cdef int drain(self) except -1:
        """Leave nothing of a connection that failed to the next one."""
        self.incoming.read()
        self.outgoing.read()
        return 0


@cython.final
@cython.no_gc
cdef class TlsChannel:
    cdef int fail(self, object error) except -1:
        """The code of *error*; the channel is of no more use."""
        self.is_broken = True
        cdef bint has_met = self.is_shaken or self.n_feeds > 1
        code, self.client.failure_text = failure_of(error, has_met, self.client.has_certificate)
        return code

    cdef int shake(self) except -1:
        try:
            self.tls.do_handshake()
        except WantRead:
            return 0
        except TlsError as error:
            return self.fail(error)
        self.is_shaken = True
        return 0

    cdef int feed(self, const char* data, Py_ssize_t n) except -1:
        self.n_feeds += not self.is_shaken
        self.client.incoming.write(PyMemoryView_FromMemory(<char*>data, n, PyBUF_READ))
        return 0

    cdef Py_ssize_t unseal(self, char* room, Py_ssize_t size, int* code) except -1:
        cdef Py_ssize_t n, total = 0
        cdef object incoming = self.client.incoming
        code[0] = 0
        while incoming.pending:
            try:
                n = self.tls.read(size - total, PyMemoryView_FromMemory(room + total, size - total, PyBUF_WRITE))
            except WantRead:
                break
            except TlsError as error:
                code[0] = self.fail(error)
                break
            if n == 0:
                self.is_ended = True
                break
            total += n
            self.has_read = True
        if incoming.pending:
            incoming.read()             # behind a goodbye or a fault: nobody's
        return total

    cdef bytes seal(self, const char* data, Py_ssize_t n, int* code):
        cdef object view = PyMemoryView_FromMemory(<char*>data, n, PyBUF_READ)
        cdef Py_ssize_t done
        code[0] = 0
        try:
            done = self.tls.write(view)
            while done < n:             # OpenSSL returns after each record
                done += self.tls.write(view[done:])
        except TlsError as error:
            code[0] = self.fail(error)
        return self.client.outgoing.read()

    cdef bytes goodbye(self):
        if self.is_shaken and not self.is_broken:
            try:
                self.tls.unwrap()
            except TlsError:
                pass                    # the peer's goodbye is not waited for
        return self.client.take_outgoing()

    cdef object session(self):
        return self.tls.session if self.has_read else None

    cdef str version(self):
        return self.tls.version() if self.is_shaken else None
