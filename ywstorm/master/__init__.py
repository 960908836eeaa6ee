"""One run, seen from above: workers are started, listened to and stopped, and what they tell becomes a summary."""

__all__: list[str] = []
