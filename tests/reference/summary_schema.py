"""The JSON Schema of summaries, as a judge: every summary that a test reads is held against it."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from ywstorm.report.json import summary_schema

__all__ = ["schema_problems"]


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(summary_schema()), format_checker=FormatChecker())


def schema_problems(summary: dict[str, Any]) -> list[str]:
    """List where a summary is not what the schema promises; empty if it is."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(summary)]
