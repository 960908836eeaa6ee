"""
The house has floors: who may import whom, in Python and in Cython, also late, conditionally or for types only.

A file imports only from rows below its own; packages on one row never import each other. The facade ``ywstorm`` itself
is for scripts and suites. Within the core, ``loop`` uses ``net`` and ``stats``, and those two use only the leaves.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ROWS = (  # the highest first
    {"", "__main__"},  # "" is ywstorm/__init__.py: it fetches names from everywhere, and nothing in the house needs it
    {"cli"},
    {"master", "worker", "live", "servers"},
    {"report", "store", "script"},
    {"wire"},
    {"verdict"},
    {"plan", "metrics"},
    {"config"},
    {"errors", "units"},
)
CORE_USES = {
    "clock": set(),
    "errors": set(),
    "sample": set(),
    "debug": set(),
    "stats": {"clock", "errors", "sample", "debug"},
    "net": {"clock", "errors", "sample", "debug"},
    "loop": {"clock", "errors", "sample", "debug", "net", "stats"},
    "nullserver": {"clock", "errors", "sample", "debug", "net", "stats"},
}
ROW_OF = {part: row for row, parts in enumerate(ROWS) for part in parts}

STRINGS_AND_COMMENTS = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|#[^\n]*')
FROM_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+([\w.]+)[ \t]+(?:cimport|import)[ \t]+(\([^)]*\)|(?:[^\n\\]|\\\n)+)", re.MULTILINE
)
PLAIN_IMPORT = re.compile(r"^[ \t]*(?:cimport|import)[ \t]+([^\n;]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Import:
    """``from module import names``; no names for ``import module``."""

    module: str
    names: tuple[str, ...] = ()

    def targets(self) -> tuple[str, ...]:
        """Everything that could be a module: ``from a import b`` may mean ``a.b``."""
        return tuple(f"{self.module}.{name}" for name in self.names) or (self.module,)


def module_name(path: Path, root: Path) -> str:
    """``ywstorm/plan/__init__.py`` → ``ywstorm.plan``."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def absolute(dotted: str, path: Path, root: Path) -> str:
    """Resolve the leading dots of a relative import."""
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    package = path.relative_to(root).parent.parts
    base = package[: len(package) - level + 1] if level else ()
    return ".".join((*base, name)) if name else ".".join(base)


def imports_of(path: Path, root: Path) -> Iterator[Import]:
    """Every import of a file, wherever in it it stands."""
    found = python_imports(path) if path.suffix in {".py", ".pyi"} else cython_imports(path)
    for imported in found:
        yield Import(absolute(imported.module, path, root), imported.names)


def python_imports(path: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names):
                yield from (Import(alias.name) for alias in names)
            case ast.ImportFrom(module, names, level):
                yield Import("." * level + (module or ""), tuple(alias.name for alias in names))
            case ast.Call(ast.Name("import_module" | "__import__"), [ast.Constant(str(name)), *_]):
                yield Import(name)
            case ast.Call(ast.Attribute(attr="import_module"), [ast.Constant(str(name)), *_]):
                yield Import(name)


def cython_imports(path: Path) -> Iterator[Import]:
    source = STRINGS_AND_COMMENTS.sub("", path.read_text())
    for module, names in FROM_IMPORT.findall(source):
        yield Import(module, names_in(names.strip("()")))
    for modules in PLAIN_IMPORT.findall(source):
        yield from (Import(module) for module in names_in(modules))


def names_in(listing: str) -> tuple[str, ...]:
    """``a, b as c`` → ``("a", "b")``."""
    cleaned = listing.replace("\\", " ")
    return tuple(item.split()[0] for item in cleaned.split(",") if item.strip())


def violations(path: Path, root: Path, public_names: Sequence[str] = ()) -> list[str]:
    """List what *path* imports and must not, each as a sentence."""
    importer = module_name(path, root)
    found = imports_of(path, root)
    if importer.startswith("ywstorm.suites"):
        broken = suite_violations(importer, found, public_names)
    elif importer.split(".")[0] == "ywstorm_core":
        broken = core_violations(importer, found)
    else:
        broken = house_violations(importer, found)
    return sorted({f"{path.relative_to(root)} imports {target}: {rule}" for target, rule in broken})


