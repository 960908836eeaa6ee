"""
Builds the compiled core. Metadata lives in pyproject.toml; this file only knows how to compile.

Every ``x.pyx`` under ``ywstorm_core`` is an extension module of its own, and all of them share the one table of
compiler directives below. ``YWSTORM_DEBUG=1`` builds with bounds checks and the invariants of ``debug.h``.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = os.environ.get("YWSTORM_DEBUG", "0") == "1"
JOBS = int(os.environ.get("YWSTORM_BUILD_JOBS", os.cpu_count() or 1))

DIRECTIVES = {
    "language_level": "3",
    "embedsignature": True,
    "binding": True,
    "auto_pickle": False,
    "cdivision": True,  # every divisor on a hot path is a positive constant or checked by its caller
    "wraparound": False,
    "boundscheck": DEBUG,
    "initializedcheck": DEBUG,
    "nonecheck": False,  # on, it refuses every `self.x` in a nogil method
}
MACROS = [("YWSTORM_DEBUG", "1" if DEBUG else "0")]
FLAGS = ["-O1", "-g", "-fno-omit-frame-pointer"] if DEBUG else ["-O2", "-g0", "-fno-semantic-interposition"]


def extensions() -> list[Extension]:
    """One extension per ``.pyx``; its module name is its path."""
    return [
        Extension(
            str(path.with_suffix("")).replace(os.sep, "."),
            [str(path)],
            define_macros=MACROS,
            include_dirs=["ywstorm_core"],
            extra_compile_args=[*FLAGS, "-Wno-unused-function", "-Wno-unreachable-code"],
        )
        for path in sorted(Path("ywstorm_core").rglob("*.pyx"))
    ]


if __name__ == "__main__":
    setup(
        ext_modules=cythonize(
            extensions(),
            nthreads=JOBS,
            compiler_directives=DIRECTIVES,
            build_dir="build/cython-debug" if DEBUG else "build/cython",
        ),
        options={"build_ext": {"parallel": JOBS}},
    )
