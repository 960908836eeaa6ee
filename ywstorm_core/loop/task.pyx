"""
A coroutine's driver that asyncio takes for a task.

Order of a step, each undone on every path: `_enter_task`, `PyContext_Enter`, `PyIter_Send`, keep the exception,
`PyContext_Exit`, `_leave_task`. A step happens only at the engine's top level, so another task is never current; all
other callers put the task into the ready queue.

What may be yielded: a Pending of ours (stored, nothing more), None (`asyncio.sleep(0)`: the back of the ready queue),
or a future of the same loop (`add_done_callback` with the engine's context, for uvloop enters the context of a handle
and a context cannot be entered twice). Source of the interface: asyncio's documentation, "Extending".
"""
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF

from ywstorm_core.clock cimport now_ns
from ywstorm_core.loop.pending cimport PendingState

import asyncio
import sys
from asyncio.tasks import _enter_task, _leave_task, _register_task, _unregister_task
from contextvars import copy_context

cdef extern from "Python.h":
    ctypedef enum PySendResult:
        PYGEN_RETURN
        PYGEN_ERROR
        PYGEN_NEXT
    int PyIter_Send(object iterator, object value, PyObject** result) except -1
    int PyContext_Enter(object context) except -1
    int PyContext_Exit(object context) except -1

__all__ = ["CoroutineTask"]

cdef object CancelledError = asyncio.CancelledError
cdef bint UNCANCEL_CLEARS = sys.version_info >= (3, 13)     # uncancel() to 0 takes a pending cancellation back


