"""What the tests of the compiled loop share."""

import asyncio
from collections.abc import Callable

import pytest

from tests.reference.drive import LOOPS


@pytest.fixture(params=LOOPS.values(), ids=LOOPS.keys())
def loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    """A factory of each kind of loop that the engine must work on."""
    factory: Callable[[], asyncio.AbstractEventLoop] = request.param
    return factory
