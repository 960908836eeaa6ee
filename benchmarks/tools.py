"""The foreign programs that the harness needs: where they are, and which Debian package has them."""

import os
import shutil
from collections.abc import Iterable

__all__ = ["DEBIAN_PACKAGES", "BenchmarkError", "missing_tools", "tool"]

DEBIAN_PACKAGES = {"taskset": "util-linux", "wrk": "wrk", "nginx": "nginx", "openssl": "openssl"}
_SEARCH_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # nginx is not in a user's PATH


class BenchmarkError(Exception):
    """A figure that could not be measured; the text says why and what to do."""


def tool(name: str) -> str:
    """
    Path of a program.

    Raises:
        BenchmarkError: It is not installed.
    """
    path = shutil.which(name, path=_SEARCH_PATH)
    if path is None:
        raise BenchmarkError(f"{name} is missing: apt-get install {DEBIAN_PACKAGES[name]}")
    return path


def missing_tools(names: Iterable[str]) -> list[str]:
    """A sentence for each of *names* that is not installed."""
    return [
        f"{name} is missing: apt-get install {DEBIAN_PACKAGES[name]}"
        for name in names
        if shutil.which(name, path=_SEARCH_PATH) is None
    ]