def part_of(module: str) -> str:
    """The part of the house that a module belongs to: ``ywstorm.plan.ramp`` → ``plan``."""
    return [*module.split("."), ""][1]


def house_violations(importer: str, found: Iterable[Import]) -> Iterator[tuple[str, str]]:
    part = part_of(importer)
    for target in (target for imported in found for target in imported.targets()):
        package, target_part = target.split(".")[0], part_of(target)
        if package == "ywstorm_core" or (package == "ywstorm" and target_part == part):
            continue
        if package == "ywstorm" and target_part not in ROW_OF:
            yield target, "only scripts and suites import from ywstorm itself, and nothing imports suites"
        elif package == "ywstorm" and ROW_OF[target_part] <= ROW_OF[part]:
            yield target, f"{target_part or 'ywstorm itself'} is not below {part}"


def core_violations(importer: str, found: Iterable[Import]) -> Iterator[tuple[str, str]]:
    part = part_of(importer)
    for target in (target for imported in found for target in imported.targets()):
        package, target_part = target.split(".")[0], part_of(target)
        if package == "ywstorm":
            yield target, "the core knows nothing of ywstorm"
        elif package == "ywstorm_core" and target_part != part and target_part not in CORE_USES.get(part, set()):
            yield target, f"{part or 'ywstorm_core itself'} may not use {target_part or 'ywstorm_core itself'}"


def suite_violations(importer: str, found: Iterable[Import], public_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    own_package = ".".join(importer.split(".")[:3])
    for imported in found:
        if imported.module == "ywstorm":
            hidden = [name for name in imported.names if name not in public_names]
            yield from ((f"ywstorm.{name}", "it is not a public name") for name in hidden)
        elif imported.module.split(".")[0] in {"ywstorm", "ywstorm_core"}:
            is_own = f"{imported.module}.".startswith(f"{own_package}.")
            if not is_own:
                yield imported.module, "a suite is a script: it imports names of ywstorm, not its modules"


def sources() -> list[Path]:
    suffixes = {".py", ".pyi", ".pyx", ".pxd"}
    return [
        path
        for package in ("ywstorm", "ywstorm_core")
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in suffixes
    ]


def public_names() -> list[str]:
    """``__all__`` of the facade, read without importing it."""
    for node in ast.parse((ROOT / "ywstorm/__init__.py").read_text()).body:
        match node:
            case ast.Assign([ast.Name("__all__")], value):
                return list(ast.literal_eval(value))
    raise AssertionError("ywstorm/__init__.py has no __all__")


def test_every_file_imports_only_from_below() -> None:
    allowed = public_names()

    assert [broken for path in sources() for broken in violations(path, ROOT, allowed)] == []


def test_every_part_of_the_house_has_a_row() -> None:
    parts = {part_of(module_name(path, ROOT)) for path in sources() if path.is_relative_to(ROOT / "ywstorm")}
    core_parts = {part_of(module_name(path, ROOT)) for path in sources() if path.is_relative_to(ROOT / "ywstorm_core")}

    assert parts - set(ROW_OF) <= {"suites"}
    assert core_parts - set(CORE_USES) <= {""}


def test_python_modules_do_not_import_each_other_in_a_circle() -> None:
    paths = {module_name(path, ROOT): path for path in sources() if path.suffix == ".py"}
    graph = {
        name: {
            target if target in paths else imported.module
            for imported in imports_of(path, ROOT)
            for target in imported.targets()
        }
        & (paths.keys() - {name})
        for name, path in paths.items()
    }

    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]

    assert circle == []


def test_no_module_bears_the_name_of_a_public_function() -> None:
    modules = {path.stem for path in (ROOT / "ywstorm").iterdir()}

    assert modules.isdisjoint(public_names())


