def monotonic_ns() -> int:
    """
    Nanoseconds on CLOCK_MONOTONIC, the clock of every instant in ywstorm.

    Returns:
        Nanoseconds since an unspecified start; comparable between processes of one host, never between hosts.
    """
