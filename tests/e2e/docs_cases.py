"""
What the pages say, as things to run: commands, and programs into which their lines of Python are put.

Every frame in which a line is put stands here, and so does everything that is run shorter than it is written.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import indent

from tests.reference.pages import Page, Row

__all__ = ["SHORTER", "SUITE_SHORTER", "Command", "Program", "commands", "programs", "shortened"]

SHORTER = {
    'duration="30s"': 'duration="100ms"',
    'duration="1m"': 'duration="100ms"',
    "vu.sleep(1)": "vu.sleep(0.1)",
    "uniform(1, 2)": "uniform(0.1, 0.2)",
    "-d 1m": "-d 100ms",
    "-d 30s": "-d 100ms",
    "-s 10s:50 -s 5s:0": "-s 100ms:50 -s 100ms:0",
    "--stage 5s:50 --stage 55s:50": "--stage 100ms:50 --stage 100ms:50",
    "--stage 5s:20 --stage 5s:0": "--stage 100ms:20 --stage 100ms:0",
}
"""What stands on a page, and what is run instead."""

SUITE_SHORTER = {
    "--scenario smoke": "--scenario smoke -i 1",
    "--scenario load": "--scenario load -d 1s",
    "--scenario spike": "--scenario spike -u 8 -d 4s",
    "--scenario soak": "--scenario soak -d 1s",
    "--scenario conversation": "--scenario conversation -d 1s",
    "--duration 60s": "--duration 2s",
}
"""The same for scenarios of the suite, which have lengths of their own."""

RUN = "ywstorm run load.py"

IMPORTS = """\
import asyncio, base64, gzip, hashlib, re
from pathlib import Path
from ywstorm import *
"""
BASE = 'options(base_url=env("BASE_URL"))\n'

STEPS = """
async def browse(vu): await vu.get("/items")
async def view(vu): await vu.get("/items/7", name="/items/:id")
async def arrive(vu): vu.state["name"] = "Ada"
async def leave(vu): await vu.get("/leave")
step = weighted({browse: 3, view: 1})
"""
"""What lines of the pages call."""

ITERATION = """
@scenario(PerVUIterations(), name="line_{line}")
async def line_{line}(vu: VU) -> None:
    {begin}
{body}
"""
ANSWER = 'r = await vu.get("/items")'

THRESHOLDS = """
options(base_url=env("BASE_URL"), thresholds={{{entries}}})
send_duration = Trend("send_duration", unit="ms")

@setup
async def prepare(vu): await vu.get("/items")

@scenario(RampingVUs(start_vus=1, stages=[Stage("500ms", 3, name="peak")]))
async def browse(vu):
    r = await vu.get("/items", tags={{"endpoint": "items"}})
    vu.check("is 200", r.status == 200)
    send_duration.add(vu, 1)
    await vu.sleep(0.1)
"""

OPTIONS = """
options({keywords})

@scenario(PerVUIterations())
async def browse(vu): await vu.get("/items")
"""

SCENARIO = """
@scenario(ConstantVUs(vus=2, duration="1s"), {keywords})
async def visit(vu): await step(vu)
"""

EXECUTOR = """
@scenario(({executor}).with_duration(10**9), name="line_{line}")
async def line_{line}(vu):
    await vu.get("/items")
    await vu.sleep(0.1)
