"""
Entry of a worker process: ``python -m ywstorm.worker SOCKET_FD MASTER_PID``.

A worker must not outlive its master, whatever happens to it: the kernel kills the worker when the master dies
(`PR_SET_PDEATHSIG`), the closed link ends it, and a master that died before either was in place is noticed by its pid.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys

import uvloop

from ywstorm.worker.main import Worker

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve the master at the other end of the socket until it says Finish; returns the exit status."""
    fd, master_pid = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the master's to interpret
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != master_pid:
        return 1
    link = socket.socket(fileno=fd)
    link.setblocking(False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Worker(link).serve())


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # threads of a script must not keep a finished worker alive
