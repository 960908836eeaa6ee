"""
When what should start: stages, executors and each worker's segment of them.

Everything here is a pure function of values: no clock, no loop, no file, no environment. Other packages import from
here; the modules below are its rooms.
"""

from ywstorm.plan.arrival_rates import ConstantArrivalRate, RampingArrivalRate
from ywstorm.plan.constant_vus import ConstantVUs
from ywstorm.plan.executor import ClosedPlan, Executor
from ywstorm.plan.iterations import PerVUIterations, SharedIterations
from ywstorm.plan.open_plan import OpenPlan
from ywstorm.plan.ramping_vus import RampingVUs
from ywstorm.plan.registry import EXECUTORS, executor_from_dict, is_executor
from ywstorm.plan.segment import Segment
from ywstorm.plan.stages import Stage, stage_bounds

__all__ = [
    "EXECUTORS",
    "ClosedPlan",
    "ConstantArrivalRate",
    "ConstantVUs",
    "Executor",
    "OpenPlan",
    "PerVUIterations",
    "RampingArrivalRate",
    "RampingVUs",
    "Segment",
    "SharedIterations",
    "Stage",
    "executor_from_dict",
    "is_executor",
    "stage_bounds",
]
