"""What holds for all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.reference.postgres import NO_POSTGRES, find_binaries, fresh_database, running_postgres
from tests.reference.secure import Certificates

# Tests share their cores with each other and, in CI, with strangers: an example that takes long proves nothing.
settings.register_profile("ywstorm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ywstorm")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The DSN of a real PostgreSQL that all tests of this process share."""
    if find_binaries() is None:
        pytest.skip(NO_POSTGRES)
    with running_postgres() as dsn:
        yield dsn


@pytest.fixture
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """The DSN of an empty database on a real PostgreSQL, gone after the test."""
    with fresh_database(postgres_server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """What authorities sign: made for this session, in files that go with it."""
    return Certificates(tmp_path_factory.mktemp("certificates"))
