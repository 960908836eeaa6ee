"""All executors by their kind, and back from the plain values that travel to workers."""

from collections.abc import Mapping
from typing import Any, Final

from ywstorm.errors import suggestion
from ywstorm.plan.arrival_rates import ConstantArrivalRate, RampingArrivalRate
from ywstorm.plan.constant_vus import ConstantVUs
from ywstorm.plan.executor import Executor
from ywstorm.plan.iterations import PerVUIterations, SharedIterations
from ywstorm.plan.ramping_vus import RampingVUs
from ywstorm.plan.stages import Stage

__all__ = ["EXECUTORS", "executor_from_dict", "is_executor"]

EXECUTORS: Final[Mapping[str, type[Executor]]] = {
    ConstantArrivalRate.kind: ConstantArrivalRate,
    ConstantVUs.kind: ConstantVUs,
    PerVUIterations.kind: PerVUIterations,
    RampingArrivalRate.kind: RampingArrivalRate,
    RampingVUs.kind: RampingVUs,
    SharedIterations.kind: SharedIterations,
}


def is_executor(value: object) -> bool:
    """Say whether *value* is one of the executors, good or bad its fields may be."""
    return isinstance(value, tuple(EXECUTORS.values()))


def executor_from_dict(values: Mapping[str, Any]) -> Executor:
    """
    Rebuild an executor from its `Executor.to_dict`.

    Raises:
        ValueError: The kind is unknown.
        TypeError: A field is unknown.
    """
    fields = dict(values)
    kind = fields.pop("kind", None)
    if kind not in EXECUTORS:
        raise ValueError(f"there is no executor {kind!r}; {suggestion(str(kind), EXECUTORS)}".removesuffix("; "))
    if "stages" in fields:
        fields["stages"] = [Stage(**stage) for stage in fields["stages"]]
    return EXECUTORS[kind](**fields)
