"""Rows of the result and the table that people read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Row", "render"]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One figure beside what DESIGN §8 asks for.

    Args:
        what: The figure in words.
        value: As measured, in *unit*.
        unit: Such as "× wrk" or "KB"; a KB is 1,000 bytes, an MB 1,000,000.
        required: The limit that must hold; None where there is only a goal.
        goal: The limit we want.
        is_floor: More is better.
        parts: The figures it was made of.
    """

    what: str
    value: float
    unit: str
    required: float | None = None
    goal: float | None = None
    is_floor: bool = False
    parts: dict[str, float] = field(default_factory=dict)

    def holds(self, limit: float | None) -> bool:
        """Whether the value keeps *limit*; True where there is none."""
        return limit is None or (self.value >= limit if self.is_floor else self.value <= limit)

    @property
    def state(self) -> str:
        """What to say of it in one word."""
        if not self.holds(self.required):
            return "NO"
        return "goal" if self.holds(self.goal) else "required"


def render(rows: Sequence[Row]) -> str:
    """A table in plain text, the parts of a figure below it."""
    lines = [f"{'what':<48} {'measured':>16} {'required':>10} {'goal':>10}  holds"]
    for row in rows:
        sign = "≥" if row.is_floor else "≤"
        limits = [f"{sign} {limit:g}" if limit is not None else "" for limit in (row.required, row.goal)]
        figure = f"{row.value:,.2f} {row.unit}"
        lines.append(f"{row.what:<48} {figure:>16} {limits[0]:>10} {limits[1]:>10}  {row.state}")
        if row.parts:
            lines.append("    " + " · ".join(f"{name} {value:,.2f}" for name, value in row.parts.items()))
    return "\n".join(lines)
