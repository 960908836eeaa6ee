"""What scripts log appears on stderr, as much of it as was asked for."""

from pathlib import Path

import pytest

from tests.e2e.run_of import run, worker_lines

SCRIPT = """
import logging
from ywstorm import PerVUIterations, scenario

@scenario(PerVUIterations())
async def talk(vu):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        logging.getLogger("shop").log(level, "said by VU %d", vu.id)
"""


@pytest.mark.parametrize(
    ("flags", "levels"), [((), ["INFO", "WARNING"]), (("-v",), ["DEBUG", "INFO", "WARNING"]), (("-q",), ["WARNING"])]
)
def test_the_level_of_logging_follows_the_flag(tmp_path: Path, flags: tuple[str, ...], levels: list[str]) -> None:
    ended = run(tmp_path, SCRIPT, *flags)
    said = [line for line in worker_lines(ended) if "shop" in line]
    assert said == [f"{level}:shop:said by VU 1" for level in levels]