cdef class CoroutineTask(Requester):
    """The asyncio face of a virtual user; `VirtualUser` decides what is stepped."""

    def __cinit__(self):
        self.context = copy_context()
        self.wake_up = self._wakeup

    # -- stepping ------------------------------------------------------------------------------------------------

    cdef int step(self) except -1:
        """Run the coroutine to its next await, and act on how it got there."""
        cdef PyObject* raw = NULL
        cdef int status = PYGEN_ERROR
        cdef object error = None, value = None, thrown = self.raised
        self.raised = self.waiting = self.foreign = None    # a late `_wakeup` of the one before is none of ours
        if self.must_cancel:
            self.must_cancel = False
            if thrown is None:
                thrown = self._make_cancelled_error()
        loop = self.engine.loop
        _enter_task(loop, self)
        try:
            PyContext_Enter(self.context)
            try:
                self.is_stepping = True
                if thrown is None:
                    status = PyIter_Send(self.coroutine, None, &raw)
                    value = <object>raw
                    Py_XDECREF(raw)
                else:
                    value = self.coroutine.throw(thrown)
                    status = PYGEN_NEXT
            except StopIteration as stop:       # only throw() says it this way
                value = stop.value
                status = PYGEN_RETURN
            except BaseException as exc:
                error = exc
                status = PYGEN_ERROR
            finally:
                self.is_stepping = False
                PyContext_Exit(self.context)
        finally:
            _leave_task(loop, self)
        if status == PYGEN_NEXT:
            return self.wait_for(value)
        if status == PYGEN_RETURN:
            return self.on_return(value)
        return self.on_raise(error)

    cdef int wait_for(self, object yielded) except -1:
        cdef Pending pending
        if isinstance(yielded, Pending):
            pending = <Pending>yielded
            pending.future_blocking = False
            if pending.state != PendingState.PENDING or pending.waiter is not None:
                pending.add_done_callback(self.wake_up, context=self.engine.context)
                self.foreign = pending
            else:
                pending.waiter = self
                self.waiting = pending
            if self.must_cancel and pending.cancel(self.cancel_message):
                self.must_cancel = False
            return 0
        if yielded is None:
            self.due_ns = now_ns()
            return self.engine.make_ready(self)
        if getattr(yielded, "_asyncio_future_blocking", None):
            if yielded.get_loop() is not self.engine.loop:
                return self.misuse(f"{yielded!r} belongs to another event loop")
            if yielded is self:
                return self.misuse("a virtual user cannot await itself")
            yielded._asyncio_future_blocking = False
            yielded.add_done_callback(self.wake_up, context=self.engine.context)
            self.foreign = yielded
            if self.must_cancel and yielded.cancel(self.cancel_message):
                self.must_cancel = False
            return 0
        return self.misuse(f"{yielded!r} was yielded where only an await belongs")

    cdef int misuse(self, str text) except -1:
        self.raised = RuntimeError(text)
        self.due_ns = now_ns()
        return self.engine.make_ready(self)

    def _wakeup(self, future):
        """A foreign future is done. Its value or exception reaches the coroutine through its own `__await__`."""
        if self.foreign is future:
            self.foreign = None
            self.due_ns = now_ns()
            self.engine.make_ready(self)

    cdef int on_return(self, object value) except -1:
        raise NotImplementedError(type(self).__name__)

    cdef int on_raise(self, object error) except -1:
        raise NotImplementedError(type(self).__name__)

    cdef int begin_task(self) except -1:
        """Be known to asyncio, once and for all coroutines to come."""
        _register_task(self)
        return 0

    cdef int finish_task(self) except -1:
        """No coroutine comes any more."""
        cdef DoneCallbacks callbacks = self.callbacks
        self.is_over = True
        self.coroutine = self.callbacks = self.foreign = self.waiting = self.raised = None
        self.wake_up = self.context = None      # both may lead back here, and the collector cannot see it
        _unregister_task(self)
        if callbacks is not None:
            callbacks.call(self.engine.loop, self)
        return 0

    # -- asyncio.Task --------------------------------------------------------------------------------------------

    def cancel(self, msg=None):
        if self.is_over:
            return False
        self.n_cancels += 1
        self.cancel_message = msg
        if self.waiting is not None and self.waiting.cancel(msg):
            return True
        if self.foreign is not None and self.foreign.cancel(msg):
            return True
        self.must_cancel = True
        if self.coroutine is None:
            self.engine.make_ready(self)
        return True

    def cancelling(self):
        return self.n_cancels

    def uncancel(self):
        if self.n_cancels > 0:
            self.n_cancels -= 1
            if self.n_cancels == 0 and UNCANCEL_CLEARS:
                self.must_cancel = False
        return self.n_cancels

    @property
    def _must_cancel(self):
        return self.must_cancel

    @property
    def _fut_waiter(self):
        return self.foreign if self.foreign is not None else self.waiting

    @property
    def _cancel_message(self):
        return self.cancel_message

    @_cancel_message.setter
    def _cancel_message(self, value):
        self.cancel_message = value

    @property
    def _callbacks(self):
        return None if self.callbacks is None else self.callbacks.pairs or None

    @property
    def _coro(self):
        return self.coroutine

    @property
    def _loop(self):
        return self.engine.loop

    @property
    def _state(self):
        return "FINISHED" if self.is_over else "PENDING"

    _asyncio_future_blocking = False

    def _make_cancelled_error(self):
        return CancelledError() if self.cancel_message is None else CancelledError(self.cancel_message)

    def get_coro(self):
        return self.coroutine

    def get_context(self):
        return self.context

    def get_loop(self):
        return self.engine.loop

    def get_name(self):
        return self.task_name if self.task_name is not None else self.default_name()

    cdef str default_name(self):
        return type(self).__name__

    def set_name(self, value):
        self.task_name = str(value)

    def get_stack(self, *, limit=None):
        frame = getattr(self.coroutine, "cr_frame", None)
        return [] if frame is None else [frame]

    def print_stack(self, *, limit=None, file=None):
        import traceback
        for frame in self.get_stack(limit=limit):
            traceback.print_stack(frame, limit=limit, file=file)

    def done(self):
        return self.is_over

    def cancelled(self):
        return False

    def result(self):
        if not self.is_over:
            raise asyncio.InvalidStateError("Result is not set.")
        return None

    def exception(self):
        if not self.is_over:
            raise asyncio.InvalidStateError("Exception is not set.")
        return None

    def add_done_callback(self, function, *, context=None):
        context = copy_context() if context is None else context
        if self.is_over:
            self.engine.loop.call_soon(function, self, context=context)
            return
        if self.callbacks is None:
            self.callbacks = DoneCallbacks()
        self.callbacks.add(function, context)

    def remove_done_callback(self, function):
        return 0 if self.callbacks is None else self.callbacks.remove(function)
