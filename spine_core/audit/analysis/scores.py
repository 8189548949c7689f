"""The ratings of an audit as one long table."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spine_core import DISCLAIMER
from spine_core.audit.analysis.data import AuditData, Rating
from spine_core.audit.ratings.protocol import is_control

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "audit", "protocol_sha256", "rater", "sheet", "finding", "place", "letter", "case", "level", "condition",
    "network", "explained_grade", "method", "control", "question", "score", "repeat", "reader_grade",
    "reader_grade_without_maps", "reference", "text", "seconds", "time", "corrected", "note",
)  # fmt: skip
"""See the codebook (``exports.codebook``)."""

TYPES = {
    "rater": int,
    "sheet": int,
    "finding": int,
    "place": int,
    "score": int,
    "control": bool,
    "repeat": bool,
}


def ratings_table(data: AuditData) -> pd.DataFrame:
    """One row per rater, sheet, method and question, in this order; columns ``COLUMNS``.

    Sheets without maps have no row: their grades are in ``reader_grade_without_maps``.
    """
    import pandas as pd

    unaided = {(one.rater, one.number): one.grade for one in data.ratings if not one.with_maps}
    lines = [line for one in data.ratings for line in _lines(data, one, unaided.get((one.rater, one.number)))]
    # An audit without ratings has the same types.
    return pd.DataFrame(lines, columns=list(COLUMNS)).astype(TYPES)


def first_showings(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``ratings_table`` without silent repeats."""
    return table[~table["repeat"]]


def _lines(data: AuditData, one: Rating, unaided: str | None) -> Iterator[dict[str, Any]]:
    of_sheet = _of_sheet(data, one) | {"reader_grade_without_maps": unaided}
    for place, method in enumerate(one.order, start=1):
        of_map = {
            "place": place,
            "letter": string.ascii_uppercase[place - 1],
            "method": method,
            "control": is_control(method),
        }
        for question in data.protocol.questions_of(method):
            yield of_sheet | of_map | {"question": question.name, "score": one.scores[method][question.name]}


def _of_sheet(data: AuditData, one: Rating) -> dict[str, Any]:
    return {
        "audit": data.audit.id,
        "protocol_sha256": data.protocol.sha256,
        "rater": one.rater,
        "sheet": one.sheet,
        "finding": one.number,
        "case": one.finding.case_id,
        "level": one.finding.level,
        "condition": one.finding.condition,
        "network": one.finding.network,
        "explained_grade": one.finding.grade,
        "repeat": one.repeat,
        "reader_grade": one.grade,
        "reference": data.reference(one.finding),
        "text": one.text,
        "seconds": one.seconds,
        "time": one.time,
        "corrected": one.corrected,
        "note": DISCLAIMER,
    }
