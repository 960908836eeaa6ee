"""Character classes of HTTP/1 for compiled callers; Python sees nothing of them."""
