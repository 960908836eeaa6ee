"""Scripts that come with ywstorm, run by name: ``ywstorm run ywmessaging --scenario smoke``."""

__all__: list[str] = []