"""


EXECUTOR_FLAGS = ("-u", "-d", "-i", "-s", "--stage", "--vus", "--duration", "--iterations")
CONNECTION_FLAGS = ("--connections", "--no-connection-reuse", "--no-vu-connection-reuse")
SAME_THING = dict.fromkeys(EXECUTOR_FLAGS, "executor") | dict.fromkeys(CONNECTION_FLAGS, "connections")
"""What flags decide that cannot stand in one command."""


@dataclass(frozen=True)
class Command:
    """A command for a shell, as a page has it, or flags of several lines of a table in one."""

    page: str
    lines: Sequence[int]
    text: str
    exit_code: int = 0

    def __str__(self) -> str:
        return _place(self.page, self.lines)


@dataclass(frozen=True)
class Program:
    """A script that runs lines of a page; `iterations` are those of them that are each a scenario `line_N`."""

    page: str
    lines: Sequence[int]
    text: str
    exit_code: int = 0
    iterations: Sequence[int] = field(default=())
    is_whole: bool = False

    def __str__(self) -> str:
        return _place(self.page, self.lines)


def _place(page: str, lines: Sequence[int]) -> str:
    return f"{page}:{lines[0]}" + (f"+{len(lines) - 1}" if len(lines) > 1 else "")


def shortened(text: str) -> str:
    """*text* with all of `SHORTER`, and of `SUITE_SHORTER` if it is about the suite."""
    for written, run in (SHORTER | (SUITE_SHORTER if "ywmessaging" in text else {})).items():
        text = text.replace(written, run)
    return text


def commands(page: Page) -> Iterator[Command]:
    """Commands in tables, and in blocks of shell and of YAML."""
    flags = [row for row in page.rows if row.head == RUN and row.code]
    for rows in _grouped(flags, _decided):
        text = " ".join([RUN, *(row.code[0] for row in rows)])
        yield Command(page.name, [row.line for row in rows], text, rows[0].exit_code)
    for row in page.rows:
        if row.head == "ywstorm":
            yield from (Command(page.name, [row.line], code, row.exit_code) for code in row.code)
    for block in page.blocks:
        if block.language in {"sh", "yaml"}:
            for offset, line in enumerate(block.text.splitlines(), start=1):
                found = re.fullmatch(r"(?: *run: )?(.*ywstorm .*)", line)
                if found:
                    yield Command(page.name, [block.line + offset], found[1])


def programs(page: Page) -> Iterator[Program]:
    """Everything on a page that is Python of ours."""
    below: dict[str, list[Row]] = {}
    for row in page.rows:
        if row.code:
            below.setdefault(row.head.removeprefix("ywstorm, "), []).append(row)
    yield from _whole_scripts(page)
    yield from _iterations(page, below.get("in an iteration", []), below.get("at module level", []))
    yield from _together(page, below.get("in thresholds", []), "{{{}}}", _thresholds)
    yield from _together(page, below.get("in options()", []), "f({})", _options)
    yield from _together(page, below.get("in scenario()", []), "f({})", _scenario)
    executors = below.get("as the executor", [])
    if executors:
        text = "".join(EXECUTOR.format(executor=row.code[0], line=row.line) for row in executors)
        yield Program(page.name, [row.line for row in executors], IMPORTS + BASE + text)


def _whole_scripts(page: Page) -> Iterator[Program]:
    for block in page.blocks:
        if block.language == "python" and "@scenario" in block.text and not block.name:
            yield Program(page.name, [block.line], block.text, block.exit_code, is_whole=True)


def _iterations(page: Page, rows: list[Row], declarations: list[Row]) -> Iterator[Program]:
    """All iterations that go well, in one program; each of the others in one of its own."""
    head = IMPORTS + BASE + STEPS + "".join(f"{row.code[0]}\n" for row in declarations)
    told = [(row.line, row.code[0], row.exit_code) for row in rows]
    told += [
        (block.line, block.text, block.exit_code)
        for block in page.blocks
        if block.language == "python" and block.name != "locust" and "@scenario" not in block.text
    ]
    well = [(line, body) for line, body, exit_code in told if not exit_code]
    if well:
        lines = [line for line, _ in well]
        text = "".join(_iteration(line, body, ANSWER) for line, body in well)
        yield Program(page.name, [*lines, *(row.line for row in declarations)], head + text, iterations=lines)
    for line, body, exit_code in told:
        if exit_code:
            yield Program(page.name, [line], head + _iteration(line, body, "pass"), exit_code)


def _iteration(line: int, body: str, begin: str) -> str:
    return ITERATION.format(line=line, begin=begin, body=indent(body, "    "))


def _together(page: Page, rows: list[Row], form: str, program: Callable[[list[str]], str]) -> Iterator[Program]:
    """Rows that name different things, in as few programs as they allow."""
    for members in _grouped(rows, lambda row: _named(form.format(row.code[0]))):
        text = IMPORTS + program([row.code[0] for row in members])
        yield Program(page.name, [row.line for row in members], text, members[0].exit_code)


def _grouped(rows: list[Row], names: Callable[[Row], set[str]]) -> list[list[Row]]:
    """Rows without a common name together, as the first fit has it; each that ends badly stays alone."""
    shared: list[list[Row]] = []
    for row in rows:
        if not row.exit_code:
            fitting = (members for members in shared if not any(names(row) & names(each) for each in members))
            members = next(fitting, None)
            if members is None:
                shared.append([row])
            else:
                members.append(row)
    return [*shared, *([row] for row in rows if row.exit_code)]


def _decided(row: Row) -> set[str]:
    """What the flags of a row decide."""
    return {SAME_THING.get(flag, flag) for flag in re.findall(r"(?<!\S)--?[a-z-]+", row.code[0])}


def _named(expression: str) -> set[str]:
    """Keywords of a call, or keys of a dict."""
    match ast.parse(expression, mode="eval").body:
        case ast.Call(keywords=keywords):
            return {str(keyword.arg) for keyword in keywords}
        case ast.Dict(keys=keys):
            return {ast.unparse(key) for key in keys if key is not None}
    raise AssertionError(f"neither keywords nor entries: {expression}")


def _thresholds(entries: Iterable[str]) -> str:
    return THRESHOLDS.format(entries=", ".join(entries))


def _options(keywords: Sequence[str]) -> str:
    base = [] if any("base_url" in each for each in keywords) else ['base_url=env("BASE_URL")']
    return OPTIONS.format(keywords=", ".join([*base, *keywords]))


def _scenario(keywords: Iterable[str]) -> str:
    return BASE + STEPS + SCENARIO.format(keywords=", ".join(keywords))
