__all__ = ["Source"]

class Source:
    """Where the rest of a request's body comes from while it is being sent."""
