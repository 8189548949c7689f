"""Reference grades from a CSV: of one case, or of the studies of an import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spine_core.evaluation.labels import LabelError, graded, rows_of, study_of
from spine_core.library.errors import LibraryError
from spine_core.library.types import ReferenceGrade
from spine_core.networks.conditions import BY_NAME, Condition

COLUMNS = ("level", "condition", "grade")
"""Needed columns. ``source`` may be there; ``study`` is needed for an import."""


def references_of_case(
    data: bytes, conditions: Mapping[str, Condition] = BY_NAME
) -> tuple[ReferenceGrade, ...]:
    """The grades in a CSV with a line per finding. Grades may be given by name or by label.

    Raises ``LibraryError`` with the line.
    """
    try:
        return tuple(
            ReferenceGrade(*graded(row, conditions, line), row.get("source", ""))
            for line, row in enumerate(rows_of(data, COLUMNS), start=2)
        )
    except LabelError as error:
        raise LibraryError(str(error)) from None


def references_by_study(
    data: bytes, conditions: Mapping[str, Condition] = BY_NAME
) -> dict[str, Sequence[ReferenceGrade]]:
    """By path of a study's file or folder, the grades in a CSV with a column ``study``. Raises ``LibraryError``."""
    found: dict[str, list[ReferenceGrade]] = {}
    try:
        for line, row in enumerate(rows_of(data, ("study", *COLUMNS)), start=2):
            reference = ReferenceGrade(*graded(row, conditions, line), row.get("source", ""))
            found.setdefault(study_of(row, line).rstrip("/"), []).append(reference)
    except LabelError as error:
        raise LibraryError(str(error)) from None
    return {study: tuple(references) for study, references in found.items()}
