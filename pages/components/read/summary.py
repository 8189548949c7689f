"""What a reader must not overlook in a reading: marked findings, and findings that contradict each other."""

from __future__ import annotations

import streamlit as st

from pages.components.read.grid import grade_words
from spine_core.grading.consistency import contradictions
from spine_core.grading.position_checks import (
    NO_CANAL,
    OFF_DISC,
    PARASAGITTAL,
    TOO_LITTLE,
    levels_with_warning,
)
from spine_core.grading.types import Finding, Reading
from spine_core.networks.conditions import BY_NAME


def summary(reading: Reading) -> None:
    """Whether the reader's discs lie on discs and all discs in the midline, one banner with the marked findings, and a
    line for each contradiction.
    """
    off = levels_with_warning(reading.findings, OFF_DISC)
    if off:
        st.warning(
            f"**No disc is outlined where {', '.join(off)} {'was' if len(off) == 1 else 'were'} put.** The networks "
            "grade whatever lies there, and what they say of it may mean nothing.",
            icon=":material/wrong_location:",
        )
    beside = levels_with_warning(reading.findings, PARASAGITTAL)
    if beside:
        st.warning(
            f"**Not graded: {', '.join(beside)}.** No spinal canal is outlined beside most discs of their slice, so it "
            "lies to the side of the midline; the networks learned from slices in it. Open one that shows the canal.",
            icon=":material/align_horizontal_right:",
        )
    if levels_with_warning(reading.findings, TOO_LITTLE):
        st.warning(
            "**Not graded.** This single slice shows too little of the lumbar spine; it may lie to the side of the "
            "midline. Open the whole series, or a slice that shows canal and sacrum.",
            icon=":material/align_horizontal_right:",
        )
    aside = levels_with_warning(reading.findings, NO_CANAL)
    if aside:
        st.warning(
            f"**No spinal canal is outlined beside {', '.join(aside)}.** The slice may lie to the side of the midline; "
            "the networks learned from slices in it.",
            icon=":material/align_horizontal_right:",
        )
    marked = [f for f in reading.findings if f.grade in BY_NAME[f.condition].marked]
    if marked:
        words = " · ".join(_words(f) for f in marked)
        st.warning(f"**Called by the networks, look first:** {words}", icon=":material/priority_high:")
    for clash in contradictions(reading.findings):
        st.caption(f":material/rule: {clash.level}: {clash.words}.")


def _words(finding: Finding) -> str:
    assert finding.grade is not None
    condition = BY_NAME[finding.condition]
    binary = len(condition.grades) == 2
    name = condition.label if binary else f"{condition.label} {grade_words(condition, finding.grade)}"
    doubt = ", uncertain" if finding.uncertain else ""
    return f"{finding.level} {name} ({finding.probabilities[finding.grade]:.0%}{doubt})"
