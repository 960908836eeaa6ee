"""Custom metrics: four kinds, each with an `add` that scripts call between two requests."""
from ywstorm_core.loop.group cimport path_in
from ywstorm_core.loop.vu cimport VirtualUser

__all__ = ["Counter", "Gauge", "Metric", "Rate", "Trend"]


cdef class Metric:
    """A metric of the script's own. Use Counter, Gauge, Rate or Trend."""

    cdef readonly str name, kind, unit

    def __init__(self, str name not None, str unit not None=""):
        self.name = name
        self.unit = unit

    def add(self, vu, value=1, tags=None):
        if not isinstance(vu, VirtualUser):
            raise TypeError(f"{self.name}.add: the first argument is the virtual user: write add(vu, {vu!r})")
        self.record(vu, value, tags)

    cdef int record(self, VirtualUser vu, double number, object tags) except -1:
        if number != number:
            raise ValueError(f"the metric {self.name!r} was given NaN")
        vu.scenario_context.sink(
            self.name, self.kind, vu.due_ns, path_in(vu.groups), vu.own_tags, tags, None,
        ).add(number, vu.due_ns)
        return 0

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


cdef class Counter(Metric):
    """A sum that only grows."""

    def __cinit__(self):
        self.kind = "counter"


cdef class Gauge(Metric):
    """The last, lowest and highest value."""

    def __cinit__(self):
        self.kind = "gauge"


cdef class Rate(Metric):
    """The share of samples that are true."""

    def __cinit__(self):
        self.kind = "rate"


cdef class Trend(Metric):
    """A distribution: percentiles come from its histogram."""

    def __cinit__(self):
        self.kind = "trend"
