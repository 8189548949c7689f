"""The ratings as CSV: one row per rater, sheet, method and question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula in a spreadsheet."""


def ratings_csv(table: pd.DataFrame) -> str:
    """``ratings_table`` as CSV. Cells that a spreadsheet would run as a formula begin with an apostrophe."""
    return str(table.map(_harmless).to_csv(index=False, lineterminator="\n"))


def _harmless(value: Any) -> Any:
    formula = isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value)
    return f"'{value}" if formula else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
