"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# Tests share their cores with each other and, in CI, with strangers: an example that takes long proves nothing.
settings.register_profile("ywstorm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ywstorm")
