"""A protocol as its auditor sees it before and after it is stored."""

from __future__ import annotations

import streamlit as st

from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import Design, Protocol, is_reason
from spine_core.audit.ratings.sheets import sheets
from spine_core.networks.display_names import network_label


def protocol_preview(protocol: Protocol) -> None:
    """Design, questions, findings, and how many sheets each rater fills in."""
    counts = sorted({len(sheets(protocol, rater)) for rater in protocol.raters})
    many = " or ".join(map(str, counts))
    scores = sum(len(protocol.questions_of(one)) for one in protocol.methods)
    st.markdown(
        f"{_count(len(protocol.findings), 'finding')}, {_count(len(protocol.raters), 'rater')}, {protocol.design}; "
        f"{many} sheets each, "
        f"{protocol.repeats:.0%} of them silent repeats, {scores} scores on a sheet with maps. "
        f"Order of maps by a balanced Latin square, seed {protocol.seed}."
    )
    st.markdown(f"Rated: {', '.join(map(method_label, protocol.methods))}")
    reasons = any(map(is_reason, protocol.methods))
    for one in protocol.questions:
        maps = ", of maps only" if reasons and one.maps_only else ""
        st.markdown(f"- {one.text} ({one.low} {one.low_label} to {one.high} {one.high_label}){maps}")
    if protocol.design is Design.SEQUENTIAL:
        st.caption(f"Washout between the parts: {protocol.washout_days} days.")
    st.dataframe(
        [
            {
                "Case": one.case_id[:8], "Level": one.level, "Finding": one.label, "Explained": one.target,
                "Network": network_label(one.network),
            }
            for one in protocol.findings
        ],
        hide_index=True, height=min(38 + 35 * len(protocol.findings), 260),
    )  # fmt: skip
    st.caption(f"Hash of this protocol: {protocol.sha256}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
