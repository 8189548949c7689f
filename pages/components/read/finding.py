"""A finding in words and bars, its uncertainty, and the prediction of each network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from pages.components import glossary
from pages.components.read.grid import grade_words
from spine_core.anatomy.measurements import Measurements
from spine_core.grading.types import Finding, Status
from spine_core.networks.conditions import Condition
from spine_core.networks.display_names import network_label

SET_HELP = (
    "The prediction set: grades that are not excluded. On held-out patients it contained the true grade in at least "
    "90 % of the discs, and in 80 % of the discs of each grade with enough patients (conformal prediction). The Model "
    "page has the coverage on test patients. " + glossary.link("Prediction set", "Glossary")
)

MEASURED = {
    "disc_height": "disc height {} {unit}",
    "disc_height_index": "{} of the vertebral height",
    "signal_ratio": "disc signal {} of fluid",
    "canal_diameter": "canal {} {unit} deep",
    "bulge_depth": "posterior disc extent {} {unit}",
    "slip_percent": "slip {} %",
}

RATIOS = ("disc_height_index", "signal_ratio")
"""Measurements with two decimals, as lengths have in inter-disc distances: most of them are below 1."""

LEAST_SLIP = 2.0
"""Percent of the endplate. Less is under a pixel of most images."""

MEASURED_HELP = (
    "Measured on the segmentation of this one slice by a network; no reader has checked it. Posterior disc extent: how "
    "far the disc reaches beyond the line between the posterior vertebral corners. Slip: forward displacement of the "
    "vertebra above, in percent of the endplate below. An inter-disc distance is the distance between neighbouring "
    "discs, used where the pixel spacing is unknown. ±: 95 % of the errors of the segmentation are smaller, against "
    "outlines drawn by people (the page Model)."
)

EDITED_HELP = (
    "Measured on outlines that a reader edited; in parentheses: on the segmentation. The grades do not depend on "
    "outlines and stay as they are."
)


def lacking(finding: Finding) -> None:
    """What limits a graded finding, if anything."""
    if finding.reason:
        st.caption(f":material/report: {finding.reason[0].upper()}{finding.reason[1:]}.")


def probabilities(finding: Finding) -> None:
    """Every grade with its probability, the most probable in bold; or why there is none."""
    condition = finding.definition
    st.markdown(f"**{finding.level} · {condition.label}**")
    if finding.status is Status.NOT_GRADABLE:
        st.info(f"Not gradable: {finding.reason}.")
        return
    lacking(finding)
    shares(condition, finding.probabilities, finding.grade)
    if finding.prediction_set:
        st.caption(sureness(condition, finding.prediction_set), help=SET_HELP)
    if finding.member_probabilities:
        _votes(finding)


def shares(condition: Condition, probabilities: Mapping[str, float], top_grade: str | None) -> None:
    """A bar for every grade."""
    lines = []
    for grade in condition.grades:
        share = probabilities[grade]
        top = ' class="top"' if grade == top_grade else ""
        lines.append(
            f"<span{top}>{escape(grade_words(condition, grade))}</span>"
            f'<span class="bar"><i style="width:{share:.1%}"></i></span><span class="number">{share:.0%}</span>'
        )
    st.html(f'<div class="sl-shares">{"".join(lines)}</div>')


def sureness(condition: Condition, prediction_set: Sequence[str]) -> str:
    """The prediction set in a sentence."""
    names = [grade_words(condition, grade) for grade in prediction_set]
    if len(names) == 1:
        return f"**{names[0][0].upper()}{names[0][1:]}**: all other grades excluded (90 % set)."
    if len(names) == len(condition.grades):
        return "Uncertain: **no grade is excluded** (90 % set)."
    return f"Uncertain: **{', '.join(names[:-1])} or {names[-1]}**; all other grades excluded (90 % set)."


def _votes(finding: Finding) -> None:
    """The most probable grade of every network of the ensemble."""
    condition = finding.definition
    said = []
    for name, vote in finding.member_probabilities.items():
        grade = max(vote, key=lambda g: vote[g])
        said.append(f"{network_label(name)} {grade_words(condition, grade)} ({vote[grade]:.0%})")
    head = "The networks disagree" if finding.members_disagree else "The networks agree"
    st.caption(f"{head}: {', '.join(said)}.")


def measurements(
    found: Measurements, own: Measurements | None = None, errors: Mapping[str, float] | None = None
) -> None:
    """What was measured at this level, in one line; nothing where the masks showed no disc.

    ``own``: on the segmentation's own outlines, where the reader edited them. ``errors``: of these outlines, by name.
    """
    known = errors if errors and own is None else {}
    parts = [
        _measured(name, getattr(found, name), found.unit, known.get(name)) + _before(name, found, own)
        for name in MEASURED
        if getattr(found, name) is not None
    ]
    if parts and own is None:
        st.caption(f"Measured on the segmentation: {', '.join(parts)}.", help=MEASURED_HELP)
    elif parts:
        st.caption(
            f":material/draw: Measured on the **edited outline**: {', '.join(parts)}.", help=EDITED_HELP
        )


def _before(name: str, found: Measurements, own: Measurements | None) -> str:
    """The value on the segmentation's own outlines, where the edited ones changed it."""
    if own is None:
        return ""
    before, now = (_value(name, getattr(one, name), found.unit) for one in (own, found))
    return "" if before == now else f" (segmentation: {before})"


def _value(name: str, value: float | None, unit: str) -> str:
    """A measured value alone, as it is rounded in its sentence."""
    if value is None:
        return "none"
    return f"{value:.0f} %" if name == "slip_percent" else f"{value:.{_digits(name, unit)}f}"


def _digits(name: str, unit: str) -> int:
    if name == "slip_percent":
        return 0
    return 2 if name in RATIOS or unit != "mm" else 1


def _measured(name: str, value: float, unit: str, error: float | None) -> str:
    if name == "slip_percent" and abs(value) < LEAST_SLIP:
        return "no measurable slip"
    digits = _digits(name, unit)
    shown = f"{value:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")
    return MEASURED[name].format(shown, unit=unit)
