"""Rules of the source that no linter knows: what belongs together, how long a file may be, what must not be in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

MADE = {"build", "dist", "__pycache__", ".git"}  # folders of what tools make, beside .venv*, .*_cache and *.egg-info
MADE_SUFFIXES = {".so", ".c", ".pyc"}
MAX_LINES = 400
HOUSE = {"ywstorm", "ywstorm_core", "benchmarks", "tests", "docs", ".ci"}
DOCUMENTS = {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "docs/glossary.md"}
BUILT_BY = {"Makefile", "pyproject.toml", "setup.py", ".editorconfig", ".gitignore"}

# Written in halves, so that this file keeps its own rule.
MACHINE = re.compile(r"(?<![\w.])/(?:" + "ro" + r"ot|ho" + r"me(?!/me/)|wo" + r"rk|tmp/y" + r"s)\b(?:/|(?=[\s\"'`]))")
REGISTRY = re.compile(
    "py" + r"pi\.org|python" + r"hosted|index" + "-url|trusted" + "-host|find" + "-links", re.IGNORECASE
)
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + r"X)\b(?! ?\(#\d+\))")


def is_made(path: Path) -> bool:
    """Whether a tool made it: nothing of it is in a fresh clone."""
    folders = path.relative_to(ROOT).parts
    return path.suffix in MADE_SUFFIXES or any(
        part in MADE or part.startswith(".venv") or part.endswith(("_cache", ".egg-info")) or part == ".hypothesis"
        for part in folders
    )


def source_files() -> list[Path]:
    """Every file that people wrote."""

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if not is_made(path):
                yield from walk(path) if path.is_dir() else [path]

    return list(walk(ROOT))


FILES = source_files()
CODE = [path for path in FILES if path.suffix in {".py", ".pyx", ".pxd", ".pyi"}]
MODULES = [
    path for path in CODE if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in {"ywstorm", "ywstorm_core"}
]
COMPILED = [path for path in CODE if path.suffix == ".pyx"]


def name_of(path: Path) -> str:
    """The id of a case: its path in the checkout."""
    return str(path.relative_to(ROOT))


def module_name(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def assigned_names(body: list[ast.stmt]) -> set[str]:
    """Names that a module's top level gives a value by plain assignment."""
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def lines_that_match(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """ "path:line: text" of every line that matches."""
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_the_walk_finds_code_documents_and_build_files() -> None:
    names = {name_of(path) for path in FILES}

    assert names >= DOCUMENTS | BUILT_BY | {"ywstorm/__init__.py", "ywstorm_core/clock.pyx", ".ci/run"}


def test_the_house_has_no_other_rooms() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in FILES}

    assert tops <= HOUSE | DOCUMENTS | BUILT_BY


def test_compiled_modules_have_stubs_for_people_and_type_checkers() -> None:
    without = [name_of(path) for path in COMPILED if not path.with_suffix(".pyi").exists()]

    assert without == []


def test_what_a_cython_module_lends_to_others_is_declared_in_a_pxd() -> None:
    """A module without a .pxd lends nothing: nobody cimports it."""
    lenders = [module_name(path) for path in COMPILED if not path.with_suffix(".pxd").exists()]
    names = "|".join(map(re.escape, lenders))
    cimport = re.compile(rf"^\s*(?:from (?:{names}) cimport|cimport (?:{names}))\b")

    assert lines_that_match(cimport, [path for path in CODE if path.suffix in {".pyx", ".pxd"}]) == []


def test_every_file_can_be_read_in_one_sitting() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}

    assert {name: n_lines for name, n_lines in lengths.items() if n_lines > MAX_LINES} == {}


def test_every_module_begins_with_what_it_is_for() -> None:
    without = [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]

    assert without == []


def test_every_module_says_what_it_offers() -> None:
    """Those that are only a docstring, and those that are run, offer nothing."""
    without = [
        name_of(path)
        for path in MODULES
        if len(body := ast.parse(path.read_text(encoding="utf-8")).body) > 1
        and path.name != "__main__.py"
        and "__all__" not in assigned_names(body)
    ]

    assert without == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert lines_that_match(MACHINE, FILES) == []


def test_no_file_names_a_registry() -> None:
    assert lines_that_match(REGISTRY, FILES) == []


def test_nothing_is_left_for_later_without_an_issue() -> None:
    assert lines_that_match(UNFINISHED, CODE) == []


def test_compiled_modules_are_not_pasted_together() -> None:
    """``include "x.pyx"`` would hide a module from its dependents, from mypy and from the layers."""
    assert lines_that_match(re.compile(r"^\s*include\s+['\"]"), COMPILED) == []


def test_every_file_ends_with_one_line_end() -> None:
    unclean = [
        name_of(path)
        for path in FILES
        if (text := path.read_text(encoding="utf-8")) and (not text.endswith("\n") or text.endswith("\n\n"))
    ]

    assert unclean == []


def test_the_glossary_holds_the_words_of_the_public_api() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")

    for word in (
        "run",
        "scenario",
        "executor",
        "stage",
        "VU",
        "iteration",
        "check",
        "threshold",
        "due",
        "lateness",
        "latency",
    ):
        assert re.search(rf"^\| [^|]*\b{word}\b", glossary, re.MULTILINE), word


def test_the_readme_can_be_read_before_the_coffee_is_cold() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
