"""Answers as a learner's browser sends them, checked before they are stored."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pages.components.teach.rooms.case_media import CaseMedia
from pages.components.teach.rooms.replies import RefusalError
from spine_core.teaching.answers import Answer, Click


def sent_answer(sent: dict[str, Any], media: CaseMedia) -> Answer:
    """The answer of JSON values. Raises ``RefusalError``, ``KeyError``, ``ValueError``, ``TypeError``."""
    level, condition = str(sent["key"]).split(" ", 1)
    confidence = sent["confidence"]
    if confidence is not None and type(confidence) is not int:
        raise RefusalError(400, "A confidence is a whole number.")
    click = None if sent["click"] is None else _sent_click(sent["click"], media)
    return Answer(level, condition, str(sent["grade"]), confidence, click)


def _sent_click(sent: dict[str, Any], media: CaseMedia) -> Click:
    number, index, row, column = sent["series"], sent["slice"], float(sent["row"]), float(sent["column"])
    if type(number) is not int or type(index) is not int or not 0 <= number < len(media.series):
        raise RefusalError(400, "There is no such slice.")
    series = media.series[number]
    inside = isfinite(row) and isfinite(column) and 0 <= row < series.rows and 0 <= column < series.columns
    if not inside or not 0 <= index < series.slices:
        raise RefusalError(400, "The place lies outside the slice.")
    return Click(series.uid, index, round(row, 2), round(column, 2))
