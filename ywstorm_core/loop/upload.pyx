"""
Chunked uploads: a body from an iterator, or from an asynchronous one.

A connection asks for the next piece when the kernel has taken the last one, so an upload never holds more than one
piece in memory. An asynchronous iterator is read one piece ahead by a task of its own.
"""
cimport cython

from ywstorm_core.net.connection cimport Connection

import asyncio

from ywstorm_core.loop.orders import AbortRun

__all__ = ["Upload", "frame"]

LAST_CHUNK = b"0\r\n\r\n"


def frame(piece):
    """One piece of a body as a chunk; nothing for an empty one, which would end the body."""
    if isinstance(piece, str):
        piece = piece.encode("utf-8")
    data = bytes(memoryview(piece))
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


async def pump(Upload upload, pieces):
    """Read *pieces* one ahead of the connection."""
    try:
        async for piece in pieces:
            await upload.offer(frame(piece))
        await upload.offer(LAST_CHUNK)
    except GeneratorExit:
        raise
    except BaseException as error:
        if upload.is_open():            # else it was told to stop
            upload.refuse(error)


@cython.final
cdef class Upload(Source):
    """
    The body of one request.

    Args:
        engine: Whose loop reads asynchronous iterators.
        pieces: An iterable or asynchronous iterable of bytes-like objects or text.

    Raises:
        TypeError: It is neither.
    """

    def __init__(self, Engine engine not None, pieces):
        self.engine = engine
        self.is_asynchronous = hasattr(pieces, "__aiter__")
        if not self.is_asynchronous:
            try:
                pieces = iter(pieces)
            except TypeError:
                raise TypeError(f"body: {pieces!r} is neither text, bytes nor an iterable of bytes") from None
        self.pieces = pieces
        self.ahead = b""

    cdef bytes take(self):
        cdef bytes taken
        if not self.is_asynchronous:
            return self.read()
        if self.pump is None and not self.is_spent:
            self.room = asyncio.Event()
            self.pump = self.engine.loop.create_task(pump(self, self.pieces))
        taken, self.ahead = self.ahead, b""
        if taken and self.room is not None:
            self.room.set()
        self.is_spent |= taken is LAST_CHUNK
        return taken

    cdef bytes read(self):
        """The next piece of an ordinary iterator."""
        cdef bytes framed = b""
        while not framed and self.pieces is not None:
            try:
                framed = frame(next(self.pieces))
            except StopIteration:
                self.pieces = None
                self.is_spent = True
                return LAST_CHUNK
            except BaseException as error:
                self.fail(error)
        return framed

    cdef int fail(self, object error) except -1:
        self.pieces = None
        self.is_spent = True
        self.failure = error
        if isinstance(error, AbortRun):
            self.engine.observer.event("abort", str(error))
        else:
            self.engine.observer.exception(error)
        return 0

    cdef int close(self) except -1:
        self.hungry = None
        self.pieces = None              # a generator of the script's: it may lead back to the request
        self.is_spent = True
        if self.pump is not None:
            self.pump.cancel()
            self.pump = None
        return 0

    # What the pump calls

    def is_open(self):
        """Whether somebody wants the rest."""
        return not self.is_spent

    async def offer(self, bytes framed):
        """Hand over one piece and wait until the connection has taken it."""
        if not framed:
            return
        self.ahead = framed
        self.room.clear()
        self.feed()
        if self.ahead:
            await self.room.wait()

    def refuse(self, error):
        """The iterator raised."""
        self.fail(error)
        self.feed()

    def feed(self):
        """Let a connection that waits go on."""
        cdef Connection connection = <Connection>self.hungry
        self.hungry = None
        if connection is not None:
            connection.feed()
