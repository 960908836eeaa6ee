# What connections need of the kernel, and what its refusals are called.
from libc.stdint cimport uint32_t

cdef extern from "<sys/epoll.h>" nogil:
    ctypedef union epoll_data_t:
        void* ptr
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    int EPOLL_CTL_DEL
    uint32_t EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET
    int epoll_ctl(int epfd, int op, int fd, epoll_event* event)

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    struct sockaddr:
        unsigned short sa_family
    int SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC, SOL_SOCKET, SO_ERROR, MSG_NOSIGNAL
    int socket(int domain, int type, int protocol)
    int connect(int fd, const sockaddr* address, socklen_t size)
    int setsockopt(int fd, int level, int name, const void* value, socklen_t size)
    int getsockopt(int fd, int level, int name, void* value, socklen_t* size)
    Py_ssize_t c_send "send"(int fd, const void* data, size_t size, int flags)
    Py_ssize_t c_recv "recv"(int fd, void* data, size_t size, int flags)

cdef extern from "<netinet/in.h>" nogil:
    int IPPROTO_TCP

cdef extern from "<netinet/tcp.h>" nogil:
    int TCP_NODELAY

cdef extern from "<unistd.h>" nogil:
    int c_close "close"(int fd)

# The ErrorCode of an errno.
cdef int code_of_errno(int error, bint is_connecting) noexcept
# The errno that a connecting socket has come to; 0: it is connected.
cdef int error_of(int fd) noexcept nogil
# A packed struct sockaddr as people write it: 127.0.0.1:80, [::1]:80.
cdef str text_of_address(bytes address)
