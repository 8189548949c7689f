"""From an opened study straight to what the networks suggest to look at."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.finding_address import finding_query
from pages.components.read.summary import finding_name, suggested_findings
from pages.components.session.state import SessionState

MOST = 5
"""Links at most; the Read page has all."""


def next_steps(store: SessionState) -> None:
    """A link to the grid, and one to the maps of each suggested finding; nothing until the study has been read."""
    if store.reading is None or not store.reading.discs:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="next-steps"):
        layout.link("read.py", "Read all findings", ":material/grid_on:", primary=True)
        for finding in suggested_findings(store.reading)[:MOST]:
            layout.link(
                "explain.py",
                f"Explain {finding.level}: {finding_name(finding)}",
                ":material/visibility:",
                finding_query(finding.level, finding.condition),
            )
