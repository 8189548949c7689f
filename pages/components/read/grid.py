"""The level x condition grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import streamlit as st

from pages.components.component_events import event_value
from spine_core.anatomy.types import LEVELS
from spine_core.assets import ASSETS
from spine_core.grading.consistency import contradictions
from spine_core.grading.types import Finding, Reading, Status
from spine_core.networks.conditions import Condition, Scale

HEADS = {
    "pfirrmann": "Pfirr\u00admann",
    "bulging": "Bulging",
    "herniation": "Hernia\u00adtion",
    "narrowing": "Narrow\u00ading",
    "canal_stenosis": "Canal indent\u00adation",
    "modic": "Modic",
    "endplate_upper": "Upper end\u00adplate",
    "endplate_lower": "Lower end\u00adplate",
    "spondylolisthesis": "Spondylo\u00adlisthesis",
    "ddd": "DDD label",
}
"""Column heads with soft hyphens, since ten columns share half a screen."""


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component(
        "level_condition_grid",
        html='<div id="grid"></div>',
        css=(ASSETS / "styles" / "grid.css").read_text(),
        js=(ASSETS / "components" / "grid.js").read_text(),
    )


def grade_words(condition: Condition, grade: str) -> str:
    """The grade as a clinician writes it."""
    return condition.grade_labels[condition.grades.index(grade)]


def grid(reading: Reading, level: str, condition: str, select: Callable[[str, str], None]) -> None:
    """Draws the grid with one cell selected. ``select`` is told the level and condition of a cell that is clicked.

    It is called before the page runs, never in the page's own course: a run that another one breaks off before it
    reaches the grid would lose the click.
    """

    def clicked() -> None:
        cell = event_value("grid", "cell")
        if cell is not None:
            select(cell["level"], cell["condition"])

    _component()(key="grid", data=cells(reading, level, condition), on_cell_change=clicked)


def cells(reading: Reading, level: str, condition: str) -> dict[str, object]:
    """What the grid shows, as JSON. A level that was not found has a row that says so."""
    clashes = {(c.level, name) for c in contradictions(reading.findings) for name in c.conditions}
    return {
        "caption": "Most probable grade and its probability, by level and condition",
        "columns": [_column(condition) for condition in reading.conditions],
        "rows": [
            {
                "level": name,
                "cells": [
                    _cell(reading, name, c, clash=(name, c.name) in clashes)
                    | {"selected": (name, c.name) == (level, condition)}
                    for c in reading.conditions
                ],
            }
            for name in LEVELS
        ],
    }


def _column(condition: Condition) -> dict[str, str]:
    """Head of a column; ``group``: the place that neighbouring columns share, empty for the disc as a whole."""
    group = " ".join(part for part in (condition.site, condition.side) if part)
    return {
        "label": HEADS.get(condition.name, condition.label),
        "help": f"{condition.label}. {condition.help}".strip(),
        "group": group[:1].upper() + group[1:],
    }


def why_not_graded(finding: Finding | None) -> str | None:
    """Why there is no grade, where there is none; a level that was not found has no finding."""
    if finding is None:
        return "this level was not found"
    return finding.reason if finding.status is Status.NOT_GRADABLE or finding.grade is None else None


def _cell(reading: Reading, level: str, condition: Condition, *, clash: bool) -> dict[str, object]:
    finding = reading.finding(level, condition.name)
    reason = why_not_graded(finding)
    if reason is not None:
        return {
            "condition": condition.name, "grade": "–", "share": "n/g", "weight": 0, "status": "missing",
            "words": f"– n/g: {level}, {condition.label} is not gradable, {reason}",
        }  # fmt: skip
    share = f"{finding.probabilities[finding.grade]:.0%}"
    grade, others = grade_words(condition, finding.grade), set_words(condition, finding)
    # What is seen comes first and word for word: who commands by voice says what is seen.
    words = [f"{grade} {share}{f' {others}' if finding.uncertain else ''}: {level}, {condition.label}"]
    if finding.uncertain:
        words.append(f"uncertain, not excluded: {', '.join(_others(condition, finding))}")
    if finding.members_disagree:
        words.append("the networks disagree")
    if clash:
        words.append("contradicts another finding of this disc")
    return {
        "condition": condition.name,
        "grade": grade,
        "share": share,
        "others": others if finding.uncertain else "",
        "mark": ("!" if clash else "") + ("≠" if finding.members_disagree else ""),
        "weight": round(severity(finding), 3),
        "status": "graded uncertain" if finding.uncertain else "graded",
        "words": "; ".join(words),
    }


class Reported(Protocol):
    """A grade with its prediction set: a finding, or what was released of one."""

    @property
    def grade(self) -> str | None:
        """The most probable one; None where there is none."""

    @property
    def prediction_set(self) -> tuple[str, ...]:
        """The grades that are not excluded."""


def _others(condition: Condition, finding: Reported) -> list[str]:
    """The grades beside the most probable one that are not excluded."""
    return [grade_words(condition, grade) for grade in finding.prediction_set if grade != finding.grade]


def set_words(condition: Condition, finding: Reported) -> str:
    """The grades that are not excluded, as short as a cell needs it."""
    if condition.scale is not Scale.ORDINAL:
        others = _others(condition, finding)
        return f"or {', '.join(others)}" if others else ""
    names = [grade_words(condition, grade) for grade in finding.prediction_set]
    return "–".join(dict.fromkeys([*names[:1], *names[-1:]]))


def severity(finding: Finding) -> float:
    """Expected grade of a graded finding, 0 for the first grade to 1 for the last; tints the cell."""
    condition = finding.definition
    last = len(condition.grades) - 1
    if condition.scale is Scale.CATEGORICAL:  # types, not degrees
        return 1.0 - finding.probabilities[condition.grades[0]]
    return sum(i / last * finding.probabilities[g] for i, g in enumerate(condition.grades))
