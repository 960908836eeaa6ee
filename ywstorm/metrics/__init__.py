"""What is measured and what is promised about it: pure functions of merged series."""

__all__: list[str] = []
