"""A finding in words and bars, how sure it is, and how the networks voted."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.read.grid import grade_words
from spine_core.anatomy.measurements import Measurements
from spine_core.grading.types import Finding, Status
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import network_label

SET_HELP = (
    "Grades that cannot be ruled out: on patients kept aside, such a set held the true grade in at least nine of ten "
    "discs, and in eight of ten of each grade that enough patients had (conformal prediction). What was measured on "
    "test patients is on the Model page."
)

MEASURED = {
    "disc_height": "disc height {:.1f} {unit}",
    "disc_height_index": "{:.2f} of the vertebral height",
    "signal_ratio": "disc signal {:.2f} of fluid",
    "canal_diameter": "canal {:.1f} {unit} deep",
    "bulge_depth": "disc {:.1f} {unit} beyond the vertebral corners",
    "slip_percent": "slip {:.0f} %",
}

MEASURED_HELP = (
    "Taken from the outlines that a network drew on this one slice; no reader has checked them. Slip: how far the "
    "vertebra above stands forward, in percent of the endplate below. A disc distance is the distance between "
    "neighbouring discs, for pictures whose pixel spacing is not known."
)


def lacking(finding: Finding) -> None:
    """What the answer of a graded finding lacks, if anything."""
    if finding.reason:
        st.caption(f":material/report: {finding.reason[0].upper()}{finding.reason[1:]}.")


def probabilities(finding: Finding) -> None:
    """Every grade with its probability, the likeliest in bold; or why there is none."""
    condition = BY_NAME[finding.condition]
    st.markdown(f"**{finding.level} · {condition.label}**")
    if finding.status is Status.NOT_GRADABLE:
        st.info(f"Not gradable: {finding.reason}.")
        return
    lacking(finding)
    lines = []
    for grade in condition.grades:
        share = finding.probabilities[grade]
        top = ' class="top"' if grade == finding.grade else ""
        lines.append(
            f"<span{top}>{escape(grade_words(condition, grade))}</span>"
            f'<span class="bar"><i style="width:{share:.1%}"></i></span><span class="number">{share:.0%}</span>'
        )
    st.html(f'<div class="sl-shares">{"".join(lines)}</div>')
    if finding.prediction_set:
        st.caption(_sureness(finding), help=SET_HELP)
    if finding.member_probabilities:
        _votes(finding)


def _sureness(finding: Finding) -> str:
    condition = BY_NAME[finding.condition]
    names = [grade_words(condition, grade) for grade in finding.prediction_set]
    if len(names) == 1:
        return f"Only **{names[0]}** is plausible."
    if len(names) == len(condition.grades):
        return "Uncertain: **no grade can be ruled out**."
    return f"Uncertain: it may be **{', '.join(names[:-1])} or {names[-1]}**."


def _votes(finding: Finding) -> None:
    """Likeliest grade of every network of the ensemble."""
    condition = BY_NAME[finding.condition]
    said = []
    for name, vote in finding.member_probabilities.items():
        grade = max(vote, key=lambda g: vote[g])
        said.append(f"{network_label(name)} {grade_words(condition, grade)} ({vote[grade]:.0%})")
    head = "The networks disagree" if finding.members_disagree else "The networks agree"
    st.caption(f"{head}: {', '.join(said)}.")


def measurements(found: Measurements) -> None:
    """What was measured at this level, in one line; nothing where the masks showed no disc."""
    parts = [
        words.format(getattr(found, name), unit="mm" if found.unit == "mm" else "disc distances")
        for name, words in MEASURED.items()
        if getattr(found, name) is not None
    ]
    if parts:
        st.caption(f"Measured on the masks: {', '.join(parts)}.", help=MEASURED_HELP)
