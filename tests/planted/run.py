"""
Plants faults and demands that a test sees each of them: a gate that cannot fail is not a gate.

    python tests/planted/run.py [NAME ...]

Every ``NAME.patch`` beside this file is a unified diff of the checkout whose first line names the test that must turn
red: ``# red: tests/core/test_x.py::test_y``. For each, in a temporary copy of the checkout: run the test (green), apply
the patch, compile if a compiled file changed, run the test again (red: pytest's exit code 1, and no other).
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COMPILED_SUFFIXES = (".pyx", ".pxd", ".h")
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "*_cache", ".hypothesis", "*.egg-info", "__pycache__", "debug", "hints"
)
TIMEOUT_S = 300
GREEN, RED = 0, 1
HEADER = re.compile(r"# red: (\S+)")
CHANGED = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plant:
    """One fault: its patch, and the test that must see it."""

    name: str
    path: Path
    test: str
    is_compiled: bool


def read_plant(path: Path) -> Plant:
    """
    Read a patch file.

    Raises:
        ValueError: Its first line names no test, or it changes no file.
    """
    text = path.read_text(encoding="utf-8")
    header, changed = HEADER.match(text), CHANGED.findall(text)
    if header is None or not changed:
        raise ValueError(f"{path.name}: wants a first line '# red: TEST' and a unified diff after it")
    return Plant(path.stem, path, header[1], any(name.endswith(COMPILED_SUFFIXES) for name in changed))


def run_test(checkout: Path, test: str) -> int:
    """pytest's exit code for one test, with the packages of *checkout* before any installed ones."""
    command = [sys.executable, "-m", "pytest", test, "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=checkout, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            code = process.wait(TIMEOUT_S)
        finally:
            end_session(process.pid)
            process.wait()
        if code not in {GREEN, RED}:
            output.seek(0)
            print(output.read()[-4000:])
    return code


def end_session(session: int) -> None:
    """Kill what is left of a test and of all that it started: a planted fault may leave orphans behind."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == session:
                    os.kill(int(entry.name), signal.SIGKILL)


def failure_of(plant: Plant, checkout: Path) -> str | None:
    """What is wrong with a gate, in a sentence; None if it caught the fault."""
    if run_test(checkout, plant.test) != GREEN:
        return f"{plant.test} is not green to begin with"
    applied = subprocess.run(["git", "apply", str(plant.path)], cwd=checkout, capture_output=True, text=True)
    if applied.returncode != 0:
        return f"the patch does not apply: {applied.stderr.strip()}"
    if plant.is_compiled:
        build = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
        subprocess.run(build, cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    code = run_test(checkout, plant.test)
    return None if code == RED else f"{plant.test} did not turn red (pytest's exit code {code})"


def main(names: list[str]) -> int:
    """Try every plant, or those named; 1 if a gate let one pass."""
    plants = [read_plant(path) for path in sorted(Path(__file__).parent.glob("*.patch"))]
    failures = 0
    for plant in plants:
        if names and plant.name not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="ywstorm-planted-") as folder:
            checkout = Path(folder, "checkout")
            shutil.copytree(ROOT, checkout, ignore=NOT_COPIED)  # keeps times: only what the patch changes is compiled
            failure = failure_of(plant, checkout)
        print(f"{plant.name}: {failure or 'seen'}", flush=True)
        failures += failure is not None
    print(f"{failures} planted faults passed unseen")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
