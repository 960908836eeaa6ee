"""
What a script may import.

Importing this package loads nothing: each name is fetched from its module when it is first used, so that ``ywstorm
--help`` stays quick and a script loads only what it needs.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ywstorm.config import VERSION as __version__  # noqa: N811 (what it is called in every package)
    from ywstorm.config import Timeouts
    from ywstorm.plan import (
        ConstantArrivalRate,
        ConstantVUs,
        PerVUIterations,
        RampingArrivalRate,
        RampingVUs,
        SharedIterations,
        Stage,
    )
    from ywstorm.script.declare import options, scenario, setup, teardown
    from ywstorm.script.feeders import CSVFeeder, Feeder, JSONLinesFeeder
    from ywstorm.script.metrics import Counter, Gauge, Rate, Trend
    from ywstorm.script.variables import env
    from ywstorm.script.weighted import weighted
    from ywstorm_core.errors import NoResponse, RequestError
    from ywstorm_core.loop.response import Response
    from ywstorm_core.loop.vu import VirtualUser as VU  # noqa: N817 (users write it on every line)
    from ywstorm_core.net.multipart import File

__all__ = [
    "VU",
    "CSVFeeder",
    "ConstantArrivalRate",
    "ConstantVUs",
    "Counter",
    "Feeder",
    "File",
    "Gauge",
    "JSONLinesFeeder",
    "NoResponse",
    "PerVUIterations",
    "RampingArrivalRate",
    "RampingVUs",
    "Rate",
    "RequestError",
    "Response",
    "SharedIterations",
    "Stage",
    "Timeouts",
    "Trend",
    "__version__",
    "env",
    "options",
    "scenario",
    "setup",
    "teardown",
    "weighted",
]

_HOMES = {
    "VU": "ywstorm_core.loop.vu:VirtualUser",
    "CSVFeeder": "ywstorm.script.feeders:CSVFeeder",
    "ConstantArrivalRate": "ywstorm.plan:ConstantArrivalRate",
    "ConstantVUs": "ywstorm.plan:ConstantVUs",
    "Counter": "ywstorm.script.metrics:Counter",
    "Feeder": "ywstorm.script.feeders:Feeder",
    "File": "ywstorm_core.net.multipart:File",
    "Gauge": "ywstorm.script.metrics:Gauge",
    "JSONLinesFeeder": "ywstorm.script.feeders:JSONLinesFeeder",
    "NoResponse": "ywstorm_core.errors:NoResponse",
    "PerVUIterations": "ywstorm.plan:PerVUIterations",
    "RampingArrivalRate": "ywstorm.plan:RampingArrivalRate",
    "RampingVUs": "ywstorm.plan:RampingVUs",
    "Rate": "ywstorm.script.metrics:Rate",
    "RequestError": "ywstorm_core.errors:RequestError",
    "Response": "ywstorm_core.loop.response:Response",
    "SharedIterations": "ywstorm.plan:SharedIterations",
    "Stage": "ywstorm.plan:Stage",
    "Timeouts": "ywstorm.config:Timeouts",
    "Trend": "ywstorm.script.metrics:Trend",
    "__version__": "ywstorm.config:VERSION",
    "env": "ywstorm.script.variables:env",
    "options": "ywstorm.script.declare:options",
    "scenario": "ywstorm.script.declare:scenario",
    "setup": "ywstorm.script.declare:setup",
    "teardown": "ywstorm.script.declare:teardown",
    "weighted": "ywstorm.script.weighted:weighted",
}


if not TYPE_CHECKING:  # with it in sight, a type checker would believe in every name

    def __getattr__(name: str) -> object:
        """Fetch a public name from its module and keep it here."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'ywstorm' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        module, _, attribute = home.partition(":")
        value: object = getattr(import_module(module), attribute)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, fetched or not."""
    return sorted(set(globals()) | set(__all__))
