"""What users write against: decorators, options, metrics, variables, and the loader that runs it all."""

__all__: list[str] = []
