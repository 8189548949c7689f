"""What a reader must not overlook in a reading: suggested findings, position warnings, contradictions."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.read.grid import grade_words
from spine_core.grading.consistency import contradictions
from spine_core.grading.position_checks import levels_with_warning
from spine_core.grading.types import Finding, PositionWarning, Reading

WARNINGS = {
    PositionWarning.OFF_DISC: (
        "**No disc is segmented at the position of {levels}.** The grades there may be meaningless.",
        ":material/wrong_location:",
    ),
    PositionWarning.PARASAGITTAL: (
        "**Not graded: {levels}.** No spinal canal is segmented next to most discs of their slice, so the slice is "
        "parasagittal; the networks were trained on mid-sagittal slices. Open a slice that shows the canal.",
        ":material/align_horizontal_right:",
    ),
    PositionWarning.TOO_LITTLE: (
        "**Not graded.** This single slice shows too little of the lumbar spine; it may be parasagittal. Open the "
        "whole series, or a slice that shows canal and sacrum.",
        ":material/align_horizontal_right:",
    ),
    PositionWarning.NO_CANAL: (
        "**No spinal canal is segmented next to {levels}.** The slice may be parasagittal; the networks were trained "
        "on mid-sagittal slices.",
        ":material/align_horizontal_right:",
    ),
}
"""Sentence and icon of each warning."""


def summary(reading: Reading) -> None:
    """A line per warning of a position, the suggested findings in one line with a fold, a line per contradiction."""
    for warning, (sentence, icon) in WARNINGS.items():
        levels = levels_with_warning(reading.findings, warning)
        if levels:
            st.warning(sentence.format(levels=", ".join(levels)), icon=icon)
    marked = suggested_findings(reading)
    if marked:
        _suggested(marked)
    for clash in contradictions(reading.findings):
        st.caption(f":material/rule: {clash.level}: {clash.words}.")


def suggested_findings(reading: Reading) -> list[Finding]:
    """Findings whose grade a reader must not overlook."""
    return [f for f in reading.findings if f.grade in f.definition.highlighted]


def _suggested(marked: Sequence[Finding]) -> None:
    """By finding: in the heading the levels, inside also probabilities and what is uncertain."""
    groups: dict[str, list[Finding]] = {}
    for finding in marked:
        groups.setdefault(finding_name(finding), []).append(finding)
    short = "; ".join(f"{name} {', '.join(one.level for one in found)}" for name, found in groups.items())
    with st.expander(f"**Check first: suggested by the networks.** {short}", icon=":material/priority_high:"):
        for name, found in groups.items():
            st.markdown(f"**{name}**: {', '.join(map(_level, found))}")


def finding_name(finding: Finding) -> str:
    """The condition, with its grade where there are more than two."""
    condition = finding.definition
    if len(condition.grades) == 2 or finding.grade is None:
        return condition.label
    return f"{condition.label} {grade_words(condition, finding.grade)}"


def _level(finding: Finding) -> str:
    assert finding.grade is not None
    uncertain = ", uncertain" if finding.uncertain else ""
    return f"{finding.level} ({finding.probabilities[finding.grade]:.0%}{uncertain})"
