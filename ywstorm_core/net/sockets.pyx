"""errno becomes an ErrorCode here and nowhere else."""
from libc.errno cimport (
    EADDRNOTAVAIL, ECONNABORTED, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, EMFILE, ENETUNREACH, ENFILE, ENOBUFS, ENOMEM,
    EPIPE, ETIMEDOUT,
)

from ywstorm_core.errors cimport ErrorCode

import socket as python_socket
import sys

__all__ = []


cdef int code_of_errno(int error, bint is_connecting) noexcept:
    if error == ECONNREFUSED:
        return ErrorCode.TCP_REFUSED
    if error == ECONNRESET or error == ECONNABORTED:
        return ErrorCode.TCP_RESET
    if error == EPIPE:
        return ErrorCode.TCP_BROKEN_PIPE
    if error == ETIMEDOUT:
        return ErrorCode.TCP_CONNECT_TIMEOUT if is_connecting else ErrorCode.TCP_RESET
    if error == EHOSTUNREACH or error == ENETUNREACH:
        return ErrorCode.TCP_UNREACHABLE
    if error == EADDRNOTAVAIL:
        return ErrorCode.GEN_PORTS_EXHAUSTED
    if error == EMFILE or error == ENFILE:
        return ErrorCode.GEN_FD_EXHAUSTED
    if error == ENOBUFS:
        return ErrorCode.GEN_NO_BUFFERS
    if error == ENOMEM:
        return ErrorCode.GEN_NO_MEMORY
    return ErrorCode.TCP_CONNECT_ERRNO if is_connecting else ErrorCode.TCP_UNKNOWN


cdef int error_of(int fd) noexcept nogil:
    cdef int error = 0
    cdef socklen_t size = sizeof(error)
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size)
    return error


cdef str text_of_address(bytes address):
    cdef int port = int.from_bytes(address[2:4], "big")
    if int.from_bytes(address[:2], sys.byteorder) == python_socket.AF_INET:
        return f"{python_socket.inet_ntop(python_socket.AF_INET, address[4:8])}:{port}"
    return f"[{python_socket.inet_ntop(python_socket.AF_INET6, address[8:24])}]:{port}"
