"""How a run looks while it goes on."""

__all__: list[str] = []
