"""Servers that ywstorm brings along: things to aim at, whose behaviour is known."""

__all__: list[str] = []
