"""Words and tables that the sections of the model card share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.networks.conditions import BY_NAME

SETS = {
    "sudirman": "Sudirman (one hospital)",
    "spider": "SPIDER (four hospitals)",
    "phantom": "phantoms (synthetic)",
}

CLASSICAL = {"measurements": "measurements", "fused": "measurements and features"}
"""What the regressions beside the networks look at."""


def question(row: Mapping[str, Any]) -> str:
    """Condition, and from which grade on it counts as present."""
    condition = BY_NAME[row["condition"]]
    if len(condition.grades) == 2:
        return condition.label
    return f"{condition.label} at least {condition.grade_labels[condition.grades.index(row['at_least'])]}"


def grades_label(condition: str, grades: Sequence[str]) -> str:
    """Grades as readers know them."""
    known = BY_NAME[condition]
    return ", ".join(known.grade_labels[known.grades.index(grade)] for grade in grades)


def span(
    row: Mapping[str, Any], name: str, low: str = "low", high: str = "high", digits: int = 3, sign: str = ""
) -> str:
    """A figure with its interval; nothing where it was not measured. ``sign``: "+" to show it always."""
    if row[name] is None:
        return ""
    figure = f"{row[name]:{sign}.{digits}f}"
    if row[low] is None:
        return figure
    # Between signed numbers a dash would read as a minus.
    between = " to " if sign else "-"
    return f"{figure} ({row[low]:{sign}.{digits}f}{between}{row[high]:{sign}.{digits}f})"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
