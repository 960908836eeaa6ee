"""The reference target as ``ywstorm run --with-target`` starts it, with the words of ``--target-args``."""

from typing import Any
from urllib.request import urlopen

import pytest

from ywstorm.cli.with_target import running_target
from ywstorm.errors import OptionsError


def test_it_is_started_with_the_options_that_it_is_given(postgres_dsn: str) -> None:
    arguments = ["--db", postgres_dsn, "--workers", "2", "--pool", "2", "--bcrypt-cost", "4", "--port", "1"]

    with running_target(arguments) as target:
        root = target.url.removesuffix("/api")
        for _ in range(10):
            with urlopen(f"{root}/health") as answer:
                assert answer.status == 200
        assert target.counts() == {"url": target.url, "requests": 10, "by_endpoint": {"GET /health": 10}}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--pool", "many"], 2, "'many' is not a valid integer"),
        (["--pool", "0"], 104, "--pool: 0 is outside 1 to 1000"),
        (["--pool-timeout", "soon"], 104, "--pool-timeout: 'soon' is not a duration"),
        (["--fault", "GET /auth/me"], 104, "--fault: 'GET /auth/me' is not a fault"),
        (["--fault", "GET /auth/mee:close"], 104, "fits no endpoint"),
    ],
)
def test_options_that_are_wrong_are_told_before_anything_is_sent(
    arguments: list[str], code: int, said: str, capfd: Any
) -> None:
    with (
        pytest.raises(OptionsError, match=f"the reference target ended with {code} before it listened"),
        running_target(arguments),
    ):
        pass

    assert said in capfd.readouterr().err
