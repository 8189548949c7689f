"""The change of every disc, and the repeat error beyond which a change is reported."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.read.grid import grade_words
from spine_core.grading.types import Finding
from spine_core.priors.change import Change, DiscChange, FindingChange, MeasurementChange
from spine_core.priors.errors import Refusal
from spine_core.priors.matching import LevelMatch
from spine_core.priors.protocol import ProtocolDifference
from spine_core.priors.registration import RESIDUAL_LIMIT_MM
from spine_core.priors.repeat_error import RepeatErrors

NAMES = {
    "disc_height": "Disc height",
    "disc_height_index": "Disc height / vertebral height",
    "signal_ratio": "Disc signal / fluid",
    "canal_diameter": "Canal depth",
    "slip_percent": "Slip (%)",
    "bulge_depth": "Posterior disc extent",
}
SILENT = (Change.UNCHANGED, Change.NOT_COMPARABLE)


def residual(match: LevelMatch, errors: RepeatErrors | None) -> None:
    """How far the same discs lie apart after registration, and whether the level names agree."""
    st.markdown(
        f"**Residual of the registration: {match.rms_mm:.1f} mm RMS, {match.max_mm:.1f} mm at most** "
        f"({len(match.pairs)} discs; refused above {RESIDUAL_LIMIT_MM:g} mm RMS)."
    )
    known = [one.residual_mm[1] for one in errors.datasets if one.residual_mm] if errors else []
    if known and match.rms_mm > max(known):
        st.warning(
            f"This is more than in any pair of examinations of one phantom ({max(known):.1f} mm). Check that both "
            "studies are of the same patient, and the discs of both."
        )
    if match.names_agree:
        return
    shift = match.proposed_shift
    if shift == 0:
        names = ", ".join(f"{one.level} ({one.prior_level})" for one in match.pairs if one.shift)
        st.warning(
            f"By position, some discs have another name in the prior: {names}. Check the levels of both."
        )
        return
    way = "towards the foot" if shift > 0 else "towards the head"
    st.warning(
        f"**The two readings count the levels differently.** Discs are matched by position: what the open study calls "
        f"{match.pairs[0].level}, the prior calls {match.pairs[0].prior_level}. Proposed: shift the prior's names by "
        f"{abs(shift)} level {way}, or those of the open study the other way (Read, “Correct levels and discs”)."
    )  # fmt: skip


def protocol_warnings(found: Sequence[ProtocolDifference]) -> None:
    """Differences between the protocols, which can look like a change."""
    if not found:
        return
    lines = "\n".join(f"- {one.item.value}: prior {one.prior}, now {one.current}" for one in found)
    st.warning(f"The protocols differ, which can look like a change of the patient:\n{lines}")


def change_table(discs: Sequence[DiscChange], errors: RepeatErrors | None) -> None:
    """What changed, then on request everything that was compared."""
    findings = [one for disc in discs for one in disc.findings]
    measured = [one for disc in discs for one in disc.measurements]
    changed = [one for one in findings if one.change not in SILENT]
    changed_values = [one for one in measured if one.change not in SILENT]
    compared = sum(one.change is not Change.NOT_COMPARABLE for one in (*findings, *measured))
    st.markdown(
        f"**{len(changed) + len(changed_values)} changes beyond the repeat error** in {compared} comparisons."
    )
    everything = st.toggle("Show all comparisons", key="prior-everything")
    rows = [_finding_row(one, discs) for one in (findings if everything else changed)]
    rows += [_measurement_row(one, discs) for one in (measured if everything else changed_values)]
    if rows:
        st.dataframe(rows, hide_index=True, key="prior-changes")
    _states(errors)


def _finding_row(one: FindingChange, discs: Sequence[DiscChange]) -> dict[str, str]:
    return {
        "Disc": _disc(one.level, discs),
        "Finding": one.condition.label,
        "Change": _change(one),
        "Prior": _grade(one.prior),
        "Now": _grade(one.current),
        "Difference": "" if one.difference is None else f"{one.difference:+.2f}",
        "Repeat error": "" if one.limit is None else f"{one.limit:.2f}",
    }


def _measurement_row(one: MeasurementChange, discs: Sequence[DiscChange]) -> dict[str, str]:
    both = one.current is not None and one.prior is not None
    return {
        "Disc": _disc(one.level, discs),
        "Finding": f"{NAMES[one.name]} ({one.unit})" if one.unit else NAMES[one.name],
        "Change": _change(one),
        "Prior": "" if one.prior is None else f"{one.prior:.2f}",
        "Now": "" if one.current is None else f"{one.current:.2f}",
        "Difference": f"{(one.current or 0.0) - (one.prior or 0.0):+.2f}" if both else "",
        "Repeat error": "" if one.limit is None else f"{one.limit:.2f}",
    }


def _change(one: FindingChange | MeasurementChange) -> str:
    return one.change.value if one.why is None else f"{one.change.value}: {one.why.value}"


def _disc(level: str, discs: Sequence[DiscChange]) -> str:
    prior = next((one.prior_level for one in discs if one.level == level), None)
    return level if prior in (None, level) else f"{level} (prior: {prior})"


def _grade(finding: Finding | None) -> str:
    if finding is None or finding.grade is None:
        return "no grade"
    others = [
        grade_words(finding.definition, grade) for grade in finding.prediction_set if grade != finding.grade
    ]
    words = grade_words(finding.definition, finding.grade)
    return f"{words} (or {', '.join(others)})" if others else words


def _states(errors: RepeatErrors | None) -> None:
    """What the repeat error is, and on whom it was measured."""
    if errors is None:
        st.caption("No repeat error is stored, so that nothing is comparable.")
        return
    lines = []
    for one in errors.datasets:
        residual_words = "" if one.residual_mm is None else (
            f" Residual of their registration: median {one.residual_mm[0]:.1f}, at most {one.residual_mm[1]:.1f} mm."
        )  # fmt: skip
        left = f", {one.left_out} left out" if one.left_out else ""
        lines.append(
            f"- {one.about} {one.patients} people, {one.pairs} pairs{left}, {one.discs} discs. The rules reported "
            f"{one.reported} changes in {one.compared} comparisons of these, the same that set the limits."
            f"{residual_words}"
        )
    st.caption(
        "A grade has changed where the two 90 % prediction sets have no grade in common **and** the expected grade "
        "differs by more than the repeat error: the 95th percentile of the difference between pairs that did not "
        "change. A measurement has changed where it differs by more than the repeatability coefficient, "
        "1.96 × √2 × the within-subject SD. The larger value of these datasets counts:\n" + "\n".join(lines)
    )


def refused(complaint: str) -> bool:
    """Whether the complaint is a refusal to register, which trying again does not change."""
    return complaint in {str(one) for one in Refusal}
