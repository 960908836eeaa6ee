"""
Which series a question is about: ``http_req_duration{endpoint:message,stage:peak}``.

A selector is a metric and tags; it selects the series that carry all of them, exactly. Anything can be asked about
after the fact, because series keep their tags. A selector that names no phase is about phase main: what setup and
teardown send is not part of the measurement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Selector", "Tags", "canonical", "parse_selector"]

Tags: TypeAlias = tuple[tuple[str, str], ...]
"""Tags in canonical form: pairs of key and value, sorted by key, each key once."""


@dataclass(frozen=True, slots=True)
class Selector:
    """
    A metric and the tags that its series must carry.

    Args:
        tags: As the user named them, in canonical form: without the phase that is understood.
    """

    metric: str
    tags: Tags = ()

    def __str__(self) -> str:
        """Write the selector as `parse_selector` reads it."""
        if not self.tags:
            return self.metric
        return f"{self.metric}{{{','.join(f'{key}:{value}' for key, value in self.tags)}}}"

    @property
    def required(self) -> Tags:
        """The tags that a series must carry, the phase included."""
        if any(key == "phase" for key, _ in self.tags):
            return self.tags
        return canonical([*self.tags, ("phase", "main")])

    def matches(self, tags: Tags) -> bool:
        """Whether a series with these *tags* is selected. The metric is the caller's business."""
        carried = set(tags)
        return all(pair in carried for pair in self.required)

    def with_tag(self, key: str, value: str) -> "Selector":
        """
        Return the selector narrowed down by one more tag.

        Raises:
            ValueError: It names another value of *key* already, so nothing could match.
        """
        return Selector(self.metric, canonical([*self.tags, (key, value)]))


def canonical(pairs: Iterable[tuple[str, str]]) -> Tags:
    """
    Sort tags by key.

    Raises:
        ValueError: One key has two values.
    """
    tags: dict[str, str] = {}
    for key, value in pairs:
        if tags.setdefault(key, value) != value:
            raise ValueError(f"the tag {key!r} cannot be {tags[key]!r} and {value!r} at once")
    return tuple(sorted(tags.items()))


def parse_selector(text: str) -> Selector:
    """
    Read a selector: a metric's name, then tags in braces if it has any.

    Tags are separated by commas; a tag is split at its first colon, so that values may contain colons
    (``{group:checkout::pay}``). Blanks around keys and values do not count. A group may begin with ``::`` as in k6,
    where the outermost group is one without a name.

    Raises:
        ValueError: *text* is not of this form. The message is a sentence that quotes it.
    """
    metric, brace, rest = text.strip().partition("{")
    metric = metric.strip()
    if not metric:
        raise ValueError(f"{text!r} names no metric")
    if not brace:
        return Selector(metric)
    if not rest.endswith("}"):
        raise ValueError(f"{text!r} lacks the closing brace")
    inside = rest[:-1].strip()
    return Selector(metric, canonical(_tag(part, text) for part in inside.split(",")) if inside else ())


def _tag(part: str, text: str) -> tuple[str, str]:
    """Split ``key:value`` at its first colon."""
    key, colon, value = (piece.strip() for piece in part.partition(":"))
    if key == "group":
        value = value.removeprefix("::")
    if not colon or not key or not value:
        raise ValueError(f"{part.strip()!r} in {text!r} is not a tag: write key:value")
    return key, value
