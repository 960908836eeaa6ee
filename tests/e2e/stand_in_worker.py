# ruff: noqa: T201 (its prints are what a script prints)
"""
A worker that does no work: it speaks the frames, and misbehaves as the variable DO asks. Started like the real one.

    python stand_in_worker.py FD PARENT_PID
"""

import os
import signal
import socket
import sys
import time

from ywstorm import wire
from ywstorm_core.stats.aggregate import Aggregate

REQUEST = (("method", "GET"), ("name", "/"), ("phase", "main"), ("scenario", "main"), ("status", "200"))


class StandIn:
    """One life of a worker; `do` is what it does wrong."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.decoder = wire.Decoder()
        self.frames: list[wire.Frame] = []
        self.aggregate = Aggregate()
        self.counts = wire.Counts(scenarios={})
        self.n_windows = 0
        self.do = ""
        self.index = 0

    def say(self, frame: wire.Frame) -> None:
        self.link.sendall(wire.encode(frame))

    def hear(self, timeout_s: float | None = None) -> wire.Frame | None:
        """The next frame; None if there is none in time. Exits when the master hangs up."""
        self.link.settimeout(timeout_s)
        while not self.frames:
            try:
                data = self.link.recv(65536)
            except TimeoutError:
                return None
            if not data:
                sys.exit(0)
            self.frames += self.decoder.feed(data)
        return self.frames.pop(0)

    def live(self) -> None:
        while True:
            frame = self.hear()
            name = type(frame).__name__
            if isinstance(frame, wire.Configure):
                self.index = frame.index
                self.do = frame.env.get("DO", "") if frame.index == frame.count - 1 else ""
            self.misbehave(name)
            match frame:
                case wire.Configure():
                    print("hello from", self.index)
                    self.say(wire.Ready(os.getpid()))
                case wire.RunSetup() if self.do == "raise":
                    self.say(wire.SetupDone(None, "exception", "Traceback: script.py\nKeyError: 'token'"))
                case wire.RunSetup():
                    self.say(wire.SetupDone(b'{"token": 1}', "ok", ""))
                case wire.Start(start_ns=start_ns):
                    self.load(start_ns)
                case wire.RunTeardown():
                    print("teardown on", self.index)
                    self.say(wire.TeardownDone("ok", ""))
                case wire.Finish():
                    self.window(0, 1)
                    self.say(wire.Totals(self.aggregate.totals(), self.counts))
                    sys.exit(0)

    def misbehave(self, at: str) -> None:
        """Do what `do` says, if this is the frame that it names: ``"die:Start"``."""
        what, _, when = self.do.partition(":")
        if when != at:
            return
        if what == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif what == "exit":
            print("cannot go on", file=sys.stderr)
            sys.exit(3)
        elif what == "nonsense":
            self.link.sendall(b"\xff\xff\xff\xff")
        elif what == "refuse":
            self.say(wire.Failed(107, "ValueError: no", "Traceback: script.py, line 3"))
        elif what == "hang":
            while True:
                time.sleep(60)
        elif what == "abort":
            self.say(wire.Event("abort", "enough"))
        elif what == "fail":
            self.say(wire.Event("fail", "not good enough"))
        elif what == "warn":
            self.say(wire.Event("warning", "too many names"))

    def load(self, start_ns: int) -> None:
        """One VU, one request every 50 ms for 0.4 s; for 20 s if the run waits for a signal."""
        self.window(start_ns - 1, start_ns)
        time.sleep(max(0, start_ns - time.monotonic_ns()) / 1e9)
        end_ns = start_ns + (20_000_000_000 if self.do == "wait" else 400_000_000)
        n, is_stubborn = 0, self.do == "stubborn"
        reason = ""
        while time.monotonic_ns() < end_ns or is_stubborn:
            heard = self.hear(0.05)
            if isinstance(heard, wire.Stop) and not (is_stubborn and heard.how == "graceful"):
                reason = heard.reason
                break
            n += 1
            self.aggregate.request(REQUEST).fold_values(due_ns=0, begin_ns=0, done_ns=1_000_000)
        self.counts = wire.Counts(
            {"main": wire.ScenarioCounts(0, 1, 1, 1, n, n, 0, 0, 0)},
            requests_started=n,
            requests_sent=n,
            requests_ok=n + (1 if self.do == "miscount" else 0),
        )
        self.window(start_ns, time.monotonic_ns())
        self.say(wire.Ended(time.monotonic_ns(), reason))

    def window(self, from_ns: int, to_ns: int) -> None:
        health = wire.Health(cpu_s=time.process_time())
        self.say(wire.Window(self.n_windows, from_ns, to_ns, self.aggregate.cut(), self.counts, health, [], []))
        self.n_windows += 1


if __name__ == "__main__":
    StandIn(socket.socket(fileno=int(sys.argv[1]))).live()
