"""
Text that lines up: figures for people, columns, dotted names, and colour that does not count as width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ywstorm.metrics.values import CounterValues, GaugeValues, MetricValues, RateValues, TrendValues
from ywstorm.units import NS_PER_MS, format_bytes, format_count, format_duration

__all__ = ["Paint", "columns", "dotted", "figure", "figures", "percent"]


@dataclass(frozen=True, slots=True)
class Paint:
    """
    Colours, or none.

    Text is painted last: escape sequences would count in every width.
    """

    is_on: bool

    def good(self, text: str) -> str:
        """Green."""
        return self._paint(text, "32")

    def bad(self, text: str) -> str:
        """Red."""
        return self._paint(text, "31")

    def warning(self, text: str) -> str:
        """Yellow."""
        return self._paint(text, "33")

    def heading(self, text: str) -> str:
        """Bold."""
        return self._paint(text, "1")

    def faint(self, text: str) -> str:
        """Grey."""
        return self._paint(text, "2")

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_on else text


def columns(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """
    Align rows of equally many cells; the first *left* columns at their left edge, the others at their right one.

    Returns:
        One line for each row, without blanks at its end; none without rows.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def dotted(name: str, width: int) -> str:
    """Fill up *name* with dots to *width*, then a colon: ``http_reqs....:``."""
    return f"{name:.<{width}}:"


def figure(number: float | None, unit: str) -> str:
    """Write one figure in its metric's unit: times and sizes as people read them; ``–`` for None."""
    if number is None:
        return "–"
    if unit == "ms":
        return format_duration(round(number * NS_PER_MS))
    if unit == "bytes":
        return format_bytes(number)
    text = _number(number)
    return f"{text} {unit}" if unit else text


def _number(number: float) -> str:
    """Four digits, or all that are before the decimal point."""
    if number == int(number):
        return format_count(int(number))
    return f"{number:,.4g}" if abs(number) < 1_000 else f"{number:,.0f}"


def percent(share: float | None) -> str:
    """``0.0123`` → ``1.23%``; ``–`` for None."""
    return "–" if share is None else f"{share:.2%}"


def figures(found: MetricValues, unit: str, trend_stats: Sequence[str]) -> list[str]:
    """Write what there is to say of a metric, in cells that line up with those of other metrics of its kind."""
    match found:
        case CounterValues():
            return [figure(found.count, unit), f"{figure(round(found.rate, 2), unit)}/s"]
        case RateValues():
            return [percent(found.rate), f"{format_count(found.passes)} of {format_count(found.n)}"]
        case GaugeValues():
            return [figure(found.last, unit), f"min={figure(found.min, unit)}", f"max={figure(found.max, unit)}"]
        case TrendValues():
            return [_trend_figure(found, stat, unit) for stat in trend_stats]
        case _:
            raise TypeError(f"no figures for {found!r}")


def _trend_figure(found: TrendValues, stat: str, unit: str) -> str:
    """``max=35ms``; ``max>35ms`` when all that is known is that it is larger."""
    if stat == "count":
        return f"count={format_count(found.n)}"
    number = found.get(stat)
    if number is None and found.censored_above is not None:
        return f"{stat}>{figure(found.censored_above, unit)}"
    return f"{stat}={figure(number, unit)}"
