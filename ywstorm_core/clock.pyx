"""The monotonic clock for Python callers; compiled ones take the inline `now_ns` of clock.pxd."""


def monotonic_ns():
    return now_ns()
