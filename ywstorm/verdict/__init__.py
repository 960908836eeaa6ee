"""Is the measurement to be trusted, and how does the run end? Pure functions of what the master knows."""

__all__: list[str] = []
