"""Chunk framing for compiled callers; Python sees nothing of it."""
