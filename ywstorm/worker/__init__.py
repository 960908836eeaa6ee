"""One worker process: it imports the script, drives its segment of the plan and reports once a second."""

__all__: list[str] = []
