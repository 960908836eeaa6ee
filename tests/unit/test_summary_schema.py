"""The JSON Schema of summaries: sound, described to the last field, and as strict as it looks."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.reference.runs import add_requests, add_values, clean_run, request_tags
from tests.reference.summary_schema import schema_problems
from ywstorm.config import Options
from ywstorm.metrics.facts import ErrorFacts, WindowFacts
from ywstorm.metrics.registry import MetricDef, Registry
from ywstorm.metrics.summary import build_summary
from ywstorm.metrics.thresholds import evaluate_all, parse_thresholds
from ywstorm.plan import EXECUTORS
from ywstorm.report.json import summary_schema
from ywstorm.verdict.exits import ExitCode, decide
from ywstorm.verdict.rules import judge
from ywstorm_core.stats.aggregate import Aggregate
from ywstorm_core.stats.histogram import Histogram

SCHEMA: dict[str, Any] = json.loads(summary_schema())
REGISTRY = Registry([MetricDef("items", "counter"), MetricDef("level", "gauge"), MetricDef("unseen", "trend", "ms")])


def made() -> dict[str, Any]:
    """A summary with something in each of its lists, and a dropped arrival."""
    aggregate = Aggregate()
    add_requests(aggregate, 10, 20)
    add_requests(aggregate, 80, status="404", error_code="1404", has_failed=True, endpoint="message")
    aggregate.request(request_tags()).latency.add_infinite()
    add_values(aggregate, "checks", "rate", 1, 0, check="shape")
    add_values(aggregate, "items", "counter", 3)
    add_values(aggregate, "level", "gauge", 1, -2)
    thresholds, _ = parse_thresholds({"unseen": "avg<1", "http_reqs": "count>0"}, REGISTRY)
    facts = clean_run(
        options=Options(base_url="http://h").to_dict(),
        versions={"ywstorm": "1", "python": "3"},
        machine={"cores": 2, "cpu": "x", "memory_bytes": 5, "system": "Linux"},
        errors=(ErrorFacts(1404, 1, "404 Not Found"),),
        windows=(WindowFacts(0, 1, 0, 3, Histogram()),),
        target={"url": "http://h/api", "requests": 3, "by_endpoint": {"GET /me": 3}},
        mismatches=("a does not equal b",),
    )
    results = evaluate_all(thresholds, aggregate, REGISTRY, facts.duration_s)
    verdict = decide(facts, results, judge(facts), aggregate)
    summary = build_summary(facts, aggregate, REGISTRY, results, verdict, ("avg", "p(42)")).to_dict()
    return json.loads(json.dumps(summary))  # type: ignore[no-any-return]


def subschemas(schema: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every description of a field, with its place."""
    if isinstance(schema, dict):
        for word in ("properties", "patternProperties"):
            for name, field in schema.get(word, {}).items():
                yield f"{path}.{name}", field
                yield from subschemas(field, f"{path}.{name}")
        for word in ("items", "additionalProperties"):
            yield from subschemas(schema.get(word), f"{path}[]")


def all_fields() -> list[tuple[str, dict[str, Any]]]:
    found = list(subschemas(SCHEMA))
    for name, definition in SCHEMA["$defs"].items():
        found += [(f"{name}{path}", field) for path, field in subschemas(definition)]
    return found


def test_the_schema_keeps_to_its_own_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_field_is_described() -> None:
    undescribed = [path for path, field in all_fields() if not field.get("description") and "$ref" not in field]

    assert len(all_fields()) > 100
    assert undescribed == []


def test_every_definition_is_used_and_described() -> None:
    names = SCHEMA["$defs"]

    assert [name for name, definition in names.items() if not definition.get("description")] == []
    assert [name for name in names if f'"#/$defs/{name}"' not in summary_schema()] == []


def test_words_are_those_of_the_code() -> None:
    definitions = SCHEMA["$defs"]

    assert definitions["scenario"]["properties"]["executor"]["enum"] == sorted(EXECUTORS)
    assert set(definitions["verdict"]["properties"]["exit_code"]["enum"]) == {int(code) for code in ExitCode}
    assert definitions["run"]["properties"]["options"]["properties"].keys() <= {field.name for field in fields(Options)}


def test_a_summary_keeps_to_it() -> None:
    told = made()

    assert schema_problems(told) == []
    assert [name for name, content in told.items() if content in ([], {})] == []  # nothing was left out of the test


BROKEN: dict[str, tuple[tuple[str | int, ...], object]] = {
    "a field that is not described": (("run", "colour"), "red"),
    "a figure that is text": (("run", "duration_s"), "10"),
    "a count below 0": (("endpoints", 0, "failed"), -1),
    "an unknown level": (("verdict", "validity"), "FINE"),
    "an unknown exit code": (("verdict", "exit_code"), 3),
    "a quantile that is text": (("endpoints", 0, "latency", "p(95)"), "1ms"),
    "values of another kind": (("metrics", 0, "values"), {"rate": 0.5, "passes": 1, "fails": 1}),
    "another version": (("schema",), "ywstorm.summary/2"),
}


@pytest.mark.parametrize(("path", "value"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_it_is_found(path: tuple[str | int, ...], value: object) -> None:
    told: Any = copy.deepcopy(made())
    holder = told
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value

    assert schema_problems(told) != []


@pytest.mark.parametrize("name", list(SCHEMA["required"]))
def test_what_is_missing_is_found(name: str) -> None:
    told = made()
    del told[name]

    assert schema_problems(told) != []
