"""
Fails when a test was skipped for a reason that nobody allowed.

    python .ci/skips.py build/pytest.xml

Reads pytest's JUnit file; .ci/allowed-skips.txt holds one allowed reason per line (# begins a comment).
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

ALLOWED = Path(__file__).with_name("allowed-skips.txt")


def allowed_reasons() -> set[str]:
    """The lines of the list that are not comments."""
    lines = (line.strip() for line in ALLOWED.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def skips(report: Path) -> list[tuple[str, str]]:
    """(test, reason) of every skipped test in a JUnit file."""
    return [
        (f"{case.get('classname')}::{case.get('name')}", skipped.get("message", ""))
        for case in ElementTree.parse(report).iter("testcase")
        for skipped in case.iter("skipped")
    ]


def main() -> int:
    """Name every skip that is not allowed; 1 if there are any."""
    allowed = allowed_reasons()
    bad = [(test, reason) for test, reason in skips(Path(sys.argv[1])) if reason not in allowed]
    for test, reason in bad:
        print(f"skipped without leave: {test}: {reason!r} is not in {ALLOWED.name}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
