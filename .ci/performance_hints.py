"""
Fails when Cython has a performance hint for the core: a hot function that would take the GIL after all.

Cython gives hints only for what it translates, and its -Werror lets them pass; so this translates every module afresh
(no C compiler runs) and reads what it says.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TRANSLATE = """
from Cython.Build import cythonize
import setup
extensions, directives = setup.extensions(), setup.DIRECTIVES
cythonize(extensions, force=True, nthreads=setup.JOBS, compiler_directives=directives, build_dir="build/hints")
"""
HINT = re.compile(r"^(?:performance hint|warning): .*", re.MULTILINE)


def main() -> int:
    """Print every hint and warning; 1 if there are any or the translation failed."""
    done = subprocess.run(
        [sys.executable, "-c", TRANSLATE], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        print(done.stdout)
        return 1
    hints = HINT.findall(done.stdout)
    print("\n".join([*hints, f"cython: {len(hints)} hints and warnings"]))
    return 1 if hints else 0


if __name__ == "__main__":
    sys.exit(main())
