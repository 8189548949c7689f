"""Labels, number formats and tables of the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.networks.conditions import BY_NAME

BASELINE_INPUTS = {"measurements": "measurements", "fused": "measurements and features"}
"""Inputs of the logistic regressions that the networks are compared with."""


def task_label(row: Mapping[str, Any]) -> str:
    """The condition and its lowest positive grade."""
    condition = BY_NAME[row["condition"]]
    if len(condition.grades) == 2:
        return condition.label
    return f"{condition.label} at least {condition.grade_labels[condition.grades.index(row['at_least'])]}"


def grades_label(condition: str, grades: Sequence[str]) -> str:
    """Grades by the names that readers use."""
    known = BY_NAME[condition]
    return ", ".join(known.grade_labels[known.grades.index(grade)] for grade in grades)


def format_estimate(
    row: Mapping[str, Any], name: str, low: str = "low", high: str = "high", digits: int = 3, sign: str = ""
) -> str:
    """A value with its interval; empty if it was not measured. ``sign``: "+" always shows the sign."""
    if row[name] is None:
        return ""
    figure = f"{row[name]:{sign}.{digits}f}"
    if row[low] is None:
        return figure
    # A dash between signed numbers would read as a minus.
    between = " to " if sign else "-"
    return f"{figure} ({row[low]:{sign}.{digits}f}{between}{row[high]:{sign}.{digits}f})"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
