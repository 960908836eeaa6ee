"""Names of the kernel for compiled callers; Python sees nothing of them."""

__all__: list[str] = []
