"""The framing fields of a head for compiled callers; Python sees nothing of them."""