PLANTED = {
    "a lower row imports a higher one": ("ywstorm/plan/x.py", "import ywstorm.master.run"),
    "a late import inside a function": ("ywstorm/plan/x.py", "def f():\n    from ywstorm.script import loader"),
    "an import for types only": (
        "ywstorm/metrics/x.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ywstorm.report import text",
    ),
    "an import by name": ("ywstorm/wire.py", "import importlib\nimportlib.import_module('ywstorm.cli.run')"),
    "a neighbour on the same row": ("ywstorm/metrics/x.py", "from ywstorm.plan.stages import Stage"),
    "a relative neighbour": ("ywstorm/metrics/x.py", "from ..plan import Stage"),
    "a part taken from the package": ("ywstorm/worker/x.py", "from ywstorm import master"),
    "a public name used inside the house": ("ywstorm/script/x.py", "from ywstorm import VU"),
    "the whole package": ("ywstorm/script/x.py", "import ywstorm"),
    "the house imports a suite": ("ywstorm/cli/x.py", "import ywstorm.suites.ywmessaging"),
    "units and errors are neighbours": ("ywstorm/units.py", "from ywstorm.errors import Problem"),
    "a suite imports a module": ("ywstorm/suites/s/x.py", "from ywstorm.metrics.registry import Registry"),
    "a suite imports the core": ("ywstorm/suites/s/x.py", "from ywstorm_core.loop.vu import VirtualUser"),
    "a suite imports what is not public": ("ywstorm/suites/s/x.py", "from ywstorm import VU, master"),
    "a suite imports another one": ("ywstorm/suites/s/x.py", "from ywstorm.suites.s2 import users"),
    "the core imports the house": ("ywstorm_core/loop/x.pyx", "def f():\n    from ywstorm.errors import Problem"),
    "the core's stub imports the house": ("ywstorm_core/loop/x.pyi", "from ywstorm.errors import Problem"),
    "stats use loop": ("ywstorm_core/stats/x.pyx", "from ywstorm_core.loop.vu cimport VirtualUser"),
    "net uses stats": ("ywstorm_core/net/x.pxd", "cimport ywstorm_core.stats.histogram as h"),
    "net uses stats, relatively": ("ywstorm_core/net/x.pyx", "from ..stats.series cimport Series"),
    "net uses stats, over two lines": ("ywstorm_core/net/x.pyx", "from ywstorm_core cimport (clock,\n    stats)"),
    "net uses loop from Python": ("ywstorm_core/net/x.py", "from ywstorm_core.loop import engine"),
    "a leaf uses net": ("ywstorm_core/clock.pyx", "cimport ywstorm_core.net.url"),
}
ALLOWED = {
    "a higher row imports a lower one": ("ywstorm/master/x.py", "from ywstorm.plan import Stage\nimport ywstorm.wire"),
    "a part imports itself": ("ywstorm/plan/x.py", "from ywstorm.plan.stages import Stage\nfrom . import ramp"),
    "everybody imports the core": ("ywstorm/units.py", "from ywstorm_core.clock import now_ns"),
    "other packages are not our business": ("ywstorm/plan/x.py", "import math\nfrom orjson import dumps"),
    "the facade imports the house": ("ywstorm/__init__.py", "from ywstorm.script.declare import scenario"),
    "a suite imports public names and itself": (
        "ywstorm/suites/s/x.py",
        "from ywstorm import VU\nfrom ywstorm.suites.s.users import User\nfrom . import users",
    ),
    "loop uses net, stats and leaves": (
        "ywstorm_core/loop/x.pyx",
        "from ywstorm_core.net.pool cimport Pool\nfrom ywstorm_core.stats cimport series\nfrom .. cimport clock",
    ),
    "text and comments are not imports": (
        "ywstorm_core/net/x.pyx",
        '"""\nimport ywstorm\n"""\n# from ywstorm_core.loop cimport vu\nfrom libc.stdint cimport int64_t',
    ),
}


def plant(root: Path, place: str, source: str) -> list[str]:
    path = root / place
    path.parent.mkdir(parents=True)
    path.write_text(source)
    return violations(path, root, ["VU"])


@pytest.mark.parametrize(("place", "source"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_import_is_found(tmp_path: Path, place: str, source: str) -> None:
    assert len(plant(tmp_path, place, source)) == 1


@pytest.mark.parametrize(("place", "source"), ALLOWED.values(), ids=ALLOWED.keys())
def test_an_import_from_below_is_not(tmp_path: Path, place: str, source: str) -> None:
    assert plant(tmp_path, place, source) == []
