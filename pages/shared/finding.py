"""A finding in words and bars."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.shared.grid import grade_words
from spine_core.grading.conditions import BY_NAME
from spine_core.grading.model import Finding, Status


def probabilities(finding: Finding) -> None:
    """Every grade with its probability, the likeliest in bold; or why there is none."""
    condition = BY_NAME[finding.condition]
    st.markdown(f"**{finding.level} · {condition.label}**")
    if finding.status is Status.NOT_GRADABLE:
        st.info(f"Not gradable: {finding.reason}.")
        return
    if finding.reason:
        st.caption(f"{finding.reason[0].upper()}{finding.reason[1:]}.")
    lines = []
    for grade in condition.grades:
        share = finding.probabilities[grade]
        top = ' class="top"' if grade == finding.grade else ""
        lines.append(
            f"<span{top}>{escape(grade_words(condition, grade))}</span>"
            f'<span class="bar"><i style="width:{share:.1%}"></i></span><span class="number">{share:.0%}</span>'
        )
    st.html(f'<div class="sl-shares">{"".join(lines)}</div>')
