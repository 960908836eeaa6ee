"""
What a script awaits.

Three kinds of callers await a Pending. A virtual user's coroutine yields it to its driver, which stores itself as
`waiter` and is resumed without a detour. An asyncio Task sees a Future (`_asyncio_future_blocking`,
`add_done_callback`). And `create_task`, `TaskGroup` and their like demand a coroutine: `send`, `throw`, `close`.

The value travels by `tp_iternext`: an ordinary Cython `__next__` that ends in StopIteration costs a traceback entry a
request, so each final type gets a C function in its slot (`install_next`), and from 3.12 on one StopIteration instance
is used again while nobody else holds it. `__next__` stays as the same-behaving fallback.
"""
cimport cython
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF

import asyncio
from contextvars import copy_context

from ywstorm_core.clock cimport now_ns

cdef extern from "Python.h":
    ctypedef PyObject* (*iternextfunc)(PyObject*) noexcept
    void PyErr_SetObject(object kind, object value)
    void PyErr_SetNone(object kind)
    int Py_REFCNT(PyObject* o)
    void PyType_Modified(PyTypeObject* kind)

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030C0000
    /* The kept StopIteration, and whether it may be used again: only while nobody else holds it. */
    static PyObject* yw_stop = NULL;
    static void yw_return(PyObject* value) {
        if (yw_stop == NULL || Py_REFCNT(yw_stop) != 1) {
            Py_XDECREF(yw_stop);
            yw_stop = PyObject_CallNoArgs(PyExc_StopIteration);
            if (yw_stop == NULL) return;
        }
        PyStopIterationObject* stop = (PyStopIterationObject*)yw_stop;
        PyObject* old = stop->value;
        stop->value = Py_NewRef(value);
        Py_XDECREF(old);
        Py_CLEAR(stop->traceback);
        Py_CLEAR(stop->context);
        PyErr_SetRaisedException(Py_NewRef(yw_stop));
    }
    #else
    static void yw_return(PyObject* value) {
        PyErr_SetObject(PyExc_StopIteration, value);
    }
    #endif
    static void yw_set_next(PyTypeObject* type, PyObject* (*next)(PyObject*)) {
        type->tp_iternext = next;
        PyType_Modified(type);
    }
    """
    void yw_return(PyObject* value) noexcept
    void yw_set_next(PyTypeObject* kind, iternextfunc function)

__all__ = ["DoneCallbacks", "Pending", "Sleep", "Wake", "install_next"]

cdef object CancelledError = asyncio.CancelledError
cdef object InvalidStateError = asyncio.InvalidStateError


cdef PyObject* next_of_pending(PyObject* self) noexcept:
    """`tp_iternext`: itself while pending, StopIteration(value) when done, CancelledError when cancelled."""
    cdef Pending pending = <Pending>self
    pending.is_awaited = True
    if pending.state == PendingState.PENDING:
        pending.future_blocking = True
        Py_INCREF(pending)
        return self
    if pending.state == PendingState.DONE:
        pending.note_await()
        yw_return(<PyObject*>pending.result_value)
        return NULL
    PyErr_SetObject(CancelledError, pending.cancel_message)
    return NULL


def install_next(kind):
    """Put the C function into the slot of *kind*, a final subtype of Pending."""
    if not issubclass(kind, Pending):
        raise TypeError(f"{kind!r} is no Pending")
    yw_set_next(<PyTypeObject*>kind, next_of_pending)


@cython.final
cdef class DoneCallbacks:
    def __cinit__(self):
        self.pairs = []

    cdef int add(self, object function, object context) except -1:
        self.pairs.append((function, context))
        return 0

    cdef int remove(self, object function) except -1:
        """Forget *function*; returns how often it was there."""
        cdef Py_ssize_t before = len(self.pairs)
        self.pairs = [pair for pair in self.pairs if pair[0] != function]
        return before - len(self.pairs)

    cdef int call(self, object loop, object future) except -1:
        """Call everybody, once."""
        cdef list pairs = self.pairs
        self.pairs = []
        for function, context in pairs:
            loop.call_soon(function, future, context=context)
        return 0


cdef class Pending:
    """An awaitable of the engine that is also an asyncio Future. Scripts get it from `vu.get` or `vu.sleep`."""

    # -- set by the engine ---------------------------------------------------------------------------------------

    cdef int settle(self, object value, int64_t now) except -1:
        """Done: keep the value and resume whoever waits."""
        cdef Runnable waiter = self.waiter
        if self.state != PendingState.PENDING:
            return 0
        self.result_value = value
        self.state = PendingState.DONE
        if self.callbacks is not None:
            self.callbacks.call(self.engine.loop, self)
        if waiter is not None:
            self.waiter = None
            waiter.due_ns = now
            self.engine.resume(waiter)
        return 0

    cdef int on_cancel(self) except -1:
        raise NotImplementedError(type(self).__name__)

    cdef void note_await(self) noexcept:
        """Its value is about to be handed over."""

    # -- awaiting ------------------------------------------------------------------------------------------------

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self.state == PendingState.PENDING:
            self.is_awaited = True
            self.future_blocking = True
            return self
        raise StopIteration(self.result())

    def send(self, value):
        return self.__next__()

    def throw(self, kind, value=None, traceback=None):
        self.is_awaited = True
        if self.state == PendingState.PENDING:
            self.cancel()
        if isinstance(kind, BaseException):
            raise kind
        raise kind if value is None else value

    def close(self):
        self.is_awaited = True
        if self.state == PendingState.PENDING:
            self.cancel()

    # -- asyncio.Future ------------------------------------------------------------------------------------------

    @property
    def _asyncio_future_blocking(self):
        return self.future_blocking

    @_asyncio_future_blocking.setter
    def _asyncio_future_blocking(self, value):
        self.future_blocking = value

    @property
    def _cancel_message(self):
        return self.cancel_message

    @_cancel_message.setter
    def _cancel_message(self, value):
        self.cancel_message = value

    @property
    def _loop(self):
        return self.engine.loop

    def get_loop(self):
        return self.engine.loop

    def done(self):
        return self.state != PendingState.PENDING

    def cancelled(self):
        return self.state == PendingState.CANCELLED

    def cancel(self, msg=None):
        cdef Runnable waiter
        if self.state != PendingState.PENDING:
            return False
        self.cancel_message = msg
        self.state = PendingState.CANCELLED
        self.on_cancel()
        if self.callbacks is not None:
            self.callbacks.call(self.engine.loop, self)
        if self.waiter is not None:
            waiter, self.waiter = self.waiter, None
            waiter.due_ns = now_ns()
            self.engine.make_ready(waiter)
        return True

    def _make_cancelled_error(self):
        return CancelledError() if self.cancel_message is None else CancelledError(self.cancel_message)

    def result(self):
        if self.state == PendingState.CANCELLED:
            raise self._make_cancelled_error()
        if self.state == PendingState.PENDING:
            raise InvalidStateError("Result is not set.")
        self.is_awaited = True
        self.note_await()
        return self.result_value

    def exception(self):
        if self.state == PendingState.CANCELLED:
            raise self._make_cancelled_error()
        if self.state == PendingState.PENDING:
            raise InvalidStateError("Exception is not set.")
        return None

    def add_done_callback(self, function, *, context=None):
        self.is_awaited = True
        context = copy_context() if context is None else context
        if self.state != PendingState.PENDING:
            self.engine.loop.call_soon(function, self, context=context)
            return
        if self.callbacks is None:
            self.callbacks = DoneCallbacks()
        self.callbacks.add(function, context)

    def remove_done_callback(self, function):
        return 0 if self.callbacks is None else self.callbacks.remove(function)


cdef class Wake(Timed):
    cdef int on_deadline(self, int64_t now) except -1:
        cdef Sleep sleep = self.sleep
        self.sleep = None
        if sleep is not None:
            sleep.engine.sleep_ns += sleep.wake_ns - sleep.began_ns
            sleep.engine.sleep_late_ns += now - sleep.wake_ns
            sleep.settle(None, sleep.wake_ns)
        return 0


@cython.final
@cython.no_gc
cdef class Sleep(Pending):
    """`await vu.sleep(seconds)`: wakes on an absolute deadline, never early."""

    @staticmethod
    cdef Sleep start(Engine engine, int64_t began_ns, int64_t length_ns):
        cdef Sleep sleep = Sleep.__new__(Sleep)
        sleep.engine = engine
        sleep.began_ns = began_ns
        sleep.wake_ns = began_ns + length_ns
        sleep.wake = Wake.__new__(Wake)
        sleep.wake.sleep = sleep
        engine.wake_at(sleep.wake, sleep.wake_ns)
        return sleep

    cdef int on_cancel(self) except -1:
        self.engine.heap.remove(self.wake)
        self.wake.sleep = None
        return 0

    def __dealloc__(self):
        # The type is no_gc, so every field is still there.
        if not self.is_awaited and self.engine is not None:
            self.engine.observer.unawaited("", "vu.sleep")

    def __repr__(self):
        return f"<Sleep {'pending' if self.state == PendingState.PENDING else 'over'}>"


install_next(Sleep)
