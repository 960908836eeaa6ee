"""The engine: one epoll set, one deadline heap, virtual users stepped from compiled code."""
