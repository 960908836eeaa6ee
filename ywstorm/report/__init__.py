"""A `Summary`, rendered: for people as text, for programs as JSON."""

__all__: list[str] = []
